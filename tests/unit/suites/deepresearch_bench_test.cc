// Importing DeepResearch Bench and RACE's table: the benchmark's own tasks and criteria, the
// published scores, small files and malformed ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/json/json.h"
#include "suites/suite_loader.h"
#include "tests/unit/judge/claims/golden_data.h"
#include "tests/unit/judge/engine/scripted_judge.h"
#include "tests/unit/judge/judge_fixture.h"
#include "tests/unit/suites/malformed_files.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr char kAgain[] =
    "; take the file again from https://github.com/Ayanami0730/deep_research_bench (folder data)";
constexpr std::array<const char*, 4> kDimensions = {"comprehensiveness", "insight",
                                                    "instruction_following", "readability"};

std::string Task(int id, const std::string& prompt) {
  return DumpJson(
             OrderedJson{{"id", id}, {"topic", "Health"}, {"language", "en"}, {"prompt", prompt}}) +
         "\n";
}

OrderedJson CriteriaRow(const std::string& prompt) {
  OrderedJson row = {{"id", 1}, {"prompt", prompt}};
  for (const char* dimension : kDimensions) {
    row["dimension_weight"][dimension] = 0.25;
    row["criterions"][dimension] = {
        {{"criterion", "Breadth"}, {"explanation", "How broad."}, {"weight", 0.6}},
        {{"criterion", "Depth"}, {"explanation", "How deep."}, {"weight", 0.4}}};
  }
  return row;
}

std::string Line(const OrderedJson& row) { return DumpJson(row) + "\n"; }

std::string Report(const std::string& prompt) {
  return Line({{"id", 1}, {"prompt", prompt}, {"article", "A report."}});
}

class DeepResearchImportTest : public testing::Test {
 protected:
  DeepResearchImportTest() {
    from_.Write(kQuery, Task(1, "p") + Task(2, "q"));
    from_.Write(kCriteria, Line(CriteriaRow("q")) + Line(CriteriaRow("p")));
    from_.Write(kReference, Report("p") + Report("q"));
  }
  std::string Problem() { return ImportProblem("deepresearch-bench", from_); }
  std::string WithCriteria(const OrderedJson& row) {
    from_.Write(kCriteria, Line(CriteriaRow("p")) + Line(row));
    return Problem();
  }

  const std::string kQuery = "data/prompt_data/query.jsonl";
  const std::string kCriteria = "data/criteria_data/criteria.jsonl";
  const std::string kReference = "data/test_data/cleaned_data/reference.jsonl";
  TempFolder from_;
};

TEST_F(DeepResearchImportTest, JoinsItsFilesByThePrompt) {
  const TempFolder to;
  const auto imported = ImportBenchmark("deepresearch-bench", {from_.path(), to.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_EQ(imported->size(), 1u);
  const v1::Suite suite = LoadSuite((*imported)[0].folder)->suite;
  EXPECT_EQ(suite.digest(), (*imported)[0].digest);
  ASSERT_EQ(suite.samples_size(), 2);
  const v1::Sample& sample = suite.samples(1);
  EXPECT_EQ(sample.id(), "drb-002");
  EXPECT_EQ(sample.prompt(), "q");
  EXPECT_EQ(sample.category(), "Health");
  EXPECT_EQ(sample.language(), "en");
  EXPECT_EQ(sample.reference_answer(), "A report.");
  ASSERT_EQ(sample.criteria_size(), 8);
  EXPECT_EQ(sample.criteria(3).id(), "insight-2");
  EXPECT_EQ(sample.criteria(3).text(), "Depth\nHow deep.");
  EXPECT_EQ(sample.criteria(3).group(), "insight");
  EXPECT_EQ(sample.criteria(3).weight(), 0.4);
  EXPECT_EQ(sample.group_weights().at("readability"), 0.25);
  EXPECT_EQ(suite.manifest().scorers(0).rubric().method(), "relative");
  EXPECT_EQ(suite.manifest().scorers(0).id(), "race-style");
  EXPECT_THAT((*imported)[0].note, HasSubstr("take prompt/score_prompt_en.py"));
  const std::string samples = (*imported)[0].folder + "/samples.jsonl";
  std::string text = TempFolder::Read(samples);
  text.replace(text.find("A report"), 8, "No report");
  std::ofstream(samples, std::ios::binary) << text;
  EXPECT_THAT(MessageOf(LoadSuite((*imported)[0].folder).status()), HasSubstr("digest"));
}

TEST_F(DeepResearchImportTest, MalformedFiles) {
  // A missing field.
  OrderedJson row = CriteriaRow("q");
  row["criterions"].erase("insight");
  EXPECT_THAT(WithCriteria(row), AllOf(HasSubstr(kCriteria + ":2:"),
                                       HasSubstr("criterions.insight: is missing, expected a list"),
                                       EndsWith(kAgain)));
  row = CriteriaRow("q");
  row["criterions"]["insight"][1].erase("weight");
  EXPECT_THAT(WithCriteria(row),
              HasSubstr("criterions.insight[1].weight: is missing, expected a number"));
  // A wrong type, a wrong value.
  row["criterions"]["insight"][1]["weight"] = "0.4";
  EXPECT_THAT(WithCriteria(row),
              AllOf(HasSubstr(kCriteria + ":2:"),
                    HasSubstr("criterions.insight[1].weight: expected a number, found '0.4'"),
                    EndsWith(kAgain)));
  row["criterions"]["insight"][1]["weight"] = 0;
  EXPECT_THAT(WithCriteria(row), HasSubstr("criterions.insight[1].weight: expected more than 0"));
  row["criterions"]["insight"] = {1};
  EXPECT_THAT(WithCriteria(row), HasSubstr("criterions.insight[0]: expected an object"));
  row["criterions"]["insight"] = OrderedJson::array();
  EXPECT_THAT(WithCriteria(row), HasSubstr("criterions.insight: expected at least one criterion"));
  // A prompt twice.
  EXPECT_THAT(WithCriteria(CriteriaRow("p")),
              AllOf(HasSubstr(kCriteria + ":2:"), HasSubstr("prompt: 'p' stands in line 1 already"),
                    EndsWith(kAgain)));
  // A row that is not there.
  from_.Write(kCriteria, Line(CriteriaRow("p")));
  EXPECT_EQ(Problem(), kCriteria + ": has no row with the prompt of drb-002" + kAgain);
  from_.Write(kCriteria, Line(CriteriaRow("p")) + Line(CriteriaRow("q")));
  from_.Write(kReference, Report("p"));
  EXPECT_EQ(Problem(), kReference + ": has no row with the prompt of drb-002" + kAgain);
  // An id twice, a language of others.
  from_.Write(kQuery, Task(1, "p") + Task(1, "q"));
  EXPECT_THAT(Problem(), AllOf(HasSubstr(kQuery + ":2:"), HasSubstr("id: 'drb-001' stands in"),
                               EndsWith(kAgain)));
  from_.Write(kQuery, "{\"id\":1,\"topic\":\"t\",\"language\":\"fr\",\"prompt\":\"p\"}\n");
  EXPECT_THAT(Problem(), HasSubstr("language: expected en or zh, found 'fr'"));
  // Bytes that are no UTF-8.
  from_.Write(kQuery, Task(1, "p") + "{\"id\":2,\"prompt\":\"\xfe\"}\n");
  EXPECT_THAT(Problem(), AllOf(HasSubstr(kQuery + ":2"), HasSubstr("UTF-8"), EndsWith(kAgain)));
}

TEST_F(DeepResearchImportTest, FilesThatAreBroken) {
  WriteHugeLine(from_, kReference);
  EXPECT_THAT(Problem(),
              AllOf(HasSubstr(kReference + ":1"), HasSubstr("16777216"), EndsWith(kAgain)));
  std::filesystem::remove(from_.path() + "/" + kReference);
  from_.Write(kReference + ".gz", GzipOf(Report("p") + Report("q"), 4));
  EXPECT_THAT(Problem(), AllOf(HasSubstr(kReference + ".gz"), EndsWith(kAgain)));
}

// What is there is imported: the criteria are, as a rubric without comparison.
TEST_F(DeepResearchImportTest, WithoutReferencesTheCriteriaAreImported) {
  std::filesystem::remove(from_.path() + "/" + kReference);
  const TempFolder to;
  const auto imported = ImportBenchmark("deepresearch-bench", {from_.path(), to.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_EQ(imported->size(), 1u);
  EXPECT_EQ((*imported)[0].name, "deepresearch-bench-criteria");
  EXPECT_THAT(
      (*imported)[0].note,
      AllOf(HasSubstr(kReference + " is missing: RACE compares with reference reports; take"),
            HasSubstr("--references FILE")));
  const v1::Suite suite = LoadSuite((*imported)[0].folder)->suite;
  EXPECT_EQ(suite.manifest().scorers(0).rubric().method(), "weighted");
  EXPECT_EQ(suite.manifest().scorers(0).id(), "race-criteria");
  EXPECT_EQ(suite.samples(1).criteria_size(), 8);
  EXPECT_EQ(suite.samples(1).reference_answer(), "");
}

constexpr char kScorePrompt[] =
    "generate_merged_score_prompt = "
    "\"\"\"{task_prompt}|{article_1}|{article_2}|{criteria_list}\"\"\"\n";

TEST_F(DeepResearchImportTest, ItsOwnPromptsMakeItTheBenchmarksOwnScorer) {
  from_.Write("prompt/score_prompt_en.py", kScorePrompt);
  EXPECT_THAT(ImportProblem("deepresearch-bench", from_),
              HasSubstr("prompt/score_prompt_zh.py: is missing"));
  from_.Write("prompt/score_prompt_zh.py", "generate_merged_score_prompt = \"{task_prompt}\"\n");
  EXPECT_THAT(ImportProblem("deepresearch-bench", from_),
              HasSubstr("score_prompt_zh.py: generate_merged_score_prompt: needs {article_1}; take "
                        "prompt/score_prompt_en.py"));
  from_.Write("prompt/score_prompt_zh.py", kScorePrompt);
  const TempFolder to;
  const auto imported = ImportBenchmark("deepresearch-bench", {from_.path(), to.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ((*imported)[0].note, "");
  const v1::Suite suite = LoadSuite((*imported)[0].folder)->suite;
  const v1::ScorerSpec& scorer = suite.manifest().scorers(0);
  EXPECT_EQ(scorer.id(), "race");
  EXPECT_EQ(scorer.benchmark().name(), "race");
  EXPECT_EQ(scorer.benchmark().prompts().at("zh"),
            "{task_prompt}|{article_1}|{article_2}|{criteria_list}");
  EXPECT_THAT(
      suite.samples(0).scorer_data().at("race"),
      HasSubstr(R"("insight":[{"criterion":"Breadth","explanation":"How broad.","weight":0.6})"));
}

TEST_F(DeepResearchImportTest, ReferencesOfTheUsersOwn) {
  std::filesystem::remove(from_.path() + "/" + kReference);
  const TempFolder own;
  own.Write("all.jsonl", Report("q") + Report("p"));
  own.Write("one.jsonl", Report("q"));
  own.Write("texts/drb-001.md", "First.");
  const auto import = [&](const std::string& references) -> absl::StatusOr<v1::Suite> {
    const TempFolder to;
    const auto imported = ImportBenchmark(
        "deepresearch-bench", {from_.path(), to.path(), false, own.path() + "/" + references});
    if (!imported.ok()) return imported.status();
    EXPECT_THAT((*imported)[0].note, HasSubstr("its scorer is race-style"));
    return LoadSuite((*imported)[0].folder)->suite;
  };
  const auto all = import("all.jsonl");
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->manifest().scorers(0).rubric().method(), "relative");
  EXPECT_EQ(all->samples(0).reference_answer(), "A report.");
  EXPECT_THAT(MessageOf(import("one.jsonl").status()),
              HasSubstr("one.jsonl: has no row with the prompt of drb-001"));
  EXPECT_THAT(MessageOf(import("texts").status()),
              HasSubstr("texts: no text for drb-002, expected <task>.md or <task>.txt of each"));
  own.Write("texts/drb-002.txt", " \n");
  EXPECT_THAT(MessageOf(import("texts").status()), HasSubstr("drb-002.txt: is blank"));
  own.Write("texts/drb-002.txt", "Second.");
  EXPECT_EQ(import("texts")->samples(1).reference_answer(), "Second.");
  EXPECT_THAT(MessageOf(import("absent.jsonl").status()), HasSubstr("no absent.jsonl is there"));
  EXPECT_EQ(MessageOf(ImportBenchmark("longproc", {"", "", false, "x"}).status()),
            "longproc takes no --references");
}

// The benchmark's own tasks and criteria; the reference reports are not among our data, so that
// other reports stand in for them.
TEST(DeepResearchRealDataTest, EveryTaskUnderItsOwnWeights) {
  if (!HasGolden("deepresearch-bench")) GTEST_SKIP();
  const std::filesystem::path data = GoldenFolder("deepresearch-bench");
  const TempFolder from;
  from.Write("query.jsonl", ReadGolden(data / "query.jsonl"));
  from.Write("criteria.jsonl", ReadGolden(data / "criteria.jsonl.gz"));
  from.Write("reference.jsonl", ReadGolden(data / "claude-3-7-sonnet-latest.jsonl.gz"));
  const TempFolder to;
  const auto imported = ImportBenchmark("deepresearch-bench", {from.path(), to.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  const v1::Suite suite = LoadSuite((*imported)[0].folder)->suite;
  ASSERT_EQ(suite.samples_size(), 100);
  const std::vector<Json> rows = GoldenRows(data / "criteria.jsonl.gz");
  v1::ScorerSpec spec = suite.manifest().scorers(0);
  spec.mutable_rubric()->mutable_asking()->set_context_tokens(1000000);
  spec = ResolveScorer(spec).value();
  int criteria = 0;
  for (int i = 0; i < suite.samples_size(); ++i) {
    const v1::Sample& sample = suite.samples(i);
    criteria += sample.criteria_size();
    v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {spec});
    *inputs.mutable_sample() = sample;
    inputs.set_text("A short report.");
    const auto rating = [](int criterion, bool of_reference) {
      return (criterion * (of_reference ? 7 : 3) + (of_reference ? 5 : 2)) % 11;
    };
    ScriptedJudge judge([&](const AskedCall& call, const std::string& id) -> Json {
      const int criterion = std::stoi(id.substr(1)) - 1;
      const bool swapped = call.label.find("reference_first") != std::string::npos;
      return {{"first", rating(criterion, swapped)},
              {"second", rating(criterion, !swapped)},
              {"note", ""}};
    });
    const auto machine = MakeScorer(inputs).value();
    const MachineRun run = Drive(*machine, judge);
    // RACE by its definition, from the benchmark's own row.
    const Json& row = rows.at(static_cast<std::size_t>(i));
    double target = 0;
    double reference = 0;
    int number = 0;
    for (const char* dimension : kDimensions) {
      double of_target = 0;
      double of_reference = 0;
      for (const Json& criterion : row.at("criterions").at(dimension)) {
        of_target += criterion.at("weight").get<double>() * rating(number, false);
        of_reference += criterion.at("weight").get<double>() * rating(number, true);
        ++number;
      }
      EXPECT_NEAR(run.score(dimension), 100 * of_target / (of_target + of_reference), 1e-9);
      const double weight = row.at("dimension_weight").at(dimension).get<double>();
      target += weight * of_target;
      reference += weight * of_reference;
    }
    EXPECT_NEAR(run.score("rubric"), 100 * target / (target + reference), 1e-9) << sample.id();
  }
  EXPECT_EQ(criteria, 2517);
  std::cout << "race: 100 tasks, " << criteria << " criteria\n";
}

TEST(DeepResearchTablesTest, ThePublishedMeans) {
  if (!HasGolden("deepresearch-bench")) GTEST_SKIP();
  const std::filesystem::path data = GoldenFolder("deepresearch-bench");
  google::protobuf::RepeatedPtrField<v1::Suite> suites;
  suites.Add()->mutable_manifest()->set_name("deepresearch-bench");
  suites.Mutable(0)->mutable_manifest()->set_benchmark("deepresearch-bench");
  std::vector<v1::SampleResult> results;
  for (const Json& row : GoldenRows(data / "race" / "raw_results.jsonl")) {
    v1::SampleResult& result = results.emplace_back();
    result.set_suite("deepresearch-bench");
    result.set_model("claude-3-7-sonnet-latest");
    v1::ScorerResult& scorer = *result.add_scorers();
    scorer.set_scorer("race");
    for (const auto& [name, value] : row.items()) {
      if (!value.is_number_float()) continue;
      v1::Score& score = *scorer.add_scores();
      score.set_name(name == "overall_score" ? "rubric" : name);
      score.set_value(100 * value.get<double>());
    }
  }
  ASSERT_EQ(results.size(), 100u);
  results.emplace_back(results.front()).clear_scorers();
  const auto tables = BenchmarkTables(suites, {"claude-3-7-sonnet-latest"}, results);
  ASSERT_EQ(tables.size(), 1u);
  const Json expected = GoldenJson(data / "EXPECTED.json")["race_mean"];
  const v1::TableRow& row = tables[0].rows(0);
  const std::vector<std::string> names = {"overall_score", "comprehensiveness", "insight",
                                          "instruction_following", "readability"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_NEAR(row.cells(static_cast<int>(i) + 1).number(),
                100 * expected.at(names[i]).get<double>(), 1e-8)
        << names[i];
  }
  EXPECT_FALSE(row.cells(6).has_number());
  ASSERT_EQ(tables[0].notes_size(), 1);
  EXPECT_EQ(tables[0].notes(0),
            "claude-3-7-sonnet-latest: 1 of 101 texts have no score and are not in the figures");
}

}  // namespace
}  // namespace assay
