// LongEval's importer and table, on rows of the data set's form.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "judge/benchmarks/longeval/longeval_scorer.h"
#include "suites/longeval/tables.h"
#include "suites/result_table.h"
#include "suites/suite_loader.h"
#include "tests/unit/suites/malformed_files.h"

namespace assay {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kPaper[] =
    R"({"title": "On <<h>>", "bullet_points": ["p1", "p2", "p3", "p4"], "sections": ["Abstract a b", "1 Introduction", "2 Related Work", "Method c"], "length_requirement": 2000, "related_work_ref": ["it's", "b"], "experiment_results": [""]})"
    "\n";
constexpr char kBlog[] =
    R"({"title": "T", "bullet_points": ["p"], "sections": ["Only one introduction"], "length_requirement": "x", "related_work_ref": [""], "experiment_results": [""]})"
    "\n";
constexpr char kEvaluator[] = R"py(
def evaluate(model, c, s):
    system_prompt = """Give a {
 "score": n } only."""
    if "related work" in s.lower():
        d_text = "Task one."
        evaluate_prompt = (
            f"R {c}, {s} {d_text}"
        )
    d_text = "Task two."
    evaluate_prompt = f"W {context_str} {raw_text} {d_text}"
    d_text = "Task three."
    evaluate_prompt = f"I {Introduction} {Introduction_ref} {d_text}"
    evaluate_prompt = f"""D {Context_str}
      points"""
    evaluate_prompt = f"""F {h} {c}"""
    evaluate_prompt = f"E {s} 'Yes'"
    evaluate_prompt = f"A {s} {c} {h}"
    evaluate_prompt = f"M {s} {c} {h}"
)py";

std::string Inference() {
  std::string script = "def ask(prompt):\n    prompt = f\"[INST]{prompt}[/INST]\"\n";
  for (const char* prompt :
       {"PI {title} {context} {l} {h}", "PR {context} {ref} {l} {h}", "PQ {h} {exp_results}",
        "PY {title} {context} {exp_results} {l} {h}", "PS {title} {context} {l} {h}",
        "PF {title} {l} {h}", "BI {context} {h}", "BS {context} {h}", "BF {title} {l} {h}",
        "WI {context} {h}", "WS {context} {h}", "WF {ref} {h}", "whole {headlines} {h}"}) {
    script += std::string("    prompt = f\"") + prompt + "\"  # note\n";
  }
  return script;
}

class LongEvalImportTest : public testing::Test {
 protected:
  LongEvalImportTest() {
    from_.Write("Paper.jsonl", kPaper);
    from_.Write("Blog.jsonl", kBlog);
    from_.Write("evaluator.py", kEvaluator);
    from_.Write("inference.py", Inference());
  }

  std::string Problem() { return ImportProblem("longeval", from_); }

  TempFolder from_;
  TempFolder to_;
};

TEST_F(LongEvalImportTest, MakesASuiteOfEachFileThatIsThere) {
  const auto imported = ImportBenchmark("longeval", {from_.path(), to_.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_EQ(imported->size(), 2u);
  const auto paper = LoadSuite((*imported)[0].folder);
  ASSERT_TRUE(paper.ok()) << paper.status();
  EXPECT_EQ(paper->suite.manifest().name(), "longeval-paper");
  const auto& prompts = paper->suite.manifest().scorers(0).benchmark().prompts();
  EXPECT_EQ(prompts.size(), 9u);
  EXPECT_EQ(prompts.at("system"), "Give a {\n \"score\": n } only.");
  EXPECT_EQ(prompts.at("related"), "R <<c>>, <<s>> Task one.");
  EXPECT_EQ(prompts.at("introduction"), "I <<Introduction>> <<Introduction_ref>> Task three.");
  EXPECT_EQ(prompts.at("redundancy"), "D <<Context_str>>\n      points");
  EXPECT_EQ(prompts.at("method"), "M <<s>> <<c>> <<h>>");

  const v1::Sample& sample = paper->suite.samples(0);
  EXPECT_EQ(sample.id(), "paper-000");
  EXPECT_EQ(sample.prompt(), "On <<h>>\n\np1\n\np2\n\np3\n\np4");
  EXPECT_EQ(sample.required_words(), 10);
  EXPECT_EQ(*ParseJson(sample.scorer_data().at("steps")), *ParseJson(R"([
      {"prompt": ["PF On <<h>> 3 p1"]},
      {"prompt": ["PI On <<h>> ", " 2 p2"]},
      {"prompt": ["PR ", " [\"it's\", 'b'] 3 p3"]},
      {"prompt": ["PS On <<h>> ", " 2 p4"], "ask": "PQ p4 None",
       "yes": ["PY On <<h>> ", " None 2 p4"]}])"));
  const auto item = LongEvalItemOf(sample);
  ASSERT_TRUE(item.ok()) << item.status();
  EXPECT_EQ(item->data_set, LongEvalDataSet::kPaper);
  EXPECT_EQ(item->sections[3], "Method c");
  EXPECT_EQ(item->plan[0], "p1");

  const auto blog = LoadSuite((*imported)[1].folder);
  ASSERT_TRUE(blog.ok()) << blog.status();
  EXPECT_EQ(*ParseJson(blog->suite.samples(0).scorer_data().at("steps")),
            *ParseJson(R"([{"prompt": ["BF T 3 p"]}])"));
}

TEST_F(LongEvalImportTest, SpoiltSamplesAreFoundByTheirDigest) {
  const auto imported = ImportBenchmark("longeval", {from_.path(), to_.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  const std::string file = (*imported)[0].folder + "/samples.jsonl";
  std::string samples = TempFolder::Read(file);
  samples.replace(samples.find("Method c"), 8, "Method d");
  std::ofstream(file) << samples;
  EXPECT_THAT(std::string(MessageOf(LoadSuite((*imported)[0].folder).status())),
              HasSubstr("digest"));
}

TEST_F(LongEvalImportTest, PromptsOfTheReferenceCopy) {
  if (!HasGolden("longeval")) GTEST_SKIP();
  std::filesystem::remove(from_.path() + "/evaluator.py");
  const std::filesystem::path given = GoldenFolder("longeval") / "prompts/prompt_templates.json";
  from_.Write("prompts/prompt_templates.json", ReadGolden(given));
  const auto imported = ImportBenchmark("longeval", {from_.path(), to_.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  const auto paper = LoadSuite((*imported)[0].folder);
  ASSERT_TRUE(paper.ok()) << paper.status();
  const Json texts = GoldenJson(given)["evaluator"];
  const auto& prompts = paper->suite.manifest().scorers(0).benchmark().prompts();
  EXPECT_EQ(prompts.at("system"), texts[0]["text"].get<std::string>());
  EXPECT_EQ(prompts.at("redundancy"), texts[7]["text"].get<std::string>());
  EXPECT_EQ(prompts.at("method"), texts[11]["text"].get<std::string>());
  EXPECT_THAT(prompts.at("related"), AllOf(HasSubstr(texts[1]["text"].get<std::string>()),
                                           testing::Not(HasSubstr("d_text"))));
}

TEST_F(LongEvalImportTest, MalformedFilesAreNamed) {
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string row = kPaper;
    row.replace(row.find(from), from.size(), to);
    from_.Write("Paper.jsonl", kPaper + row);
    return Problem();
  };
  const std::string again = "; make the file again: ";
  EXPECT_THAT(
      with("\"title\": \"On <<h>>\", ", ""),
      HasSubstr("Paper.jsonl:2:1: title: is missing, expected a text that is not blank" + again));
  EXPECT_THAT(with("\"p2\"", "7"),
              AllOf(HasSubstr("Paper.jsonl:2:"),
                    HasSubstr("bullet_points[1]: expected a text, found '7'" + again)));
  EXPECT_THAT(
      with("\"p2\", ", ""),
      HasSubstr("bullet_points: expected as many texts as sections has, 4, found 3" + again));
  EXPECT_THAT(
      with("\"title\"", "\"title\": \"a\", \"title\""),
      AllOf(HasSubstr("Paper.jsonl:2:"), HasSubstr("key 'title' is here twice"), HasSubstr(again)));
  EXPECT_THAT(with("On <<", "\xff"),
              AllOf(HasSubstr("Paper.jsonl:2:"), HasSubstr("UTF-8"), HasSubstr(again)));
  WriteHugeLine(from_, "Paper.jsonl");
  EXPECT_THAT(Problem(), AllOf(HasSubstr("Paper.jsonl:1: a line longer than"), HasSubstr(again)));
  std::filesystem::remove(from_.path() + "/Paper.jsonl");
  from_.Write("Paper.jsonl.gz", GzipOf(kPaper, 9));
  EXPECT_THAT(Problem(), AllOf(HasSubstr("Paper.jsonl.gz: "), HasSubstr(again)));
  std::filesystem::remove(from_.path() + "/Paper.jsonl.gz");
  std::filesystem::remove(from_.path() + "/Blog.jsonl");
  EXPECT_THAT(
      Problem(),
      HasSubstr(": neither Paper.jsonl nor Blog.jsonl nor Wikipedia.jsonl is there (plain or .gz)" +
                again));
}

TEST_F(LongEvalImportTest, OtherVersionsOfTheScriptsAreRefused) {
  from_.Write("inference.py", Inference() + "    prompt = f\"more {h}\"\n");
  EXPECT_THAT(Problem(), HasSubstr("inference.py: expected 13 prompts with a point of the plan in "
                                   "them, found 14"));
  std::string script = Inference();
  script.replace(script.find("{ref}"), 5, "{new}");
  from_.Write("inference.py", script);
  EXPECT_THAT(Problem(), HasSubstr("inference.py: <<new>> in a prompt is no value of a section"));
  from_.Write("evaluator.py", "x = 1\n");
  EXPECT_THAT(Problem(), HasSubstr("evaluator.py: expected a system prompt and 8 questions"));
  std::filesystem::remove(from_.path() + "/evaluator.py");
  EXPECT_THAT(Problem(), HasSubstr("evaluator.py: is missing (the judge's prompts)"));
}

v1::SampleResult Result(const std::string& sample, v1::Outcome outcome,
                        const std::map<std::string, double>& scores) {
  v1::SampleResult result;
  result.set_sample_id(sample);
  result.set_model("m");
  v1::ScorerResult& verdict = *result.add_scorers();
  verdict.set_scorer("longeval");
  verdict.set_outcome(outcome);
  for (const auto& [name, value] : scores) {
    v1::Score& score = *verdict.add_scores();
    score.set_name(name);
    score.set_value(value);
  }
  return result;
}

TEST(LongEvalTablesTest, MeansOfWhatTheFirstTextHas) {
  v1::Suite suite;
  for (const char* id : {"a", "b", "c"}) suite.add_samples()->set_id(id);
  const std::vector<v1::SampleResult> results = {
      Result(
          "a", v1::OUTCOME_SCORED,
          {{"introduction", 4}, {"ME", 6}, {"instruction", 5}, {"redundancy", 7}, {"length", 1}}),
      Result(
          "b", v1::OUTCOME_SCORED,
          {{"introduction", 5}, {"EA", 1}, {"instruction", 6}, {"redundancy", 8}, {"length", 0.5}}),
      Result("c", v1::OUTCOME_UNJUDGED, {{"length", 0.1}})};
  TableInput input{suite, {"m", "other"}, {}};
  for (const v1::SampleResult& result : results) input.results.push_back(&result);
  const auto tables = LongEvalTables(input);
  ASSERT_EQ(tables.size(), 1u);
  std::vector<std::string> cells;
  for (const v1::TableCell& cell : tables[0].rows(0).cells()) {
    cells.push_back(CellText(tables[0], cell));
  }
  EXPECT_THAT(cells, ElementsAre("m", "-1.0000", "4.5000", "–", "6.0000", "5.5000", "7.5000",
                                 "0.7500", "3.8750"));
  EXPECT_THAT(tables[0].notes(), ElementsAre("m: lacks 1 of 3 texts", "other: lacks 3 of 3 texts"));
}

}  // namespace
}  // namespace assay
