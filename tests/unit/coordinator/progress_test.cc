// What a coordinator says of itself for metrics: who waits and for how long, what is not durable
// yet, how many verdicts are due, and what was learned of servers.
#include "tests/unit/coordinator/test_run.h"

namespace assay {
namespace {

std::int64_t Sum(const std::map<v1::Outcome, std::int64_t>& outcomes) {
  std::int64_t sum = 0;
  for (const auto& [outcome, count] : outcomes) sum += count;
  return sum;
}

TEST(Progress, VerdictsAreCountedByScorerAndNoneIsUnaccounted) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 5, .models = 2, .repeats = 3})).ok());
  for (const char* scorer : {"length", "repetition", "rubric"}) {
    EXPECT_EQ(process.Progress().verdicts.at(scorer).required, 30) << scorer;
    EXPECT_EQ(process.Progress().verdicts.at(scorer).judged, 0) << scorer;
  }
  HandAgent agent(process);
  for (int i = 0; i < 1000 && !process.Sealed(); ++i) {
    agent.Sync(absl::Seconds(2));
    for (const v1::Assignment& start : agent.Running()) {
      // A generation that fails leaves scorings that are not applicable, so not judged.
      const bool fails = start.unit().kind() == v1::UNIT_KIND_GENERATE &&
                         start.unit().model_id() == "m1" && start.unit().repeat() == 0;
      fails ? agent.Fail(start, v1::ERROR_CLASS_REQUEST) : agent.Finish(start);
    }
    const RunProgress now = process.Progress();
    EXPECT_EQ(now.ended_scorings, Sum(now.scoring_outcomes));
    EXPECT_EQ(now.generations.ended(), Sum(now.generation_outcomes));
  }
  ASSERT_TRUE(process.Sealed());
  const RunProgress end = process.Progress();
  EXPECT_EQ(end.ended_scorings, 90);
  EXPECT_EQ(end.generation_outcomes.at(v1::OUTCOME_FAILED), 5);
  for (const char* scorer : {"length", "repetition", "rubric"}) {
    EXPECT_EQ(end.verdicts.at(scorer).judged, 25) << scorer;
  }
}

TEST(Progress, AgeOfTheQueueIsThatOfTheUnitQueuedFirst) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 2, .judged = false})).ok());
  process.executor.Advance(absl::Seconds(40));
  const auto age = [&](v1::UnitKind kind) {
    const RunProgress now = process.Progress();
    const auto found = now.oldest_queued.find(kind);
    return found == now.oldest_queued.end() ? absl::Seconds(-1) : found->second;
  };
  EXPECT_GE(age(v1::UNIT_KIND_GENERATE), absl::Seconds(40));
  EXPECT_LT(age(v1::UNIT_KIND_GENERATE), absl::Seconds(41));
  EXPECT_EQ(age(v1::UNIT_KIND_SCORE_RULES), absl::Seconds(-1)) << "nothing to score yet";
  HandAgent writer(process);
  writer.kinds = {v1::UNIT_KIND_GENERATE};
  writer.Sync();
  EXPECT_EQ(age(v1::UNIT_KIND_GENERATE), absl::Seconds(-1)) << "both are leased";
  writer.Finish(writer.Running().at(0));
  writer.Sync();
  process.executor.Advance(absl::Seconds(10));
  writer.Sync();
  EXPECT_GE(age(v1::UNIT_KIND_SCORE_RULES), absl::Seconds(10));
  EXPECT_LT(age(v1::UNIT_KIND_SCORE_RULES), absl::Seconds(11));
}

TEST(Progress, ATextIsUndurableFromItsStoringToItsCommitRecord) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1, .rules = false, .judged = false})).ok());
  HandAgent agent(process);
  agent.Sync();
  agent.Sync();
  const v1::Assignment start = agent.Running().at(0);
  const v1::Envelope envelope = ResultFor(process.Fetch(start).value(), start.attempt());
  EXPECT_EQ(process.Progress().undurable, 0);
  agent.FinishWith(start, envelope);
  process.executor.Advance(absl::Seconds(7));
  EXPECT_EQ(process.Progress().undurable, 1);
  EXPECT_EQ(process.Progress().oldest_undurable, absl::Seconds(7));
  agent.Sync();
  process.executor.RunReady();
  EXPECT_EQ(process.Progress().generations.done, 1);
  EXPECT_EQ(process.Progress().undurable, 0);
  EXPECT_EQ(process.Progress().oldest_undurable, absl::ZeroDuration());
}

TEST(Progress, WhatAServerTakesIsToldByKind) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 12, .rules = false, .max_in_flight = 8})).ok());
  HandAgent agent(process);
  const auto lanes = [&](const std::string& endpoint) {
    for (const EndpointProgress& progress : process.Progress().endpoints) {
      if (progress.endpoint == endpoint) return progress.lanes;
    }
    return std::vector<LaneProgress>();
  };
  agent.Sync();
  ASSERT_EQ(agent.Running().size(), 8u);
  ASSERT_EQ(lanes("gen").size(), 1u);
  EXPECT_EQ(lanes("gen")[0].kind, v1::UNIT_KIND_GENERATE);
  EXPECT_EQ(lanes("gen")[0].limit, 8);
  EXPECT_EQ(lanes("gen")[0].in_flight, 8);
  EXPECT_EQ(lanes("gen")[0].breakers_closed, 1);
  EXPECT_TRUE(lanes("jud").empty()) << "nobody has asked it yet";
  for (const v1::Assignment& start : agent.Running()) agent.Fail(start, v1::ERROR_CLASS_INFRA);
  agent.Sync();
  EXPECT_EQ(lanes("gen")[0].breakers_open, 1);
  EXPECT_EQ(lanes("gen")[0].breakers_closed, 0);
  EXPECT_EQ(lanes("gen")[0].in_flight, 0);
  agent.Sync(absl::Seconds(30));
  ASSERT_EQ(agent.Running().size(), 1u) << "one tries";
  EXPECT_EQ(lanes("gen")[0].breakers_probing, 1);
  EXPECT_EQ(lanes("gen")[0].breakers_open, 0);
}

}  // namespace
}  // namespace assay
