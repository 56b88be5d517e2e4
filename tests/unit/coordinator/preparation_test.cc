// What a judged scorer has made once per sample, and models that are probes.
#include <algorithm>

#include "coordinator/core/envelope_facts.h"
#include "coordinator/core/fold.h"
#include "coordinator/core/reopen.h"
#include "tests/unit/coordinator/test_run.h"

namespace assay {
namespace {

using testing::ElementsAre;

// Starts of one kind that an agent holds.
std::vector<v1::Assignment> Held(const HandAgent& agent, v1::UnitKind kind) {
  std::vector<v1::Assignment> starts = agent.Running();
  std::erase_if(starts, [kind](const auto& start) { return start.unit().kind() != kind; });
  return starts;
}

void FinishAll(HandAgent& agent, v1::UnitKind kind) {
  for (const v1::Assignment& start : Held(agent, kind)) agent.Finish(start);
}

TEST(Preparation, IsMadeOncePerSampleForAllModelsAndHandedToTheirScorings) {
  TestProcess process;
  const v1::RunRecord record =
      TestRun({.samples = 2, .models = 2, .repeats = 2, .rules = false, .prepares = true});
  ASSERT_TRUE(process.AddRun(record).ok());
  HandAgent agent(process);
  agent.Sync();
  const std::vector<v1::Assignment> preparations = Held(agent, v1::UNIT_KIND_PREPARE);
  ASSERT_EQ(preparations.size(), 2u);
  EXPECT_EQ(preparations[0].unit().stage(), "p.rubric");
  EXPECT_EQ(preparations[0].unit().model_id(), "");
  EXPECT_EQ(preparations[0].endpoint().id(), "jud");
  const v1::UnitInputs inputs = process.Fetch(preparations[0]).value();
  EXPECT_EQ(inputs.text(), "");
  EXPECT_EQ(inputs.judge().model(), "judge-model");
  ASSERT_EQ(inputs.scorers_size(), 1);
  FinishAll(agent, v1::UNIT_KIND_PREPARE);
  FinishAll(agent, v1::UNIT_KIND_GENERATE);
  agent.Sync(absl::Seconds(2));
  FinishAll(agent, v1::UNIT_KIND_GENERATE);
  agent.Sync(absl::Seconds(2));
  const std::vector<v1::Assignment> scorings = Held(agent, v1::UNIT_KIND_SCORE_JUDGED);
  ASSERT_FALSE(scorings.empty());
  for (const v1::Assignment& start : scorings) {
    const v1::UnitInputs scoring = process.Fetch(start).value();
    EXPECT_EQ(scoring.preparation(), "prepared for " + scoring.sample().id());
    EXPECT_EQ(scoring.preparation_outcome(), v1::OUTCOME_GENERATED);
  }
  agent.Complete();
  const RunProgress p = process.Progress();
  EXPECT_EQ(p.preparations.done, 2);
  EXPECT_EQ(p.judged_scorings.done, 8);
  EXPECT_EQ(p.ended_scorings, 8) << "a preparation owes no verdict";
  EXPECT_EQ(p.verdicts.at("rubric").required, 8);
  EXPECT_EQ(p.scoring_outcomes.at(v1::OUTCOME_SCORED), 8);
  EXPECT_EQ(p.judge_usage.completion_tokens(), 20 * 10);
}

TEST(Preparation, HoldsItsScoringsBackUntilItHasEnded) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1, .rules = false, .prepares = true})).ok());
  HandAgent agent(process);
  agent.Sync();
  FinishAll(agent, v1::UNIT_KIND_GENERATE);
  for (int i = 0; i < 5; ++i) agent.Sync(absl::Seconds(2));
  EXPECT_EQ(process.Progress().generations.done, 1);
  EXPECT_EQ(process.Progress().judged_scorings.queued, 1);
  EXPECT_TRUE(Held(agent, v1::UNIT_KIND_SCORE_JUDGED).empty());
  FinishAll(agent, v1::UNIT_KIND_PREPARE);
  agent.Sync(absl::Seconds(2));
  agent.Sync(absl::Seconds(2));
  EXPECT_EQ(Held(agent, v1::UNIT_KIND_SCORE_JUDGED).size(), 1u);
  agent.Complete();
}

TEST(Preparation, ThatFailsIsToldToItsScoringsAndListedAsALoss) {
  TestProcess process;
  const v1::RunRecord record = TestRun({.samples = 1, .rules = false, .prepares = true});
  ASSERT_TRUE(process.AddRun(record).ok());
  HandAgent agent(process);
  agent.Sync();
  agent.Fail(Held(agent, v1::UNIT_KIND_PREPARE).at(0), v1::ERROR_CLASS_REQUEST);
  FinishAll(agent, v1::UNIT_KIND_GENERATE);
  agent.Sync(absl::Seconds(2));
  agent.Sync(absl::Seconds(2));
  const std::vector<v1::Assignment> scorings = Held(agent, v1::UNIT_KIND_SCORE_JUDGED);
  ASSERT_EQ(scorings.size(), 1u);
  const v1::UnitInputs inputs = process.Fetch(scorings[0]).value();
  EXPECT_EQ(inputs.preparation(), "");
  EXPECT_EQ(inputs.preparation_outcome(), v1::OUTCOME_FAILED);
  agent.Complete();
  EXPECT_EQ(process.Progress().preparations.failed, 1);
}

TEST(Preparation, UnfinishedOnesHoldTheirScoringsInTheNextProcessToo) {
  const v1::RunRecord record = TestRun({.samples = 2, .rules = false, .prepares = true});
  TestProcess first;
  ASSERT_TRUE(first.AddRun(record).ok());
  HandAgent agent(first);
  agent.Sync();
  agent.Finish(Held(agent, v1::UNIT_KIND_PREPARE).at(0));
  FinishAll(agent, v1::UNIT_KIND_GENERATE);
  agent.Sync(absl::Seconds(2));

  TestProcess second({}, 99);
  second.blobs.CopyPrefix(first.blobs, first.blobs.log.size());
  ASSERT_TRUE(second.AddRun(record).ok());
  HandAgent next(second);
  next.Sync();
  EXPECT_EQ(Held(next, v1::UNIT_KIND_PREPARE).size(), 1u) << "the other one is stored";
  EXPECT_EQ(Held(next, v1::UNIT_KIND_SCORE_JUDGED).size(), 1u);
  next.Complete();
  EXPECT_EQ(second.Progress().judged_scorings.done, 2);
}

TEST(Preparation, ReopenedWithTheScoringsThatNeedIt) {
  const v1::RunRecord record = TestRun({.samples = 1, .models = 2, .prepares = true});
  const RunPlan plan = RunPlan::Make(record, NeedsCallsInTests).value();
  const auto prepared = plan.PreparedBy(0);
  ASSERT_EQ(prepared.size(), 2u);
  RecoveredRun run;
  for (UnitIndex unit = 0; unit < plan.unit_count(); ++unit) {
    run.commits[unit].outcome = unit == 0 ? v1::OUTCOME_FAILED : v1::OUTCOME_SCORED;
  }
  const v1::RevisionRecord revision = PlanReopen(plan, run, RetryableOutcomes()).value();
  std::vector<std::string> ids(revision.reopened_unit_ids().begin(),
                               revision.reopened_unit_ids().end());
  EXPECT_THAT(ids, ElementsAre(plan.IdOf(0), plan.IdOf(prepared[0]), plan.IdOf(prepared[1])));
}

TEST(Probe, HasTheFirstSamplesOnlyNeedsNoEndpointAndSaysWhatItIs) {
  const v1::RunRecord record = TestRun({.samples = 3, .prepares = true, .probe_samples = 2});
  TestProcess process;
  ASSERT_TRUE(process.AddRun(record).ok());
  HandAgent agent(process);
  agent.Complete();
  EXPECT_EQ(process.Progress().generations.done, 5);
  EXPECT_EQ(process.Progress().preparations.done, 3);
  const RunPlan plan = RunPlan::Make(record, NeedsCallsInTests).value();
  std::map<std::string, v1::Envelope> envelopes;
  ASSERT_TRUE(RecoverRun(plan, process.blobs, [&](UnitIndex unit, const v1::Envelope& e) {
                envelopes[plan.IdOf(unit)] = e;
              }).ok());
  const FoldedRun folded = FoldRun(record, NeedsCallsInTests, envelopes).value();
  EXPECT_EQ(folded.results.size(), 3u);
  EXPECT_EQ(folded.probes.size(), 2u);
  ASSERT_EQ(folded.summary.models_size(), 1) << "never in a table";
  ASSERT_EQ(folded.summary.probes_size(), 1);
  EXPECT_EQ(folded.summary.models(0).probe(), "");
  EXPECT_EQ(folded.summary.models(0).expected(), 3);
  EXPECT_EQ(folded.summary.probes(0).probe(), "constant");
  EXPECT_EQ(folded.summary.probes(0).expected(), 2);
  EXPECT_EQ(folded.summary.preparation_usage().completion_tokens(), 60);
  for (const StageRange& range : plan.ranges()) {
    const bool of_probe = range.kind == v1::UNIT_KIND_GENERATE && range.model == 1;
    EXPECT_EQ(range.endpoint.empty(), of_probe || range.kind == v1::UNIT_KIND_SCORE_RULES);
  }
}

}  // namespace
}  // namespace assay
