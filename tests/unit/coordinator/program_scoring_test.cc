// Scorings that run programs: they need no judge, and only an agent with a sandbox gets them.
#include "coordinator/core/run_plan.h"
#include "tests/unit/coordinator/test_run.h"

namespace assay {
namespace {

v1::RunRecord ProgramRun() {
  v1::RunRecord record = TestRun({.samples = 2, .judged = false});
  v1::ScorerSpec& scorer = *record.mutable_spec()->add_scorers();
  scorer.set_id("code");
  scorer.mutable_benchmark()->set_name("code");
  scorer.mutable_accepted()->set_runs_programs(true);
  return record;
}

bool NeedsCalls(const v1::ScorerSpec& scorer) { return scorer.has_benchmark(); }

// As TestProcess, for a run whose benchmark scorer makes calls.
struct ProgramProcess : TestProcess {
  ProgramProcess() {
    coordinator =
        std::make_unique<Coordinator>(CoordinatorSeams{executor, executor.clock(), store, blobs,
                                                       NeedsCalls, Random(7), &observer},
                                      CoordinatorOptions{});
  }
};

TEST(ProgramScoring, IsAUnitOfItsOwnWithoutJudgeAndEndpoint) {
  const v1::RunRecord record = ProgramRun();
  const RunPlan plan = RunPlan::Make(record, NeedsCalls).value();
  EXPECT_EQ(plan.unit_count(), 2u * 3);
  int programs = 0;
  for (UnitIndex u = 0; u < plan.unit_count(); ++u) {
    const v1::Unit unit = plan.UnitOf(u);
    if (unit.kind() != v1::UNIT_KIND_SCORE_PROGRAMS) continue;
    ++programs;
    EXPECT_EQ(unit.stage(), "s.code.m0.0");
    EXPECT_EQ(unit.endpoint(), "");
    EXPECT_EQ(plan.RangeOf(u).judge, -1);
    EXPECT_TRUE(IsScoring(unit.kind()));
  }
  EXPECT_EQ(programs, 2);
}

TEST(ProgramScoring, WaitsForAnAgentWithASandbox) {
  ProgramProcess process;
  ASSERT_TRUE(process.AddRun(ProgramRun()).ok());
  HandAgent without(process, "without");
  for (int i = 0; i < 6; ++i) {
    without.Sync(absl::Seconds(2));
    for (const v1::Assignment& start : without.Running()) {
      EXPECT_NE(start.unit().kind(), v1::UNIT_KIND_SCORE_PROGRAMS);
      without.Finish(start);
    }
  }
  EXPECT_FALSE(process.Sealed());
  RunProgress progress = process.Progress();
  EXPECT_EQ(progress.phase, RunPhase::kRunning);
  EXPECT_EQ(progress.rule_scorings.done, 2);
  EXPECT_EQ(progress.rule_scorings.queued, 2);
  EXPECT_EQ(progress.rule_scorings.total, 4);
  EXPECT_EQ(progress.judged_scorings.total, 0);
  EXPECT_EQ(progress.oldest_queued.count(v1::UNIT_KIND_SCORE_PROGRAMS), 1u);
  EXPECT_EQ(progress.verdicts.at("code").required, 2);

  HandAgent with(process, "with");
  with.kinds = {v1::UNIT_KIND_SCORE_PROGRAMS};
  with.Complete();
  progress = process.Progress();
  EXPECT_EQ(progress.rule_scorings.done, 4);
  EXPECT_EQ(progress.verdicts.at("code").judged, 2);
  EXPECT_EQ(progress.ended_scorings, 6);
}

// It makes no calls in this run: any judge's agent may have it.
TEST(ProgramScoring, OneThatRunsNoneNeedsNoSandbox) {
  ProgramProcess process;
  v1::RunRecord record = ProgramRun();
  record.mutable_spec()->mutable_scorers(2)->mutable_accepted()->clear_runs_programs();
  ASSERT_TRUE(process.AddRun(record).ok());
  HandAgent agent(process);
  agent.Complete();
  EXPECT_EQ(process.Progress().verdicts.at("code").judged, 2);
}

// Unlike with a judge there is nothing to save by stopping.
TEST(ProgramScoring, ManyThatCannotBeJudgedDoNotPauseTheRun) {
  ProgramProcess process;
  v1::RunRecord record = TestRun({.samples = 60, .rules = false, .judged = false});
  *record.mutable_spec()->add_scorers() = ProgramRun().spec().scorers(2);
  ASSERT_TRUE(process.AddRun(record).ok());
  HandAgent agent(process);
  agent.kinds.push_back(v1::UNIT_KIND_SCORE_PROGRAMS);
  for (int i = 0; i < 300 && !process.Sealed(); ++i) {
    agent.Sync(absl::Seconds(2));
    for (const v1::Assignment& start : agent.Running()) {
      v1::Envelope envelope = ResultFor(process.Fetch(start).value(), start.attempt());
      if (start.unit().kind() == v1::UNIT_KIND_SCORE_PROGRAMS) {
        envelope.set_outcome(v1::OUTCOME_UNJUDGED);
        envelope.mutable_verdicts(0)->set_outcome(v1::OUTCOME_UNJUDGED);
        envelope.mutable_verdicts(0)->set_reason("no answer");
        envelope.mutable_verdicts(0)->clear_scores();
      }
      agent.FinishWith(start, envelope);
    }
  }
  EXPECT_TRUE(process.Sealed());
  EXPECT_TRUE(process.observer.pauses.empty());
}

}  // namespace
}  // namespace assay
