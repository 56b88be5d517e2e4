#include "suites/accept_run.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/status.h"
#include "common/config/run_spec.h"
#include "tests/unit/suites/temp_folder.h"

namespace assay {
namespace {

class AcceptRunTest : public testing::Test {
 protected:
  AcceptRunTest() {
    home_.Write("one/suite.yaml",
                "name: one\nsampling: {temperature: 0.5, max_tokens: 100, stop: [x], extra_body: "
                "{min_p: 0.1, top_a: 0.2}}\nscorers: [{length: {}}, {rubric: {preset: general, "
                "prompt_file: judge.txt}}]\n");
    home_.Write("one/judge.txt", "PROMPT");
    home_.Write("two/suite.yaml", "name: two\nscorers: [{repetition: {}}]\n");
    for (const char* suite : {"one", "two"}) {
      std::string lines;
      for (int i = 0; i < 10; ++i) {
        const std::string n = std::to_string(i);
        lines += "{\"id\":\"s" + n + "\",\"prompt\":\"p" + n + "\"}\n";
      }
      home_.Write(std::string(suite) + "/samples.jsonl", lines);
    }
    options_.locations = {.imported_folder = home_.path(), .spec_folder = home_.path()};
    options_.resolve_strategy = [](v1::Strategy strategy) -> absl::StatusOr<v1::Strategy> {
      return strategy;
    };
    options_.resolve_scorer = [](v1::ScorerSpec scorer) -> absl::StatusOr<v1::ScorerSpec> {
      if (scorer.rubric().preset() == "unknown") return InvalidArgument("no such preset");
      if (scorer.has_rubric()) scorer.mutable_rubric()->set_max_tries(3);
      return scorer;
    };
    options_.run_id = "r1";
    options_.run_secret = std::string(32, 's');
    options_.created_unix_ms = 7;
  }

  absl::StatusOr<AcceptedRun> Accept(const std::string& rest) {
    const absl::StatusOr<v1::RunSpec> spec =
        ParseRunSpec("endpoints: [{base_url: 'http://h/v1'}]\n" + rest, "s.yaml");
    EXPECT_TRUE(spec.ok()) << spec.status();
    if (!spec.ok()) return spec.status();
    return AcceptRun(ResolveDefaults(*spec), options_);
  }

  TempFolder home_;
  AcceptOptions options_;
};

constexpr char kModel[] = "models: [{model: m}]\n";
constexpr char kJudge[] = "judges: [{model: j}]\n";

TEST_F(AcceptRunTest, TakesScorersAndPromptsFromTheSuite) {
  const auto accepted = Accept(std::string("suites: [{name: one, limit: 2-5}]\n") + kJudge +
                               "models: [{model: m, sampling: {temperature: 0, extra_body: {min_p: "
                               "0.3}}}, {model: n, sampling: {stop: [y, z]}}]\nrepeats: 2\n");
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  const v1::RunRecord& record = accepted->record;
  EXPECT_EQ(record.run_id(), "r1");
  EXPECT_EQ(record.created_unix_ms(), 7);
  EXPECT_EQ(record.suites(0).samples_size(), 3);
  EXPECT_EQ(record.suites(0).samples(0).id(), "s2");
  ASSERT_EQ(record.spec().scorers_size(), 2);
  const v1::ScorerSpec& rubric = record.spec().scorers(1);
  EXPECT_EQ(rubric.id(), "rubric");
  EXPECT_EQ(rubric.judge(), "j");
  EXPECT_EQ(rubric.compat(), v1::COMPAT_STRICT);
  EXPECT_EQ(rubric.rubric().prompt(), "PROMPT");
  EXPECT_EQ(rubric.rubric().max_tries(), 3);
  EXPECT_EQ(record.suites(0).manifest().scorers(1).rubric().max_tries(), 3);
  // 3 samples x 2 models x 2 repeats x (generation, rules, rubric)
  EXPECT_EQ(accepted->units, 36);
}

TEST_F(AcceptRunTest, TheSpecsScorersWinAndItsPromptFilesAreRead) {
  home_.Write("mine.txt", "MINE");
  const auto accepted =
      Accept(std::string("suites: [{path: one}, {name: two}]\n") + kJudge +
             "models: [{model: m, sampling: {temperature: 0.1, max_tokens: 5, stop: [s], "
             "extra_body: {min_p: 0.1, top_a: 0.2}}}]\n"
             "scorers: [{id: q, compat: official, rubric: {prompt_file: mine.txt}}]\n");
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  ASSERT_EQ(accepted->record.spec().scorers_size(), 1);
  EXPECT_EQ(accepted->record.spec().scorers(0).rubric().prompt(), "MINE");
  EXPECT_EQ(accepted->record.spec().scorers(0).compat(), v1::COMPAT_OFFICIAL);
  EXPECT_EQ(accepted->record.suites(1).manifest().scorers(0).id(), "q");
  EXPECT_EQ(accepted->units, 40);
}

TEST_F(AcceptRunTest, SaysWhatCannotBeRun) {
  const auto problem = [this](const std::string& rest) {
    const auto accepted = Accept(rest);
    return accepted.ok() ? "accepted" : std::string(MessageOf(accepted.status()));
  };
  EXPECT_EQ(problem(std::string("suites: [{name: one}]\n") + kModel),
            "suite one: scorer rubric needs a judge, and the run has none: add one (judges: in a "
            "spec, --judge on the command line), or name scorers that need none");
  EXPECT_EQ(
      problem(std::string("suites: [{name: one}]\njudges: [{model: j}, {model: k}]\n") + kModel),
      "suite one: scorer rubric needs a judge, and the run has more than one: name scorers in "
      "the spec, each with its judge");
  EXPECT_EQ(
      problem(std::string("suites: [{name: one}, {name: two}]\n") + kModel + kJudge),
      "suites one and two are scored in different ways; name scorers in the spec, or run each "
      "suite by itself");
  EXPECT_EQ(problem(std::string("suites: [{name: one}, {path: ./one}]\n") + kModel + kJudge),
            "suites[1] and suites[0] are both named 'one'");
  EXPECT_EQ(problem(std::string("suites: [{name: two, limit: 10-20}]\n") + kModel),
            "two: limit: the range '10-20' begins after the last of 10 samples");
  EXPECT_EQ(problem(std::string("suites: [{name: two}]\nscorers: [{rubric: {preset: unknown}}]\n") +
                    kModel + kJudge),
            "spec: scorer rubric: no such preset");
  EXPECT_EQ(
      problem(std::string("suites: [{name: two}]\nscorers: [{rubric: {prompt_file: n.txt}}]\n") +
              kModel + kJudge),
      "scorer rubric: rubric.prompt_file: " + home_.path() + "/n.txt: no such file");
  home_.Write("two/suite.yaml", "name: two\n");
  EXPECT_EQ(problem(std::string("suites: [{name: two}]\n") + kModel),
            "nothing scores this run: neither the spec nor the suite names scorers; add scorers: "
            "[{length: {}}]");
}

// Each suite's units are written with its own sampling (RunPlan::SamplingFor).
TEST_F(AcceptRunTest, SuitesOfOneRunMayDifferInSampling) {
  const auto accepted =
      Accept(std::string("suites: [{name: one}, {name: two}]\nscorers: [{length: {}}]\n") + kModel);
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_FALSE(accepted->record.spec().models(0).has_sampling());
  EXPECT_EQ(accepted->record.suites(0).manifest().sampling().max_tokens(), 100);
  EXPECT_FALSE(accepted->record.suites(1).manifest().has_sampling());
}

TEST_F(AcceptRunTest, TheNumberOfUnitsIsCheckedBeforeAnythingIsMade) {
  std::string models = "models:\n";
  for (int i = 0; i < 1000; ++i) models += "  - model: m" + std::to_string(i) + "\n";
  std::string lines;
  for (int i = 0; i < 100; ++i) {
    lines += "{\"id\":\"s" + std::to_string(i) + "\",\"prompt\":\"p\"}\n";
  }
  home_.Write("two/samples.jsonl", lines);
  const auto accepted = Accept("suites: [{name: two}]\nrepeats: 100\n" + models);
  EXPECT_EQ(accepted.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(MessageOf(accepted.status()),
            "the run is too large: 100 samples x 1000 models x 100 repeats x 2 stages is more than "
            "10000000 units; use limit, or split it");
}

TEST_F(AcceptRunTest, TheStarterSuiteIsAccepted) {
  const auto accepted = Accept(std::string("suites: [{name: starter}]\n") + kModel + kJudge);
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->record.suites(0).manifest().sampling().max_tokens(), 16384);
}

}  // namespace
}  // namespace assay
