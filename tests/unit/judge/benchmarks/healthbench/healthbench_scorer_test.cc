// The scorer healthbench: what its grader is asked, what is taken for an answer, and the scores.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "judge/benchmarks/healthbench/healthbench_grader.h"
#include "tests/unit/judge/benchmarks/answer_calls.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

TEST(HealthBenchGraderTest, Replies) {
  struct Case {
    const char* reply;
    const char* read;  // "met", "not" or what is wrong
  };
  for (const Case& one : {
           Case{R"({"explanation": "e", "criteria_met": true})", "met"},
           Case{"```json\n{\"criteria_met\": false}\n```", "not"},
           Case{" ```json{\"criteria_met\": true}``` \n", "met"},
           Case{"{\"criteria_met\": true}\n```", "met"},
           Case{"```\n{\"criteria_met\": true}\n```", "not a JSON object"},
           Case{"Sure: {\"criteria_met\": true}", "not a JSON object"},
           Case{R"({"criteria_met": "true"})", "criteria_met: expected true or false"},
           Case{R"({"criteria_met": 1})", "criteria_met: expected true or false"},
           Case{R"({"explanation": "e"})", "criteria_met: expected true or false"},
           Case{R"(["criteria_met"])", "not a JSON object"},
           Case{"", "not a JSON object"},
       }) {
    const HealthBenchGrade grade = ReadHealthBenchGrade(one.reply);
    const std::string read = !grade.problem.empty() ? grade.problem : grade.met ? "met" : "not";
    EXPECT_THAT(read, HasSubstr(one.read)) << one.reply;
  }
  EXPECT_EQ(ReadHealthBenchGrade(R"({"explanation": "e", "criteria_met": true})").explanation, "e");
}

TEST(HealthBenchGraderTest, PointsAsPythonPrintsThem) {
  v1::Criterion criterion;
  criterion.set_text("Rest.");
  criterion.set_points(-3);
  EXPECT_EQ(HealthBenchItem(criterion), "[-3] Rest.");
  criterion.set_points(1.5);
  EXPECT_EQ(HealthBenchItem(criterion), "[1.5] Rest.");
}

v1::ScorerSpec Spec(const std::string& grader) {
  v1::ScorerSpec spec;
  spec.set_compat(v1::COMPAT_OFFICIAL);
  spec.mutable_benchmark()->set_name("healthbench");
  (*spec.mutable_benchmark()->mutable_prompts())["grader"] = grader;
  return spec;
}

v1::UnitInputs Inputs() {
  v1::UnitInputs inputs =
      ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED,
                    {ResolveScorer(Spec("C <<conversation>> R <<rubric_item>>")).value()});
  v1::Sample& sample = *inputs.mutable_sample();
  sample.set_id("h");
  for (const auto& [role, content] : std::vector<std::pair<const char*, const char*>>{
           {"user", "Hi"}, {"assistant", "Yes?"}, {"user", "I am ill <<rubric_item>>."}}) {
    v1::Message& message = *sample.add_messages();
    message.set_role(role);
    message.set_content(content);
  }
  for (const auto& [text, points] : std::vector<std::pair<const char*, double>>{
           {"Advises rest.", 5}, {"Frightens.", -2}, {"Asks since when.", 3}}) {
    v1::Criterion& criterion = *sample.add_criteria();
    criterion.set_text(text);
    criterion.set_points(points);
    criterion.add_tags(points == 3 ? "axis:context" : "axis:accuracy");
  }
  inputs.set_text("Rest.");
  return inputs;
}

TEST(HealthBenchScorerTest, OneCallACriterion) {
  const AnsweredRun run = AnswerCalls(Inputs(), [](const v1::Call& call) {
    return std::string("```json\n{\"explanation\": \"so\", \"criteria_met\": ") +
           (call.label() == "grade/3" ? "false" : "true") + "}\n```";
  });
  ASSERT_TRUE(run.status.ok()) << run.status;
  ASSERT_EQ(run.calls.size(), 3u);
  EXPECT_EQ(run.calls[0].llm().messages(0).content(), "You are a helpful assistant.");
  // As str.replace: what the conversation brings is filled in too.
  EXPECT_EQ(
      run.calls[1].llm().messages(1).content(),
      "C user: Hi\n\nassistant: Yes?\n\nuser: I am ill [-2] Frightens..\n\nassistant: Rest. R "
      "[-2] Frightens.");
  EXPECT_EQ(run.calls[0].llm().sampling().max_tokens(), 2048);
  EXPECT_EQ(*run.score("rubric"), 100 * 3.0 / 8);
  EXPECT_EQ(*run.score("axis:accuracy"), 100 * 3.0 / 5);
  EXPECT_EQ(*run.score("axis:context"), 0);
  EXPECT_EQ(run.verdict().findings(1).label(), "met");
  EXPECT_EQ(run.verdict().findings(1).note(), "so");
}

TEST(HealthBenchScorerTest, AsksTenTimesAndThenTheTextIsUnjudged) {
  const AnsweredRun run = AnswerCalls(Inputs(), [](const v1::Call& call) {
    return std::string(call.label() == "grade/2" ? "no" : "{\"criteria_met\": true}");
  });
  EXPECT_EQ(run.calls.size(), 12u);
  EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_UNJUDGED);
  EXPECT_FALSE(run.score("rubric").has_value());
  EXPECT_EQ(*run.score("unjudged_criteria"), 1);
}

TEST(HealthBenchScorerTest, APromptWithoutItsPlacesIsRefused) {
  EXPECT_THAT(std::string(MessageOf(ResolveScorer(Spec("<<conversation>>")).status())),
              HasSubstr("benchmark.prompts.grader: needs <<rubric_item>>"));
}

}  // namespace
}  // namespace assay
