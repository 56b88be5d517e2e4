// LongGenBench's importer and tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/digest.h"
#include "judge/benchmarks/longgenbench/longgenbench_scorer.h"
#include "suites/longgenbench/judge_prompt.h"
#include "suites/longgenbench/tables.h"
#include "suites/result_table.h"
#include "suites/suite_loader.h"
#include "tests/unit/suites/malformed_files.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kShort[] = "Dataset/Dataset_short.json";
constexpr char kAgain[] = "; take the file again from https://github.com/mozhu621/LongGenBench";
constexpr char kScript[] = R"py(
def create_prompts(checks, b):
    examples = [
        "One: it's \"in\"",
        'Two: 75\u00b0F'
    ]
    for i, event in checks.items():
        if i in b:
            prompt = "\n".join(examples) + f" \n Text: " + b[i] f"\n\nIs {event} there? "
            prompts.append(prompt)
)py";

std::string Row(const std::string& more = "") {
  return "{\"prompt\": \"Write. #*# Week 1:\", \"checks_once\": {\"2\": \"a fair\"}, "
         "\"checks_range\": {}, \"checks_periodic\": {\"1\": \"a run\"}, \"type\": \"Week\", "
         "\"prefix\": \"#*# Week 1:\", \"number\": 52" +
         more + "}";
}

class LongGenBenchImportTest : public testing::Test {
 protected:
  LongGenBenchImportTest() { from_.Write("Evalution/eval.py", kScript); }

  std::string Problem() { return ImportProblem("longgenbench", from_); }
  std::string Problem(const std::string& short_set) {
    from_.Write(kShort, short_set);
    return Problem();
  }

  TempFolder from_;
};

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST_F(LongGenBenchImportTest, MalformedFilesAreNamed) {
  const std::string file = kShort;
  EXPECT_EQ(Problem("[" + Replaced(Row(), "\"type\": \"Week\", ", "") + "]"),
            file + ":1:2: [0].type: is missing, expected a text that is not blank" + kAgain);
  EXPECT_EQ(
      Problem("[\n" + Replaced(Row(), "52", "\"52\"") + "]"),
      file + ":2:172: [0].number: expected a whole number from 1 to 1000000, found '52'" + kAgain);
  EXPECT_THAT(
      Problem("[" + Replaced(Row(), "\"a fair\"", "\"a fair\", \"02\": \"rain\"") + "]"),
      testing::AllOf(HasSubstr(file + ":1:"),
                     HasSubstr("[0].checks_once.02: block 2 is here twice"), HasSubstr(kAgain)));
  EXPECT_THAT(Problem("[" + Replaced(Row(), "\"a fair\"", "7") + "]"),
              HasSubstr("[0].checks_once.2: expected a text: what the block must mention"));
  EXPECT_THAT(Problem("[" + Replaced(Row(), "{\"2\"", "{\"two\"") + "]"),
              HasSubstr("[0].checks_once: 'two': expected the number of a block"));
  EXPECT_THAT(Problem("[" + Replaced(Row(), "\"type\": \"Week\"", "\"type\": \"W.*\"") + "]"),
              HasSubstr("[0].type: expected letters, digits and spaces"));
  EXPECT_THAT(Problem("[" + Replaced(Row(), "Write. #*# Week", "Write. #*# Day") + "]"),
              HasSubstr("[0].prefix: expected the end of prompt, found '#*# Week 1:'"));
  EXPECT_EQ(Problem("{}"), file + ":1:1: expected a list of tasks" + kAgain);
  EXPECT_EQ(Problem("[7]"), file + ":1:2: [0]: expected an object" + kAgain);
}

TEST_F(LongGenBenchImportTest, BrokenFilesAreNamed) {
  const std::string file = kShort;
  EXPECT_EQ(Problem("[\n" + Row(", \"x\": \"\xff\"") + "]"),
            file + ":2: not valid UTF-8 (byte 183)" + kAgain);
  EXPECT_THAT(Problem("[" + Row()), testing::AllOf(HasSubstr(file + ":1:"),
                                                   HasSubstr("not valid JSON"), HasSubstr(kAgain)));
  const std::string whole = "[" + Row() + "]";
  EXPECT_EQ(Problem(whole), file + ": its SHA-256 is " + Sha256Hex(whole) +
                                ", expected 3cf98c4badc330a93d1010f57f6658b09f2ebc2e6428a3df083b652"
                                "d902d96e8 (another version of the file?)" +
                                kAgain);
  WriteHugeLine(from_, kShort);
  EXPECT_THAT(Problem(),
              testing::AllOf(HasSubstr(file + ": "), HasSubstr("longer than 536870912 bytes"),
                             HasSubstr(kAgain)));
  std::filesystem::remove(from_.path() + "/" + kShort);
  from_.Write(file + ".gz", GzipOf("[" + Row() + "]", 9));
  EXPECT_THAT(Problem(), testing::AllOf(HasSubstr(file + ".gz: "), HasSubstr(kAgain)));
  std::filesystem::remove(from_.path() + "/" + kShort + ".gz");
  EXPECT_EQ(Problem(), from_.path() + ": neither " + file + " nor LongGenBench/" + file +
                           " is there (plain or .gz)" + kAgain);
}

TEST_F(LongGenBenchImportTest, TheJudgesPromptIsNeeded) {
  from_.Write(kShort, "[" + Row() + "]");
  from_.Write("Evalution/eval.py", "x = 1\n");
  EXPECT_EQ(Problem(), std::string("Evalution/eval.py: there is no line \"prompt = ...\", the "
                                   "judge's prompt") +
                           kAgain);
  std::filesystem::remove(from_.path() + "/Evalution/eval.py");
  EXPECT_EQ(Problem(), std::string("Evalution/eval.py: is missing (the judge's prompt)") + kAgain);
}

TEST(LongGenBenchJudgePromptTest, ReadsTheScriptsExpression) {
  const auto prompt = LongGenBenchJudgePrompt(kScript);
  ASSERT_TRUE(prompt.ok()) << prompt.status();
  EXPECT_EQ(*prompt, "One: it's \"in\"\nTwo: 75\u00b0F \n Text: {block}\n\nIs {event} there? ");
  EXPECT_EQ(*LongGenBenchJudgePrompt("prompt = f\"C: \" + b[i] + f\"? {e}\"  # note\n"),
            "C: {block}? {event}");
  EXPECT_EQ(*LongGenBenchJudgePrompt("prompt = f'C: {b[i]}? {e}'"), "C: {block}? {event}");
  for (const auto& [source, problem] : std::vector<std::pair<std::string, std::string>>{
           {"a = 1\nprompt = f(x)", "line 2: did not expect 'f(x)' in the judge's prompt"},
           {"prompt = f\"{1 + 2}\"", "line 1: did not expect '\"{1 + 2}\"' in the judge's prompt"},
           {"prompt = \"open", "line 1: did not expect '\"open' in the judge's prompt"},
           {"prompt = \"x\".join(list)", "line 1: did not expect 'list)' in the judge's prompt"},
           {"prompt = f\"{e}\"", "the judge's prompt has no block or no event in it"}}) {
    EXPECT_EQ(MessageOf(LongGenBenchJudgePrompt(source).status()), problem);
  }
}

TEST(LongGenBenchSuitesTest, BothSetsAsCompletionsAndChats) {
  if (!HasGolden("longgenbench")) GTEST_SKIP();
  const TempFolder to;
  const auto imported =
      ImportBenchmark("longgenbench", {GoldenFolder("longgenbench").string(), to.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_EQ(imported->size(), 4u);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < 4; ++i) {
    names.push_back((*imported)[i].name);
    EXPECT_EQ((*imported)[i].samples, 400);
    const bool is_long = i >= 2;
    const auto loaded = LoadSuite((*imported)[i].folder);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    const OrderedJson rows = *ParseOrderedJson(
        ReadGolden(GoldenFolder("longgenbench") /
                   (std::string("Dataset/Dataset_") + (is_long ? "long" : "short") + ".json.gz")));
    std::array<std::size_t, 3> checks{};
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const v1::Sample& sample = loaded->suite.samples(static_cast<int>(k));
      const std::string sent =
          i % 2 == 0 ? sample.completion().prompt() + sample.completion().assistant_prefix()
                     : sample.prompt();
      EXPECT_EQ(sent, rows[k]["prompt"].get<std::string>());
      const auto item = LongGenBenchItemOf(sample);
      ASSERT_TRUE(item.ok()) << item.status();
      for (const LongGenBenchCheck& check : item->checks) ++checks[check.kind];
    }
    EXPECT_THAT(checks,
                is_long ? ElementsAre(2094u, 2252u, 3869u) : ElementsAre(1953u, 1256u, 2996u));
    const v1::SuiteManifest& manifest = loaded->suite.manifest();
    EXPECT_EQ(manifest.sampling().max_tokens(), is_long ? 32000 : 16000);
    EXPECT_EQ(manifest.sampling().stop(0), "*** finished");
    EXPECT_EQ(manifest.sampling().has_seed(), i % 2 == 0);
    const Json prompts = GoldenJson(GoldenFolder("longgenbench") / "golden/judge_prompts.json");
    EXPECT_EQ(manifest.scorers(0).benchmark().prompts().at("judge"),
              prompts["v1_template"].get<std::string>());
    EXPECT_EQ(TempFolder::Read((*imported)[i].folder + "/judge_few_shot.txt"),
              prompts["v2_template"].get<std::string>());
  }
  EXPECT_THAT(names, ElementsAre("longgenbench-16k", "longgenbench-16k-chat", "longgenbench-32k",
                                 "longgenbench-32k-chat"));
}

// Two texts of one model, judged by two scorers, one of which has no answer to a check.
class LongGenBenchTablesTest : public testing::Test {
 protected:
  LongGenBenchTablesTest() {
    for (const char* id : {"a", "b", "c"}) {
      v1::Sample& sample = *suite_.add_samples();
      sample.set_id(id);
      auto& data = *sample.mutable_scorer_data();
      data["type"] = "Week";
      data["number"] = "10";
      data["checks"] = R"({"once": {"1": "x", "10": "y"}, "range": {"5": "z"}, "periodic": {}})";
    }
    results_.resize(2);
    Fill(results_[0], "a", "first", 50, {"yes", "not written", "no"});
    Fill(results_[0], "a", "second", 50, {"no", "not written", "no"});
    Fill(results_[1], "b", "first", 100, {"yes", "yes", "yes"});
    Fill(results_[1], "b", "second", 100, {"yes", "unjudged", "no"});
  }

  static void Fill(v1::SampleResult& result, const std::string& sample, const std::string& scorer,
                   double completion, const std::vector<std::string>& labels) {
    result.set_sample_id(sample);
    result.set_model("m");
    v1::ScorerResult& verdict = *result.add_scorers();
    verdict.set_scorer(scorer);
    verdict.set_scorer_version("longgenbench/1");
    verdict.set_outcome(v1::OUTCOME_SCORED);
    const auto add = [&](const char* name, double value) {
      v1::Score& score = *verdict.add_scores();
      score.set_name(name);
      score.set_value(value);
    };
    add("CR", completion);
    add("words", 2000 + completion);
    add("blocks", 41);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      v1::Finding& finding = *verdict.add_findings();
      finding.set_id(std::vector<std::string>{"once:1", "once:10", "range:5"}[i]);
      finding.set_label(labels[i]);
      if (labels[i] == "unjudged") verdict.set_outcome(v1::OUTCOME_UNJUDGED);
    }
  }

  std::vector<v1::ResultTable> Tables() {
    TableInput input{suite_, {"m"}, {}};
    for (const v1::SampleResult& result : results_) input.results.push_back(&result);
    return LongGenBenchTables(input);
  }

  static std::vector<std::string> Cells(const v1::ResultTable& table, int row) {
    std::vector<std::string> cells;
    for (const v1::TableCell& cell : table.rows(row).cells())
      cells.push_back(CellText(table, cell));
    return cells;
  }

  v1::Suite suite_;
  std::vector<v1::SampleResult> results_;
};

TEST_F(LongGenBenchTablesTest, FiguresPlacesAndFlips) {
  const auto tables = Tables();
  ASSERT_EQ(tables.size(), 4u);
  EXPECT_THAT(Cells(tables[0], 0),
              ElementsAre("m, first", "75.0000", "0.8000", "0.6667", "2075.0000", "50.0000",
                          "1.0000", "0.5000", "0.0000", "0.5000"));
  // Without the text that lacks an answer.
  EXPECT_THAT(Cells(tables[0], 1),
              ElementsAre("m, second", "75.0000", "0.0000", "0.0000", "2075.0000", "0.0000",
                          "0.0000", "0.0000", "0.0000", "0.0000"));
  EXPECT_THAT(tables[0].notes(), ElementsAre("m, first: CR and Len lack 1 of 3 texts",
                                             "m, first: STIC and accuracies lack 1 of 3 texts",
                                             "m, second: CR and Len lack 1 of 3 texts",
                                             "m, second: STIC and accuracies lack 2 of 3 texts"));
  EXPECT_THAT(Cells(tables[1], 0), ElementsAre("m, first", "0.7500", "0.5000", "–", "1.0000", "–",
                                               "–", "–", "0.5000", "–", "–", "–", "–", "0.5000"));
  // Of all checks of the suite; "second" without the text that lacks an answer.
  EXPECT_THAT(tables[2].columns(), ElementsAre("block", "checks", "m, first", "m, second"));
  ASSERT_EQ(tables[2].rows_size(), 3);
  EXPECT_THAT(Cells(tables[2], 0), ElementsAre("1", "3", "2", "0"));
  EXPECT_THAT(Cells(tables[2], 1), ElementsAre("5", "3", "1", "0"));
  EXPECT_THAT(Cells(tables[2], 2), ElementsAre("10", "3", "1", "0"));
  EXPECT_THAT(Cells(tables[3], 0),
              ElementsAre("m, first / second", "4.0000", "2.0000", "0.5000", "2.0000", "0.0000"));
}

TEST_F(LongGenBenchTablesTest, OneScorerGivesTheModelsName) {
  for (v1::SampleResult& result : results_) result.mutable_scorers()->RemoveLast();
  const auto tables = Tables();
  ASSERT_EQ(tables.size(), 3u);
  EXPECT_EQ(Cells(tables[0], 0)[0], "m");
  results_.clear();
  EXPECT_TRUE(Tables().empty());
}

}  // namespace
}  // namespace assay
