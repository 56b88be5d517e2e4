#include "coordinator/core/recovery.h"
#include "coordinator/core/reopen.h"

#include "coordinator/core/envelope_facts.h"
#include "coordinator/core/fold.h"
#include "tests/unit/coordinator/test_run.h"

namespace assay {
namespace {

std::map<std::string, v1::Envelope> Counting(const v1::RunRecord& record, const BlobStore& blobs) {
  const RunPlan plan = RunPlan::Make(record, NeedsCallsInTests).value();
  std::map<std::string, v1::Envelope> envelopes;
  const auto recovered = RecoverRun(
      plan, blobs, [&](UnitIndex unit, const v1::Envelope& e) { envelopes[plan.IdOf(unit)] = e; });
  EXPECT_TRUE(recovered.ok()) << recovered.status();
  return envelopes;
}

std::string Canonical(const v1::RunRecord& record, const BlobStore& blobs) {
  const auto folded = FoldRun(record, NeedsCallsInTests, Counting(record, blobs));
  EXPECT_TRUE(folded.ok()) << folded.status();
  return folded.ok() ? CanonicalResults(folded->results) : "";
}

// Runs the whole run with an agent that journals, and sometimes fails first.
void RunWithJournal(TestProcess& process, std::set<std::string>* started = nullptr) {
  HandAgent agent(process, "agent", 3);
  std::map<std::string, int> failures;
  for (int i = 0; i < 1000 && !process.Sealed(); ++i) {
    agent.Sync(absl::Seconds(70));
    for (const v1::Assignment& start : agent.Running()) {
      if (started != nullptr) started->insert(start.unit().id());
      v1::JournalRecord record;
      record.set_call_hash("ca11");
      record.mutable_reply()->set_text("reply for " + start.unit().id());
      ASSERT_TRUE(process.Append(start, record).ok());
      if (start.unit().sample_index() == 1 && failures[start.unit().id()]++ == 0 &&
          start.attempt().substr(0, 2) == "1.") {
        agent.Fail(start, v1::ERROR_CLASS_INFRA);
        continue;
      }
      agent.Finish(start);
    }
  }
  ASSERT_TRUE(process.Sealed());
}

class EveryPrefix : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Recovery, EveryPrefix, testing::Bool());

TEST_P(EveryPrefix, OfTheLogLeadsToTheSameResults) {
  const v1::RunRecord record = TestRun({.samples = 3, .models = 2, .prepares = GetParam()});
  TestProcess undisturbed;
  ASSERT_TRUE(undisturbed.AddRun(record).ok());
  RunWithJournal(undisturbed);
  const std::string expected = Canonical(record, undisturbed.blobs);
  const std::size_t records = undisturbed.blobs.log.size();
  ASSERT_GT(records, 40u);
  for (std::size_t k = 0; k <= records; ++k) {
    TestProcess process({}, 100 + k);
    process.blobs.CopyPrefix(undisturbed.blobs, k);
    std::set<std::string> stored;
    for (const BlobInfo& info : process.blobs.List("run/run-1/envelope/")) {
      stored.insert(info.key.substr(std::string("run/run-1/envelope/").size(), 64));
    }
    ASSERT_TRUE(process.AddRun(record).ok()) << k;
    const RunProgress p = process.Progress();
    EXPECT_EQ(p.generations.open() + p.generations.ended(), 6);
    std::set<std::string> started;
    if (!process.Sealed()) RunWithJournal(process, &started);
    for (const std::string& id : started) {
      EXPECT_EQ(stored.count(id), 0u) << "prefix " << k << ": a stored result was made again";
    }
    EXPECT_EQ(Canonical(record, process.blobs), expected) << "prefix " << k;
    EXPECT_TRUE(process.Sealed()) << k;
  }
}

TEST(Recovery, JournalOfAnUnfinishedUnitIsHandedOut) {
  const v1::RunRecord record = TestRun({.samples = 1});
  TestProcess first;
  ASSERT_TRUE(first.AddRun(record).ok());
  HandAgent agent(first);
  agent.Sync();
  v1::JournalRecord journal;
  journal.set_call_hash("ab");
  journal.mutable_draw()->set_try_(2);
  journal.mutable_reply()->set_text("kept");
  ASSERT_TRUE(first.Append(agent.Running().at(0), journal).ok());

  TestProcess second({}, 99);
  second.blobs.CopyPrefix(first.blobs, first.blobs.log.size());
  ASSERT_TRUE(second.AddRun(record).ok());
  HandAgent next(second);
  next.Sync();
  const v1::UnitInputs inputs = second.Fetch(next.Running().at(0)).value();
  ASSERT_EQ(inputs.journal_size(), 1);
  EXPECT_EQ(inputs.journal(0).reply().text(), "kept");
}

// Puts envelopes straight into a store, as if their processes had died before committing.
v1::Envelope StoredText(const RunPlan& plan, UnitIndex unit, const AttemptId& attempt,
                        const std::string& text, FakeBlobStore& blobs, FakeExecutor& executor) {
  v1::Envelope envelope;
  envelope.set_unit_id(plan.IdOf(unit));
  envelope.set_run_id(plan.run_id());
  envelope.set_attempt(attempt.ToString());
  envelope.set_outcome(v1::OUTCOME_GENERATED);
  envelope.mutable_generation()->set_text(text);
  absl::Status status = Internal("no answer");
  blobs.Put({{EnvelopeKey(plan.run_id(), plan.IdOf(unit), attempt), envelope.SerializeAsString()}},
            [&](absl::Status s) { status = s; });
  executor.RunReady();
  EXPECT_TRUE(status.ok());
  return envelope;
}

TEST(Recovery, AJournaledReplyThatCannotBeReadIsNoOtherAttempts) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun()).ok());
  HandAgent agent(process, "agent", 1);
  agent.Sync();
  const v1::Assignment start = agent.Running().at(0);
  v1::JournalRecord record;
  record.set_call_hash("ca11");
  record.mutable_reply()->set_text("reply");
  ASSERT_TRUE(process.Append(start, record).ok());
  EXPECT_TRUE(process.Append(start, record).ok()) << "sent again";
  process.blobs.rotten.insert(process.blobs.log.back().key);
  const absl::Status unreadable = process.Append(start, record);
  EXPECT_TRUE(absl::IsAborted(unreadable)) << unreadable;
  EXPECT_THAT(unreadable.message(), testing::HasSubstr("cannot be read: "));
  EXPECT_THAT(unreadable.message(), testing::HasSubstr("wrong checksum"));
}

TEST(Recovery, LowestAttemptIsAdoptedAndNumbersGoOnAfterTheHighest) {
  const v1::RunRecord record = TestRun({.samples = 1, .rules = false});
  const RunPlan plan = RunPlan::Make(record, NeedsCallsInTests).value();
  TestProcess process;
  StoredText(plan, 0, {7, 0xb}, "later", process.blobs, process.executor);
  StoredText(plan, 0, {3, 0xa}, "earlier", process.blobs, process.executor);
  const RecoveredRun found = RecoverRun(plan, process.blobs).value();
  ASSERT_EQ(found.commits.count(0), 1u);
  EXPECT_TRUE(found.commits.at(0).adopted);
  EXPECT_EQ(found.commits.at(0).commit.attempt(), (AttemptId{3, 0xa}).ToString());
  EXPECT_EQ(found.last_attempt.at(0), (AttemptId{7, 0xb}));
  ASSERT_TRUE(process.AddRun(record).ok());
  EXPECT_TRUE(process.blobs.Get(CommitKey("run-1", plan.IdOf(0), 0)).ok());
  HandAgent agent(process);
  agent.Sync();
  EXPECT_EQ(process.Fetch(agent.Running().at(0)).value().text(), "earlier");
}

TEST(Recovery, ScoringOfAnotherTextIsNotAdopted) {
  const v1::RunRecord record = TestRun({.samples = 1, .rules = false});
  const RunPlan plan = RunPlan::Make(record, NeedsCallsInTests).value();
  TestProcess process;
  StoredText(plan, 0, {1, 0xa}, "the text that counts", process.blobs, process.executor);
  v1::Envelope scoring = EnvelopeWithout(plan, 1, {1, 0xc}, v1::OUTCOME_SCORED, "");
  scoring.mutable_provenance()->set_upstream_digest(DigestOf("another text"));
  absl::Status status;
  process.blobs.Put({{EnvelopeKey("run-1", plan.IdOf(1), {1, 0xc}), scoring.SerializeAsString()}},
                    [&](absl::Status s) { status = s; });
  process.executor.RunReady();
  const RecoveredRun found = RecoverRun(plan, process.blobs).value();
  EXPECT_EQ(found.commits.count(0), 1u);
  EXPECT_EQ(found.commits.count(1), 0u);
  EXPECT_EQ(found.last_attempt.at(1).n, 1u);
}

TEST(Recovery, ACommitWithoutItsEnvelopeIsDataLoss) {
  const v1::RunRecord record = TestRun({.samples = 1});
  const RunPlan plan = RunPlan::Make(record, NeedsCallsInTests).value();
  TestProcess process;
  v1::CommitRecord commit;
  commit.set_unit_id(plan.IdOf(0));
  commit.set_attempt("1.00000000000000aa");
  commit.set_state(v1::UNIT_STATE_DONE);
  process.blobs.Put({{CommitKey("run-1", plan.IdOf(0), 0), commit.SerializeAsString()}},
                    [](absl::Status) {});
  process.executor.RunReady();
  EXPECT_TRUE(absl::IsDataLoss(process.AddRun(record)));
}

TEST(Recovery, CancelAcceptedBeforeACrashIsCarriedOut) {
  const v1::RunRecord record = TestRun({.samples = 3});
  TestProcess first;
  ASSERT_TRUE(first.AddRun(record).ok());
  HandAgent agent(first, "a", 1);
  agent.Sync();
  agent.Finish(agent.Running().at(0));
  agent.Sync();
  first.coordinator->Cancel("run-1", [](absl::Status) {});
  first.executor.RunReady();
  ASSERT_TRUE(first.Sealed());
  const std::string expected = Canonical(record, first.blobs);
  std::size_t at = 0;
  while (first.blobs.log[at].key != CancelKey("run-1")) ++at;
  for (std::size_t k = at + 1; k <= first.blobs.log.size(); ++k) {
    TestProcess second({}, k);
    second.blobs.CopyPrefix(first.blobs, k);
    ASSERT_TRUE(second.AddRun(record).ok());
    second.executor.RunReady();
    EXPECT_TRUE(second.Sealed()) << k;
    EXPECT_EQ(Canonical(record, second.blobs), expected) << k;
  }
}

// One run that lost a generation, failed a judged scoring and left another unjudged.
struct RunWithLosses {
  v1::RunRecord record = TestRun({.samples = 4, .rules = true});
  TestProcess process;

  RunWithLosses() {
    EXPECT_TRUE(process.AddRun(record).ok());
    HandAgent agent(process);
    for (int i = 0; i < 200 && !process.Sealed(); ++i) {
      agent.Sync(absl::Seconds(70));
      for (const v1::Assignment& start : agent.Running()) {
        const bool judged = start.unit().kind() == v1::UNIT_KIND_SCORE_JUDGED;
        const int sample = start.unit().sample_index();
        if (start.unit().kind() == v1::UNIT_KIND_GENERATE && sample == 0) {
          v1::JournalRecord good;
          good.set_call_hash("aa");
          good.mutable_reply()->set_text("plan");
          EXPECT_TRUE(process.Append(start, good).ok());
          v1::JournalRecord bad;
          bad.set_call_hash("bb");
          bad.mutable_error()->set_error_class(v1::ERROR_CLASS_REQUEST);
          EXPECT_TRUE(process.Append(start, bad).ok());
          agent.Fail(start, v1::ERROR_CLASS_REQUEST);
        } else if (judged && sample == 1) {
          agent.Fail(start, v1::ERROR_CLASS_INFRA);
        } else if (judged && sample == 2) {
          v1::JournalRecord useless;
          useless.set_call_hash("cc");
          useless.mutable_reply()->set_text("not json");
          EXPECT_TRUE(process.Append(start, useless).ok());
          v1::Envelope envelope = ResultFor(process.Fetch(start).value(), start.attempt());
          envelope.set_outcome(v1::OUTCOME_UNJUDGED);
          envelope.mutable_verdicts(0)->set_outcome(v1::OUTCOME_UNJUDGED);
          envelope.mutable_verdicts(0)->set_reason("not json");
          envelope.mutable_verdicts(0)->clear_scores();
          agent.FinishWith(start, envelope);
        } else {
          agent.Finish(start);
        }
      }
    }
    EXPECT_TRUE(process.Sealed());
  }
};

TEST(Reopen, OpensWhatFailedAndWhatDependedOnIt) {
  RunWithLosses run;
  const RunPlan plan = RunPlan::Make(run.record, NeedsCallsInTests).value();
  const RecoveredRun before = RecoverRun(plan, run.process.blobs).value();
  EXPECT_TRUE(before.sealed);
  const v1::RevisionRecord revision = PlanReopen(plan, before, RetryableOutcomes()).value();
  EXPECT_EQ(revision.revision(), 1);
  // Generation 0 with its rules and judged scorings; judged 1 and 2.
  EXPECT_EQ(revision.reopened_unit_ids_size(), 5);

  TestProcess next({}, 5);
  next.blobs.CopyPrefix(run.process.blobs, run.process.blobs.log.size());
  next.blobs.Put({{RevisionKey("run-1", 1), revision.SerializeAsString()}}, [](absl::Status) {});
  next.executor.RunReady();
  ASSERT_TRUE(next.AddRun(run.record).ok());
  RunProgress p = next.Progress();
  EXPECT_EQ(p.revision, 1);
  EXPECT_EQ(p.generations.queued, 1);
  EXPECT_EQ(p.rule_scorings.blocked, 1);
  EXPECT_EQ(p.judged_scorings.blocked, 1);
  EXPECT_EQ(p.judged_scorings.queued, 2);
  HandAgent agent(next);
  std::set<std::string> started;
  for (int i = 0; i < 100 && !next.Sealed(); ++i) {
    agent.Sync(absl::Seconds(2));
    for (const v1::Assignment& start : agent.Running()) {
      started.insert(start.unit().id());
      const v1::UnitInputs inputs = next.Fetch(start).value();
      const bool generation = inputs.unit().kind() == v1::UNIT_KIND_GENERATE;
      // Finished replies are kept, errors are not; replies that could not be used are not either.
      EXPECT_EQ(inputs.journal_size(), generation ? 1 : 0) << inputs.unit().stage();
      if (generation) {
        EXPECT_EQ(inputs.journal(0).reply().text(), "plan");
      }
      v1::JournalRecord again;
      again.set_call_hash(generation ? "bb" : "cc");
      again.mutable_reply()->set_text("usable now");
      ASSERT_TRUE(next.Append(start, again).ok()) << "a call of an earlier revision made again";
      agent.Finish(start);
    }
  }
  ASSERT_TRUE(next.Sealed());
  EXPECT_EQ(next.observer.sealed["run-1"].revision, 1);
  EXPECT_EQ(started.size(), 5u);
  p = next.Progress();
  EXPECT_EQ(p.scoring_outcomes.at(v1::OUTCOME_SCORED), 12);
  EXPECT_EQ(p.generation_outcomes.at(v1::OUTCOME_GENERATED), 4);
  EXPECT_TRUE(next.blobs.Get(ManifestKey("run-1", 0)).ok()) << "the first revision stays";

  const RecoveredRun after = RecoverRun(plan, next.blobs).value();
  EXPECT_TRUE(absl::IsNotFound(PlanReopen(plan, after, RetryableOutcomes()).status()));

  // And at every prefix of the second revision the same results come out.
  const std::string expected = Canonical(run.record, next.blobs);
  for (std::size_t k = run.process.blobs.log.size() + 1; k <= next.blobs.log.size(); ++k) {
    TestProcess third({}, 1000 + k);
    third.blobs.CopyPrefix(next.blobs, k);
    ASSERT_TRUE(third.AddRun(run.record).ok());
    if (!third.Sealed()) HandAgent(third).Complete();
    EXPECT_EQ(Canonical(run.record, third.blobs), expected) << k;
  }
}

TEST(TakeGenerations, ARejudgedRunGeneratesNothing) {
  RunWithLosses source;
  v1::RunRecord record = TestRun({.samples = 4, .rules = false}, "run-2");
  record.set_source_run("run-1");
  const RunPlan plan = RunPlan::Make(record, NeedsCallsInTests).value();
  const RunPlan source_plan = RunPlan::Make(source.record, NeedsCallsInTests).value();
  const RecoveredRun source_run = RecoverRun(source_plan, source.process.blobs).value();
  const TakenGenerations taken =
      TakeGenerations(plan, source_plan, source_run, source.process.blobs).value();
  EXPECT_EQ(taken.envelopes.size(), 4u);
  EXPECT_TRUE(taken.missing.empty());
  TestProcess process;
  process.blobs.Put(taken.envelopes, [](absl::Status) {});
  process.executor.RunReady();
  ASSERT_TRUE(process.AddRun(record).ok());
  EXPECT_EQ(process.Progress("run-2").generations.open(), 0);
  HandAgent(process).Complete("run-2");
  const auto folded = FoldRun(record, NeedsCallsInTests, Counting(record, process.blobs)).value();
  EXPECT_EQ(folded.results.size(), 4u);
  EXPECT_EQ(folded.results[1].provenance().reused_from(), "run-1");
  EXPECT_EQ(folded.results[0].outcome(), v1::OUTCOME_FAILED);
  EXPECT_EQ(folded.results[0].scorers(0).outcome(), v1::OUTCOME_NOT_APPLICABLE);

  v1::RunRecord more = TestRun({.samples = 4, .models = 2}, "run-3");
  const RunPlan more_plan = RunPlan::Make(more, NeedsCallsInTests).value();
  EXPECT_EQ(TakeGenerations(more_plan, source_plan, source_run, source.process.blobs)
                .value()
                .missing.size(),
            4u);
}

}  // namespace
}  // namespace assay
