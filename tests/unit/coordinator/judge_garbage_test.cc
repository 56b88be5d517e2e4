// F35: a judge whose verdicts cannot be used pauses the run; it does not fail it and invents
// nothing.
#include "coordinator/core/envelope_facts.h"
#include "tests/unit/coordinator/test_run.h"

namespace assay {
namespace {

using testing::HasSubstr;

// Finishes all that an agent holds; judged units come out as `outcome_of` says.
void Work(TestProcess& process, HandAgent& agent, const std::function<v1::Outcome(int)>& outcome_of,
          int rounds) {
  static_cast<void>(process);
  int judged = 0;
  for (int i = 0; i < rounds && !process.Sealed(); ++i) {
    agent.Sync(absl::Seconds(1));
    for (const v1::Assignment& start : agent.Running()) {
      const v1::UnitInputs inputs = process.Fetch(start).value();
      v1::Envelope envelope = ResultFor(inputs, start.attempt());
      if (start.unit().kind() == v1::UNIT_KIND_SCORE_JUDGED) {
        const v1::Outcome outcome = outcome_of(judged++);
        envelope.set_outcome(outcome);
        v1::Verdict& verdict = *envelope.mutable_verdicts(0);
        verdict.set_outcome(outcome);
        if (outcome == v1::OUTCOME_UNJUDGED) {
          verdict.clear_scores();
          verdict.set_reason("no JSON object in the reply");
        }
      }
      agent.FinishWith(start, envelope);
    }
  }
}

TEST(JudgeGarbage, PausesTheRunAfterFiftyVerdictsWithoutOneThatCounts) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 120, .rules = false})).ok());
  HandAgent agent(process, "agent", 2);
  Work(
      process, agent, [](int) { return v1::OUTCOME_UNJUDGED; }, 400);
  const RunProgress p = process.Progress();
  EXPECT_EQ(p.phase, RunPhase::kPaused);
  EXPECT_EQ(p.pause_reason, PauseReason::kJudge);
  EXPECT_THAT(p.pause_detail, HasSubstr("50 verdicts of scorer rubric by judge j"));
  EXPECT_GE(p.scoring_outcomes.at(v1::OUTCOME_UNJUDGED), 50);
  EXPECT_LT(p.scoring_outcomes.at(v1::OUTCOME_UNJUDGED), 60) << "what was under way may end";
  EXPECT_EQ(p.scoring_outcomes.count(v1::OUTCOME_SCORED), 0u);

  // Mended: it goes on where it stood, and asks again at the end.
  ASSERT_TRUE(process.coordinator->Resume("run-1").ok());
  const auto scored = [](int) { return v1::OUTCOME_SCORED; };
  Work(process, agent, scored, 400);
  ASSERT_TRUE(process.Sealed());
  EXPECT_EQ(process.observer.sealed.at("run-1").revision, 1);
  EXPECT_EQ(process.Progress().scoring_outcomes,
            (std::map<v1::Outcome, std::int64_t>{{v1::OUTCOME_SCORED, 120}}));
}

TEST(JudgeGarbage, AnotherProcessAsksAgainToo) {
  TestProcess first;
  ASSERT_TRUE(first.AddRun(TestRun({.samples = 120, .rules = false})).ok());
  HandAgent agent(first, "agent", 2);
  Work(
      first, agent, [](int) { return v1::OUTCOME_UNJUDGED; }, 400);
  ASSERT_EQ(first.Progress().pause_reason, PauseReason::kJudge);

  TestProcess second({}, 99);
  second.blobs.CopyPrefix(first.blobs, first.blobs.log.size());
  ASSERT_TRUE(second.AddRun(TestRun({.samples = 120, .rules = false})).ok());
  HandAgent other(second, "agent", 2, "i2");
  Work(
      second, other, [](int) { return v1::OUTCOME_SCORED; }, 400);
  ASSERT_TRUE(second.Sealed());
  EXPECT_EQ(second.Progress().scoring_outcomes,
            (std::map<v1::Outcome, std::int64_t>{{v1::OUTCOME_SCORED, 120}}));
}

// What was under way when it paused was the rest: nothing is left to do, and it waits all the same.
TEST(JudgeGarbage, APausedRunWithNothingElseLeftWaitsToBeResumed) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 52, .rules = false})).ok());
  HandAgent agent(process, "agent", 100);
  Work(
      process, agent, [](int) { return v1::OUTCOME_UNJUDGED; }, 400);
  EXPECT_FALSE(process.Sealed());
  EXPECT_EQ(process.Progress().phase, RunPhase::kPaused);
  EXPECT_EQ(process.Progress().scoring_outcomes.at(v1::OUTCOME_UNJUDGED), 52);
  ASSERT_TRUE(process.coordinator->Resume("run-1").ok());
  Work(
      process, agent, [](int) { return v1::OUTCOME_SCORED; }, 400);
  ASSERT_TRUE(process.Sealed());
  EXPECT_EQ(process.Progress().scoring_outcomes.count(v1::OUTCOME_UNJUDGED), 0u);
}

TEST(JudgeGarbage, WhatIsStillUnjudgedIsNotAskedForEver) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 120, .rules = false})).ok());
  HandAgent agent(process, "agent", 2);
  const auto garbage = [](int) { return v1::OUTCOME_UNJUDGED; };
  Work(process, agent, garbage, 400);
  ASSERT_TRUE(process.coordinator->Resume("run-1").ok());
  Work(process, agent, garbage, 400);
  EXPECT_EQ(process.Progress().phase, RunPhase::kPaused) << "once more, after as many";
  EXPECT_EQ(process.Progress().pause_reason, PauseReason::kJudge);
  EXPECT_EQ(process.Progress().revision, 0);
  ASSERT_TRUE(process.coordinator->Resume("run-1").ok());
  Work(
      process, agent, [](int n) { return n % 3 == 0 ? v1::OUTCOME_UNJUDGED : v1::OUTCOME_SCORED; },
      800);
  ASSERT_TRUE(process.Sealed());
  EXPECT_EQ(process.observer.sealed.at("run-1").revision, 1);
  EXPECT_GT(process.Progress().scoring_outcomes.at(v1::OUTCOME_UNJUDGED), 0);
}

TEST(JudgeGarbage, ACancelledRunAsksNothingAgain) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 120, .rules = false})).ok());
  HandAgent agent(process, "agent", 2);
  Work(
      process, agent, [](int) { return v1::OUTCOME_UNJUDGED; }, 400);
  process.coordinator->Cancel("run-1", [](const absl::Status&) {});
  Work(
      process, agent, [](int) { return v1::OUTCOME_SCORED; }, 400);
  ASSERT_TRUE(process.Sealed());
  EXPECT_EQ(process.observer.sealed.at("run-1").revision, 0);
}

TEST(JudgeGarbage, OneGoodVerdictNowAndThenIsNoReasonToStop) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 120, .rules = false})).ok());
  HandAgent agent(process, "agent", 2);
  Work(
      process, agent,
      [](int n) { return n % 40 == 39 ? v1::OUTCOME_SCORED : v1::OUTCOME_UNJUDGED; }, 400);
  EXPECT_TRUE(process.Sealed());
}

}  // namespace
}  // namespace assay
