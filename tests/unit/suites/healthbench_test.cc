// Importing HealthBench, and its tables: the graded conversations of a published run from file to
// table, small files and malformed ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/json/json.h"
#include "suites/suite_loader.h"
#include "tests/unit/judge/benchmarks/answer_calls.h"
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
    "; take the file again from https://huggingface.co/datasets/openai/healthbench";
constexpr char kHard[] = "hard_2025-05-08-21-00-10.jsonl";

std::string RowJson(const std::string& id, const std::string& rubrics,
                    const std::string& last_role = "user") {
  return R"({"example_tags":["theme:hedging","physician_agreed_category:some"],)"
         R"("ideal_completions_data":{"ideal_completion":"Rest.","ideal_completions_group":"g"},)"
         R"("prompt":[{"content":"Hello","role":"user"},{"content":"Yes?","role":"assistant"},)"
         R"({"content":"I am ill.","role":")" +
         last_role + R"("}],"prompt_id":")" + id + R"(","rubrics":[)" + rubrics +
         R"(],"canary":"healthbench:test"})" + "\n";
}

std::string Rubric(const std::string& points = "5") {
  return R"({"criterion":"Advises rest.","points":)" + points + R"(,"tags":["axis:accuracy"]})";
}

class HealthBenchImportTest : public testing::Test {
 protected:
  std::string With(const std::string& row) {
    from_.Write(kHard, RowJson("id-1", Rubric()) + row);
    return ImportProblem("healthbench", from_);
  }
  TempFolder from_;
};

TEST_F(HealthBenchImportTest, WithoutTheGradersPromptTheScorerIsInItsStyle) {
  from_.Write(kHard, RowJson("id-1", Rubric()));
  const TempFolder to;
  const auto imported = ImportBenchmark("healthbench", {from_.path(), to.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(LoadSuite((*imported)[0].folder)->suite.manifest().scorers(0).id(),
            "healthbench-style");
  EXPECT_THAT((*imported)[0].note,
              HasSubstr("put healthbench_eval.py of https://github.com/openai"));
  // Another text is not taken for the published one.
  from_.Write("healthbench_eval.py", "GRADER_TEMPLATE = \"\"\"\nJudge.\n\"\"\".strip()\n");
  EXPECT_THAT(ImportProblem("healthbench", from_),
              AllOf(HasSubstr("healthbench_eval.py: GRADER_TEMPLATE: its SHA-256 is "),
                    HasSubstr("expected 2adffd51fd25"), HasSubstr("openai/simple-evals")));
  from_.Write("healthbench_eval.py", "GRADER = 1\n");
  EXPECT_THAT(ImportProblem("healthbench", from_),
              HasSubstr("healthbench_eval.py: GRADER_TEMPLATE: "));
}

TEST_F(HealthBenchImportTest, MakesASuiteOfEveryFile) {
  from_.Write(kHard, RowJson("id-1", Rubric() + "," + Rubric("-3")));
  from_.Write("consensus_2025-05-09-20-00-46.jsonl.gz", GzipOf(RowJson("id-2", Rubric("1.5"))));
  const TempFolder to;
  const auto imported = ImportBenchmark("healthbench", {from_.path(), to.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_EQ(imported->size(), 2u);
  EXPECT_EQ((*imported)[0].name, "healthbench-hard");
  EXPECT_EQ((*imported)[1].name, "healthbench-consensus");
  const v1::Suite suite = LoadSuite((*imported)[0].folder)->suite;
  EXPECT_EQ(suite.digest(), (*imported)[0].digest);
  const v1::Sample& sample = suite.samples(0);
  EXPECT_EQ(sample.id(), "id-1");
  EXPECT_EQ(sample.category(), "hedging");
  EXPECT_EQ(sample.messages_size(), 3);
  EXPECT_EQ(sample.messages(1).role(), "assistant");
  EXPECT_EQ(sample.reference_answer(), "Rest.");
  EXPECT_EQ(sample.metadata().at("canary"), "healthbench:test");
  ASSERT_EQ(sample.criteria_size(), 2);
  EXPECT_EQ(sample.criteria(1).points(), -3);
  EXPECT_EQ(sample.criteria(1).tags(0), "axis:accuracy");
  EXPECT_EQ(suite.manifest().scorers(0).rubric().method(), "points");
  EXPECT_EQ(suite.manifest().scorers(0).compat(), v1::COMPAT_STRICT);
  // A suite that was changed since is refused by its digest.
  const std::string samples = (*imported)[0].folder + "/samples.jsonl";
  std::string text = TempFolder::Read(samples);
  text.replace(text.find("I am ill"), 8, "I am fit");
  std::ofstream(samples, std::ios::binary) << text;
  EXPECT_THAT(MessageOf(LoadSuite((*imported)[0].folder).status()), HasSubstr("digest"));
}

TEST_F(HealthBenchImportTest, MalformedFiles) {
  const std::string line = std::string(kHard) + ":2:";
  // A missing field, and one of a list.
  EXPECT_THAT(
      With("{\"prompt_id\":\"a\",\"prompt\":[{\"role\":\"user\",\"content\":\"x\"}],"
           "\"example_tags\":[]}\n"),
      AllOf(HasSubstr(line), HasSubstr("rubrics: is missing, expected a list"), EndsWith(kAgain)));
  EXPECT_THAT(With(RowJson("id-2", R"({"criterion":"c","tags":[]})")),
              AllOf(HasSubstr(line), HasSubstr("rubrics[0].points: is missing, expected a number"),
                    EndsWith(kAgain)));
  // A wrong type, a wrong value.
  EXPECT_THAT(With(RowJson("id-2", Rubric("\"5\""))),
              AllOf(HasSubstr(line), HasSubstr("rubrics[0].points: expected a number, found '5'"),
                    EndsWith(kAgain)));
  EXPECT_THAT(With(RowJson("id-2", Rubric("1e9"))),
              HasSubstr("rubrics[0].points: expected a number"));
  EXPECT_THAT(With(RowJson("id-2", "5")), HasSubstr("rubrics[0]: expected an object"));
  EXPECT_THAT(With(RowJson("id-2", "")), HasSubstr("rubrics: expected at least one"));
  EXPECT_THAT(With(RowJson("id-2", Rubric(), "assistant")),
              AllOf(HasSubstr(line),
                    HasSubstr("prompt[2].role: expected user, of the last "
                              "message, found 'assistant'"),
                    EndsWith(kAgain)));
  EXPECT_THAT(With(RowJson("an id", Rubric())),
              HasSubstr("prompt_id: expected 1 to 128 of A-Z a-z 0-9 . _ : -, found 'an id'"));
  // An id twice.
  EXPECT_THAT(With(RowJson("id-1", Rubric())),
              AllOf(HasSubstr(line), HasSubstr("prompt_id: 'id-1' stands in line 1 already"),
                    EndsWith(kAgain)));
  // Bytes that are no UTF-8, and no JSON.
  EXPECT_THAT(With("{\"prompt_id\":\"\xc3\"}\n"),
              AllOf(HasSubstr(std::string(kHard) + ":2"), HasSubstr("UTF-8"), EndsWith(kAgain)));
  EXPECT_THAT(With("[1,\n"), AllOf(HasSubstr(line), EndsWith(kAgain)));
}

TEST_F(HealthBenchImportTest, FilesThatAreBroken) {
  WriteHugeLine(from_, kHard);
  EXPECT_THAT(ImportProblem("healthbench", from_),
              AllOf(HasSubstr(std::string(kHard) + ":1"), HasSubstr("16777216"), EndsWith(kAgain)));
  std::filesystem::remove(from_.path() + "/" + kHard);
  from_.Write(std::string(kHard) + ".gz", GzipOf(RowJson("id-1", Rubric()), 5));
  EXPECT_THAT(ImportProblem("healthbench", from_),
              AllOf(HasSubstr(std::string(kHard) + ".gz"), EndsWith(kAgain)));
  std::filesystem::remove(from_.path() + "/" + kHard + ".gz");
  EXPECT_THAT(
      ImportProblem("healthbench", from_),
      AllOf(HasSubstr("neither 2025-05-07-06-14-12_oss_eval.jsonl nor "), EndsWith(kAgain)));
}

// The 'criteria_met' of a row, in order; `responses` is what Python prints of a list.
std::vector<bool> MetOf(const std::string& responses) {
  const std::string key = "'criteria_met': ";
  std::vector<bool> met;
  for (std::size_t at = 0; (at = responses.find(key, at)) != std::string::npos;) {
    at += key.size();
    met.push_back(responses.compare(at, 4, "True") == 0);
  }
  return met;
}

// The imported sample under the suite's own scorer; the judge says what the published one said.
v1::SampleResult ResultOf(const v1::Suite& suite, const v1::Sample& sample, const std::string& text,
                          const std::vector<bool>& met) {
  v1::ScorerSpec spec = suite.manifest().scorers(0);
  spec.mutable_rubric()->mutable_asking()->set_context_tokens(200000);
  v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {ResolveScorer(spec).value()});
  *inputs.mutable_sample() = sample;
  inputs.set_text(text);
  // The published form has no quote; ours wants one for what is met.
  const std::string quote = text.substr(0, text.find_first_of("\n", 1));
  ScriptedJudge judge([&](const AskedCall&, const std::string& id) -> Json {
    const std::size_t index = std::stoul(id.substr(1)) - 1;
    return {
        {"verdict", met.at(index) ? "yes" : "no"}, {"quote", quote.substr(0, 1000)}, {"note", ""}};
  });
  const auto machine = MakeScorer(inputs).value();
  const MachineRun run = Drive(*machine, judge);
  v1::SampleResult result;
  result.set_suite(suite.manifest().name());
  result.set_sample_id(sample.id());
  result.set_model("graded");
  v1::ScorerResult& scorer = *result.add_scorers();
  scorer.set_scorer(run.verdict().scorer_id());
  scorer.set_outcome(run.verdict().outcome());
  *scorer.mutable_scores() = run.verdict().scores();
  return result;
}

// The same under the benchmark's own scorer, with a prompt in place of its own.
v1::SampleResult OfficialResultOf(const v1::Suite& suite, const v1::Sample& sample,
                                  const std::string& text, const std::vector<bool>& met) {
  v1::ScorerSpec spec;
  spec.set_id("healthbench");
  spec.set_compat(v1::COMPAT_OFFICIAL);
  spec.mutable_benchmark()->set_name("healthbench");
  (*spec.mutable_benchmark()->mutable_prompts())["grader"] = "<<conversation>> <<rubric_item>>";
  v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {ResolveScorer(spec).value()});
  *inputs.mutable_sample() = sample;
  inputs.set_text(text);
  const AnsweredRun run = AnswerCalls(inputs, [&](const v1::Call& call) {
    const std::size_t index = std::stoul(call.label().substr(6)) - 1;
    return std::string("{\"explanation\": \"\", \"criteria_met\": ") +
           (met.at(index) ? "true}" : "false}");
  });
  EXPECT_TRUE(run.status.ok()) << run.status;
  v1::SampleResult result;
  result.set_suite(suite.manifest().name());
  result.set_sample_id(sample.id());
  result.set_model("graded");
  v1::ScorerResult& scorer = *result.add_scorers();
  scorer.set_scorer(run.verdict().scorer_id());
  *scorer.mutable_scores() = run.verdict().scores();
  return result;
}

class HealthBenchRealDataTest : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(OwnPrompt, HealthBenchRealDataTest, testing::Bool());

TEST_P(HealthBenchRealDataTest, AGradedRunFromFileToTable) {
  const bool official = GetParam();
  if (!HasGolden("healthbench")) GTEST_SKIP();
  const TempFolder to;
  const auto imported =
      ImportBenchmark("healthbench", {GoldenFolder("healthbench").string(), to.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_EQ(imported->size(), 1u);
  EXPECT_EQ((*imported)[0].name, "healthbench-graded");
  google::protobuf::RepeatedPtrField<v1::Suite> suites;
  *suites.Add() = LoadSuite((*imported)[0].folder)->suite;
  const v1::Suite& suite = suites.Get(0);
  ASSERT_EQ(suite.samples_size(), 100);
  int criteria = 0;
  std::vector<v1::SampleResult> results;
  const std::vector<Json> rows =
      GoldenRows(GoldenFolder("healthbench") / "judge_responses.jsonl.gz");
  for (int i = 0; i < suite.samples_size(); ++i) {
    const Json& row = rows.at(static_cast<std::size_t>(i));
    criteria += suite.samples(i).criteria_size();
    const std::string text = row.at("prompt_response").back().at("content");
    const std::vector<bool> met = MetOf(row.at("responses").get<std::string>());
    results.push_back(official ? OfficialResultOf(suite, suite.samples(i), text, met)
                               : ResultOf(suite, suite.samples(i), text, met));
  }
  EXPECT_EQ(criteria, 1157);
  const auto tables = BenchmarkTables(suites, {"graded"}, results);
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_EQ(tables[0].notes_size(), official ? 0 : 1);  // that the prompt is not the benchmark's
  const Json expected = GoldenJson(GoldenFolder("healthbench") / "final_metrics.json");
  int compared = 0;
  const auto expect = [&](const std::string& name, double value) {
    ASSERT_TRUE(expected.contains(name)) << name;
    EXPECT_NEAR(value, expected.at(name).get<double>(), 1e-12) << name;
    ++compared;
  };
  for (int i = 1; i < tables[0].columns_size(); ++i) {
    const std::string& name = tables[0].columns(i);
    expect(name == "overall" ? "overall_score" : name, tables[0].rows(0).cells(i).number());
  }
  EXPECT_EQ(tables[0].columns_size(), 1 + 1 + 7 + 5);
  for (const v1::TableRow& row : tables[1].rows()) {
    expect(row.cells(0).text(), row.cells(1).number());
    expect(row.cells(0).text() + ":n_samples", row.cells(2).number());
  }
  // Of every tag there are three figures, of the whole six; the deviations are drawn at random.
  EXPECT_EQ(static_cast<std::size_t>(tables[1].rows_size()) * 3 + 6, expected.size());
  std::cout << "healthbench: " << compared << " published figures equal\n";
}

TEST(HealthBenchTablesTest, TheMeanIsCutNotTheScores) {
  v1::Suite suite;
  suite.mutable_manifest()->set_name("healthbench");
  suite.mutable_manifest()->set_benchmark("healthbench");
  suite.mutable_manifest()->set_title("HealthBench");
  std::vector<v1::SampleResult> results;
  for (const double score : {-60.0, 20.0}) {
    v1::Sample& sample = *suite.add_samples();
    sample.set_id("s" + std::to_string(suite.samples_size()));
    (*sample.mutable_metadata())["example_tags"] = "theme:a\nother";
    v1::SampleResult& result = results.emplace_back();
    result.set_suite("healthbench");
    result.set_model("m");
    result.set_sample_id(sample.id());
    v1::ScorerResult& scorer = *result.add_scorers();
    scorer.set_scorer("healthbench");
    v1::Score& rubric = *scorer.add_scores();
    rubric.set_name("rubric");
    rubric.set_value(score);
    v1::Score& unjudged = *scorer.add_scores();
    unjudged.set_name("unjudged_criteria");
    unjudged.set_value(2);
  }
  results.push_back(results[0]);
  results.back().clear_scorers();
  google::protobuf::RepeatedPtrField<v1::Suite> suites;
  *suites.Add() = suite;
  const auto tables = BenchmarkTables(suites, {"m", "none"}, results);
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_EQ(tables[0].rows(0).cells(1).number(), 0);
  EXPECT_FALSE(tables[0].rows(1).cells(1).has_number());
  EXPECT_EQ(tables[0].columns_size(), 3);
  ASSERT_EQ(tables[0].notes_size(), 2);
  EXPECT_EQ(tables[0].notes(0), "m: 1 of 3 texts have no score and are not in the figures");
  EXPECT_EQ(
      tables[0].notes(1),
      "m: 4 criteria were not judged; they count neither as met nor in the points within reach");
  EXPECT_EQ(tables[1].rows(0).cells(0).text(), "other");
  EXPECT_EQ(tables[1].rows(0).cells(2).number(), 2);
}

}  // namespace
}  // namespace assay
