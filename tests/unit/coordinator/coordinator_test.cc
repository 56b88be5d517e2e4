#include "coordinator/core/coordinator.h"

#include "coordinator/core/envelope_facts.h"
#include "tests/unit/coordinator/test_run.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

void ExpectConserved(const RunProgress& p) {
  for (const UnitCounts* c : {&p.generations, &p.rule_scorings, &p.judged_scorings}) {
    EXPECT_EQ(c->total, c->open() + c->ended());
  }
}

TEST(Coordinator, RunsEveryUnitAndSeals) {
  TestProcess process;
  const v1::RunRecord record = TestRun({.samples = 5, .models = 2, .repeats = 2});
  ASSERT_TRUE(process.AddRun(record).ok());
  HandAgent agent(process);
  agent.Complete();
  const RunProgress p = process.Progress();
  ExpectConserved(p);
  EXPECT_EQ(p.phase, RunPhase::kSealed);
  EXPECT_EQ(p.generations.done, 20);
  EXPECT_EQ(p.rule_scorings.done, 20);
  EXPECT_EQ(p.judged_scorings.done, 20);
  EXPECT_EQ(p.scoring_outcomes.at(v1::OUTCOME_SCORED), 60) << "two rule scorers and a judged one";
  EXPECT_EQ(p.generation_usage.completion_tokens(), 400);
  EXPECT_EQ(p.judge_usage.completion_tokens(), 800);
  v1::Manifest manifest;
  ASSERT_TRUE(manifest.ParseFromString(process.blobs.Get(ManifestKey("run-1", 0)).value()));
  EXPECT_EQ(manifest.entries_size(), 60);
  EXPECT_EQ(manifest.root(), process.observer.sealed["run-1"].manifest_root);
}

TEST(Coordinator, ScoringsWaitForTheirGenerationAndGoFirst) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 3, .rules = false})).ok());
  HandAgent agent(process, "a", 1);
  v1::SyncResponse response = agent.Sync();
  ASSERT_EQ(response.start_size(), 1);
  EXPECT_EQ(response.start(0).unit().sample_index(), 2) << "the longest first";
  EXPECT_EQ(response.start(0).unit().kind(), v1::UNIT_KIND_GENERATE);
  EXPECT_EQ(response.start(0).endpoint().id(), "gen");
  EXPECT_EQ(process.Progress().judged_scorings.blocked, 3);
  agent.Finish(response.start(0));
  const std::vector<v1::UnitKind> kinds = std::exchange(agent.kinds, {});
  agent.Sync();  // settles; the commit is applied before the next Sync asks for work
  agent.kinds = kinds;
  response = agent.Sync();
  ASSERT_EQ(response.start_size(), 1);
  EXPECT_EQ(response.start(0).unit().kind(), v1::UNIT_KIND_SCORE_JUDGED) << "before generations";
  EXPECT_EQ(process.Progress().judged_scorings.blocked, 2);
  const v1::UnitInputs inputs = process.Fetch(response.start(0)).value();
  EXPECT_EQ(inputs.text(), "text of s2 by m0 repeat 0");
  EXPECT_EQ(inputs.text_digest(), DigestOf(inputs.text()));
  EXPECT_EQ(inputs.judge().model(), "judge-model");
  EXPECT_EQ(inputs.prompt_text(), "Write 2");
  EXPECT_EQ(inputs.scorers(0).id(), "rubric");
  EXPECT_EQ(inputs.run_secret(), std::string(32, 's'));
}

TEST(Coordinator, StartIsRepeatedUntilShown) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1})).ok());
  HandAgent agent(process);
  const v1::SyncRequest first = agent.Request();
  const v1::SyncResponse one = process.Sync(first).value();
  const v1::SyncResponse two = process.Sync(first).value();
  ASSERT_EQ(one.start_size(), 1);
  ASSERT_EQ(two.start_size(), 1);
  EXPECT_EQ(one.start(0).attempt(), two.start(0).attempt());
  agent.running[one.start(0).attempt()] = one.start(0);
  EXPECT_EQ(agent.Sync().start_size(), 0);
}

TEST(Coordinator, SecondSyncAnswersTheHeldOne) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1})).ok());
  HandAgent agent(process);
  agent.Sync();
  int answered = 0;
  process.coordinator->OnSync(agent.Request(), [&](auto) { ++answered; });
  process.executor.RunReady();
  EXPECT_EQ(answered, 0) << "nothing to say: held";
  process.coordinator->OnSync(agent.Request(), [&](auto) { ++answered; });
  process.executor.RunReady();
  EXPECT_EQ(answered, 1);
  process.executor.Advance(absl::Seconds(30));
  EXPECT_EQ(answered, 2) << "and the long poll ends";
}

TEST(Coordinator, LostLeaseIsRequeuedAndTheLateTextTakenWhileQueued) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1})).ok());
  HandAgent agent(process);
  agent.Sync();
  agent.Sync();  // shows it
  const v1::Assignment start = agent.Running().at(0);
  const v1::UnitInputs inputs = process.Fetch(start).value();
  process.executor.Advance(absl::Seconds(51));
  EXPECT_EQ(process.Progress().generations.queued, 1);
  EXPECT_EQ(process.Progress().lost_leases, 1);
  EXPECT_TRUE(absl::IsAborted(process.Fetch(start).status()));
  agent.FinishWith(start, ResultFor(inputs, start.attempt()));
  agent.kinds.clear();  // takes nothing new, so that the unit stays queued
  agent.Sync();
  EXPECT_EQ(agent.settlements[start.attempt()], v1::SETTLEMENT_OK);
  EXPECT_EQ(process.Progress().generations.done, 1);
}

TEST(Coordinator, TheShareOfALostAgentIsFreeOnceItsLeasesAre) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 4, .max_in_flight = 4})).ok());
  const auto share = [](const v1::SyncResponse& response) {
    for (const v1::EndpointLimit& limit : response.limits()) {
      if (limit.endpoint() == "gen") return limit.max_in_flight();
    }
    return -1;
  };
  HandAgent lost(process, "lost", 4);
  EXPECT_EQ(share(lost.Sync()), 4);
  lost.Sync();
  process.executor.Advance(absl::Seconds(51));
  ASSERT_EQ(process.Progress().lost_leases, 4);
  HandAgent other(process, "other", 4);
  const v1::SyncResponse response = other.Sync();
  EXPECT_EQ(response.start_size(), 4);
  EXPECT_EQ(share(response), 4);
}

TEST(Coordinator, RenewalKeepsTheLeaseWithoutLimit) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1})).ok());
  HandAgent agent(process);
  agent.Sync();
  for (int i = 0; i < 20; ++i) {
    agent.Sync();
    process.executor.Advance(absl::Seconds(40));
  }
  EXPECT_EQ(process.Progress().lost_leases, 0);
  EXPECT_EQ(process.Progress().generations.leased, 1);
}

TEST(Coordinator, AgentLooksInAgainBeforeALongPollOutlivesItsLease) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1})).ok());
  HandAgent agent(process);
  const v1::SyncResponse response = agent.Sync();
  const CoordinatorOptions options;
  const absl::Duration longest_hold = options.poll_hold * 1.2;
  ASSERT_GT(response.next_sync_ms(), 0);
  EXPECT_LT(absl::Milliseconds(response.next_sync_ms()) + longest_hold,
            absl::Milliseconds(response.lease_ms()));
}

// The order in which results of two attempts of one unit arrive, and what becomes of them.
struct LateCase {
  const char* name;
  std::vector<int> order;  // attempts, 1 or 2, as they report; may repeat
  v1::Settlement first, second;
};

class LateResults : public testing::TestWithParam<LateCase> {};

TEST_P(LateResults, OneRecordCounts) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1})).ok());
  HandAgent old_agent(process, "old");
  old_agent.Sync();
  old_agent.Sync();
  const v1::Assignment first = old_agent.Running().at(0);
  const v1::UnitInputs inputs = process.Fetch(first).value();
  process.executor.Advance(absl::Seconds(51));
  HandAgent new_agent(process, "new");
  new_agent.Sync();
  ASSERT_EQ(new_agent.Running().size(), 1u);
  const v1::Assignment second = new_agent.Running().at(0);
  EXPECT_EQ(first.unit().id(), second.unit().id());
  EXPECT_NE(first.attempt(), second.attempt());
  for (const int attempt : GetParam().order) {
    HandAgent& agent = attempt == 1 ? old_agent : new_agent;
    const v1::Assignment& start = attempt == 1 ? first : second;
    agent.FinishWith(start, ResultFor(inputs, start.attempt()));
    agent.kinds.clear();
    agent.Sync();
  }
  EXPECT_EQ(old_agent.settlements[first.attempt()], GetParam().first);
  EXPECT_EQ(new_agent.settlements[second.attempt()], GetParam().second);
  EXPECT_EQ(process.Progress().generations.done, 1);
  EXPECT_EQ(process.Progress().generation_outcomes.at(v1::OUTCOME_GENERATED), 1);
  EXPECT_EQ(process.Progress().generation_usage.completion_tokens(), 20) << "counted once";
  v1::CommitRecord commit;
  ASSERT_TRUE(
      commit.ParseFromString(process.blobs.Get(CommitKey("run-1", first.unit().id(), 0)).value()));
  EXPECT_EQ(commit.attempt(), second.attempt());
}

INSTANTIATE_TEST_SUITE_P(
    Orders, LateResults,
    testing::Values(
        LateCase{"old_new", {1, 2}, v1::SETTLEMENT_STALE, v1::SETTLEMENT_OK},
        LateCase{"new_old", {2, 1}, v1::SETTLEMENT_STALE, v1::SETTLEMENT_OK},
        LateCase{"new_new_old", {2, 2, 1}, v1::SETTLEMENT_STALE, v1::SETTLEMENT_DUPLICATE},
        LateCase{"old_old_new_old", {1, 1, 2, 1}, v1::SETTLEMENT_STALE, v1::SETTLEMENT_OK}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(Coordinator, UnknownAttemptsAreCancelledAndSettledAsUnknown) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1})).ok());
  HandAgent agent(process);
  agent.Sync();
  v1::Assignment ghost = agent.Running().at(0);
  const std::string real = ghost.attempt();
  ghost.set_attempt("1.00000000deadbeef");
  agent.running[ghost.attempt()] = ghost;
  agent.Fail(ghost, v1::ERROR_CLASS_INFRA);
  agent.running[ghost.attempt()] = ghost;
  agent.Sync();
  EXPECT_EQ(agent.cancels[ghost.attempt()], "unknown");
  EXPECT_EQ(agent.settlements[ghost.attempt()], v1::SETTLEMENT_UNKNOWN);
  EXPECT_EQ(agent.cancels.count(real), 0u);
}

TEST(Coordinator, ResultsOfAnotherAgentsAttemptAreRefused) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1})).ok());
  HandAgent holder(process, "holder");
  holder.Sync();
  const v1::Assignment start = holder.Running().at(0);
  HandAgent thief(process, "thief");
  thief.Fail(start, v1::ERROR_CLASS_REQUEST);
  thief.Sync();
  EXPECT_EQ(thief.settlements[start.attempt()], v1::SETTLEMENT_UNKNOWN);
  EXPECT_EQ(process.Progress().generations.leased, 1);
}

TEST(Coordinator, NewProcessOfAnAgentGivesUpTheLeasesOfTheOld) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1})).ok());
  HandAgent before(process, "a", 10, "i1");
  before.Sync();
  before.Sync();
  HandAgent after(process, "a", 10, "i2");
  after.Sync();
  after.Sync();
  ASSERT_EQ(after.Running().size(), 1u);
  EXPECT_TRUE(absl::IsAborted(process.Sync(before.Request()).status()));
}

TEST(Coordinator, TextStoredByADeadAgentIsTakenNotMadeAgain) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1, .rules = false, .judged = false})).ok());
  HandAgent agent(process);
  agent.Sync();
  agent.Sync();
  const v1::Assignment start = agent.Running().at(0);
  ASSERT_TRUE(process.Put(ResultFor(process.Fetch(start).value(), start.attempt())).ok());
  process.executor.Advance(absl::Seconds(60));
  EXPECT_TRUE(process.Sealed());
  EXPECT_EQ(process.Progress().generations.done, 1);
}

TEST(Coordinator, ThreeDeathsQuarantine) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1})).ok());
  for (int i = 0; i < 3; ++i) {
    HandAgent agent(process, "a" + std::to_string(i));
    agent.Sync();
    ASSERT_EQ(agent.Running().size(), 1u) << i;
    agent.Sync();
    process.executor.Advance(absl::Seconds(51));
  }
  EXPECT_TRUE(process.Sealed());
  const RunProgress p = process.Progress();
  EXPECT_EQ(p.generations.quarantined, 1);
  EXPECT_EQ(p.scoring_outcomes.at(v1::OUTCOME_NOT_APPLICABLE), 3);
  ExpectConserved(p);
}

TEST(Coordinator, CancelEndsEveryOpenUnitWithAnEnvelope) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 4})).ok());
  HandAgent agent(process, "a", 2);
  agent.Sync();
  agent.Sync();
  const auto starts = agent.Running();
  ASSERT_EQ(starts.size(), 2u);
  const v1::UnitInputs inputs = process.Fetch(starts[0]).value();
  absl::Status cancelled = Internal("no answer");
  process.coordinator->Cancel("run-1", [&](absl::Status s) { cancelled = s; });
  process.executor.RunReady();
  EXPECT_TRUE(cancelled.ok());
  EXPECT_TRUE(process.Sealed());
  EXPECT_TRUE(process.observer.sealed["run-1"].cancelled);
  const RunProgress p = process.Progress();
  EXPECT_EQ(p.generations.cancelled, 4);
  EXPECT_EQ(p.scoring_outcomes.at(v1::OUTCOME_CANCELLED), 12);
  ExpectConserved(p);
  agent.FinishWith(starts[0], ResultFor(inputs, starts[0].attempt()));
  agent.Sync();
  EXPECT_EQ(agent.settlements[starts[0].attempt()], v1::SETTLEMENT_CLOSED);
  EXPECT_EQ(agent.cancels.count(starts[1].attempt()), 1u);
  EXPECT_EQ(process.blobs.List("run/run-1/commit/").size(), 12u);
  process.coordinator->Cancel("run-1", [&](absl::Status s) { cancelled = s; });
  process.executor.RunReady();
  EXPECT_TRUE(cancelled.ok()) << "again";
}

// The envelopes of its units are still being written when the first answer goes out.
TEST(Coordinator, ACancelThatIsAskedForAgainIsAnsweredAgain) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 4})).ok());
  absl::Status again = Internal("no answer");
  process.coordinator->Cancel("run-1", [&](const absl::Status&) {
    EXPECT_FALSE(process.Sealed());
    process.coordinator->Cancel("run-1", [&](absl::Status s) { again = s; });
  });
  process.executor.RunReady();
  EXPECT_TRUE(again.ok()) << again;
  EXPECT_TRUE(process.Sealed());
}

TEST(Coordinator, DrainStopsGrantsAndReportsWhenEmpty) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 4})).ok());
  HandAgent agent(process, "a", 1);
  agent.Sync();
  ASSERT_TRUE(process.coordinator->Drain("run-1").ok());
  process.executor.RunReady();
  EXPECT_TRUE(process.observer.drained.empty());
  agent.Finish(agent.Running().at(0));
  agent.Sync();
  agent.Sync();
  EXPECT_TRUE(agent.Running().empty());
  EXPECT_EQ(process.observer.drained.count("run-1"), 1u);
  EXPECT_EQ(process.Progress().phase, RunPhase::kDrained);
}

TEST(Coordinator, PauseHoldsGrantsAndResumeGoesOn) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 2})).ok());
  ASSERT_TRUE(process.coordinator->Pause("run-1").ok());
  HandAgent agent(process);
  agent.Sync();
  EXPECT_TRUE(agent.Running().empty());
  ASSERT_TRUE(process.coordinator->Resume("run-1").ok());
  agent.Complete();
  EXPECT_FALSE(process.coordinator->Pause("run-1").ok());
  EXPECT_TRUE(absl::IsNotFound(process.coordinator->Pause("nope")));
}

TEST(Coordinator, BadSyncsChangeNothing) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun()).ok());
  HandAgent agent(process);
  v1::SyncRequest request = agent.Request();
  request.set_protocol_version(99);
  EXPECT_TRUE(absl::IsFailedPrecondition(process.Sync(request).status()));
  request = agent.Request();
  request.clear_agent_id();
  EXPECT_TRUE(absl::IsInvalidArgument(process.Sync(request).status()));
  request = agent.Request();
  request.set_free_slots(-1);
  EXPECT_TRUE(absl::IsInvalidArgument(process.Sync(request).status()));
  EXPECT_EQ(process.Progress().generations.queued, 3);
}

TEST(Coordinator, JournalIsGivenToTheNextAttempt) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1})).ok());
  HandAgent agent(process);
  agent.Sync();
  const v1::Assignment first = agent.Running().at(0);
  v1::JournalRecord record;
  record.set_call_hash("abc123");
  record.mutable_reply()->set_text("paid for");
  record.mutable_reply()->mutable_usage()->set_completion_tokens(9);
  ASSERT_TRUE(process.Append(first, record).ok());
  ASSERT_TRUE(process.Append(first, record).ok()) << "repeating is harmless";
  agent.Fail(first, v1::ERROR_CLASS_INFRA);
  agent.Sync();
  agent.Sync(absl::Seconds(70));
  ASSERT_EQ(agent.Running().size(), 1u);
  const v1::Assignment second = agent.Running().at(0);
  const v1::UnitInputs inputs = process.Fetch(second).value();
  ASSERT_EQ(inputs.journal_size(), 1);
  EXPECT_EQ(inputs.journal(0).reply().text(), "paid for");
  EXPECT_TRUE(absl::IsAborted(process.Append(first, record)));
  record.set_call_hash("../../x");
  EXPECT_TRUE(absl::IsInvalidArgument(process.Append(second, record)));
  agent.Fail(second, v1::ERROR_CLASS_REQUEST);
  agent.Sync();
  const RunProgress p = process.Progress();
  EXPECT_EQ(p.generations.failed, 1);
  EXPECT_EQ(p.generation_usage.completion_tokens(), 9) << "what was paid for stays counted";
}

TEST(Coordinator, EnvelopesAreVerified) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1})).ok());
  HandAgent agent(process);
  agent.Sync();
  const v1::Assignment start = agent.Running().at(0);
  const v1::Envelope good = ResultFor(process.Fetch(start).value(), start.attempt());
  v1::Envelope bad = good;
  bad.set_attempt("1.0000000000000001");
  EXPECT_TRUE(absl::IsAborted(process.Put(bad).status()));
  bad = good;
  bad.set_unit_id(std::string(64, 'a'));
  EXPECT_TRUE(absl::IsNotFound(process.Put(bad).status()));
  bad = good;
  bad.set_outcome(v1::OUTCOME_SCORED);
  EXPECT_TRUE(absl::IsInvalidArgument(process.Put(bad).status()));
  bad = good;
  bad.mutable_generation()->clear_text();
  EXPECT_TRUE(absl::IsInvalidArgument(process.Put(bad).status()));
  bad = good;
  bad.set_outcome(v1::OUTCOME_CANCELLED);
  EXPECT_TRUE(absl::IsInvalidArgument(process.Put(bad).status()));
  EXPECT_TRUE(process.blobs.List("run/run-1/envelope/").empty()) << "nothing bad was stored";
  const std::string digest = process.Put(good).value();
  v1::Envelope other = good;
  other.set_worker("someone");
  EXPECT_EQ(process.Put(other).value(), digest) << "the first stays";
}

TEST(Coordinator, VerdictsAreVerified) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1, .rules = false})).ok());
  HandAgent agent(process);
  agent.Sync();
  agent.Finish(agent.Running().at(0));
  agent.Sync();
  agent.Sync();
  const v1::Assignment start = agent.Running().at(0);
  const v1::Envelope good = ResultFor(process.Fetch(start).value(), start.attempt());
  const auto expect_refused = [&](const v1::Envelope& bad, const char* why) {
    const absl::Status status = process.Put(bad).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << why;
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
  };
  v1::Envelope bad = good;
  bad.mutable_verdicts(0)->mutable_scores(0)->set_value(std::nan(""));
  expect_refused(bad, "finite");
  bad = good;
  bad.mutable_verdicts(0)->mutable_findings(0)->mutable_spans(0)->set_end_byte(1000);
  expect_refused(bad, "span");
  bad = good;
  bad.mutable_verdicts(0)->mutable_findings(0)->mutable_spans(0)->set_source("reference:x");
  expect_refused(bad, "reference");
  bad = good;
  bad.mutable_verdicts(0)->set_scorer_id("length");
  expect_refused(bad, "scorer");
  bad = good;
  bad.clear_verdicts();
  expect_refused(bad, "lacks");
  bad = good;
  bad.mutable_provenance()->set_upstream_digest(DigestOf("another text"));
  expect_refused(bad, "upstream");
  bad = good;
  bad.mutable_verdicts(0)->set_outcome(v1::OUTCOME_UNJUDGED);
  expect_refused(bad, "reason");
  EXPECT_TRUE(process.Put(good).ok());
}

TEST(Coordinator, StorageTroublePausesTheRunAndNothingIsLost) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1, .rules = false, .judged = false})).ok());
  HandAgent agent(process);
  agent.Sync();
  const v1::Assignment start = agent.Running().at(0);
  agent.Finish(start);
  process.blobs.put_error = Unavailable("disk full");
  agent.Sync();
  EXPECT_EQ(agent.settlements.count(start.attempt()), 0u) << "not durable: not settled";
  EXPECT_THAT(process.observer.pauses, ElementsAre(PauseReason::kStorage));
  EXPECT_FALSE(process.Sealed());
  process.blobs.put_error = absl::OkStatus();
  process.executor.Advance(absl::Seconds(3));
  agent.Sync();
  EXPECT_TRUE(process.Sealed());
  EXPECT_THAT(agent.settlements[start.attempt()],
              testing::AnyOf(v1::SETTLEMENT_OK, v1::SETTLEMENT_DUPLICATE));
}

TEST(Coordinator, TwoRunsShareAnEndpointsSlots) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 3, .max_in_flight = 4}, "run-1")).ok());
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 3, .max_in_flight = 4}, "run-2")).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(process.AddRun(TestRun({}, "run-2"))));
  HandAgent agent(process);
  agent.Sync();
  EXPECT_EQ(agent.Running().size(), 4u);
  agent.Complete("run-1");
  agent.Complete("run-2");
}

}  // namespace
}  // namespace assay
