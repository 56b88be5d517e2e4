// Runs one attempt of a unit: fetches its inputs, makes the step machine, makes the calls that it
// asks for, and stores its result. Owned by a TaskAgent, on whose executor everything happens.
//
// Order of effects, and why a kill between any two of them repeats no finished call:
//   1. FetchInputs            brings the journal of all earlier attempts of the unit
//   2. machine.Advance        pure, so that the same replies lead to the same calls again
//   3. for each call          in the journal: answered from it, nothing is sent. Otherwise it is
//                             sent once the endpoint's gate lets it, and its reply is ...
//   4. AppendJournal          ... durable before the machine sees it. Back to 2, until a result
//   5. PutEnvelope            the evidence is durable before anybody is told of it
//   6. FinishedAttempt        is reported by the agent until the coordinator has settled it
// A kill before 4 loses only calls that were in flight; after 4, replay of the journal by the next
// attempt is free. A call that fails in a way that may pass (any class but request and too_slow)
// ends the attempt, but only after its siblings that are under way have ended and been journaled:
// they are paid for.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/agent/call_batch.h"
#include "common/agent/journal_writer.h"
#include "common/agent/runner_context.h"

namespace assay {

class StepRunner : public std::enable_shared_from_this<StepRunner> {
 public:
  // `done` runs exactly once, on the executor. `context` outlives the runner. An attempt that came
  // to a result has an outcome and the digest of its envelope; any other has an error:
  //   the class of the call that failed          (infra, throttle, quota, auth, config, protocol,
  //   …) cancelled, preempted                       as Stop was told; cancelled also when the
  //   attempt
  //                                              turned out to be stale
  //   infra                                      the coordinator could not store
  //   internal                                   the machine, or inputs that it cannot use
  StepRunner(RunnerContext& context, v1::Assignment assignment, Callback<v1::FinishedAttempt> done);
  ~StepRunner();

  // REQUIRES: called once, on an object held by a shared_ptr.
  void Start();

  // Ends the attempt early: cancelled or preempted. Running calls are closed; replies that are here
  // already are journaled; an envelope that is being stored is still offered. Repeatable.
  void Stop(v1::ErrorClass why, std::string_view reason);

  // True while the lease is believed to have ended: running calls go on, since they are paid for,
  // but nothing new is sent.
  void Hold(bool hold);

  v1::RunningAttempt Report() const;
  const v1::Assignment& assignment() const { return assignment_; }
  // No call was sent in this attempt: nothing is lost when it is preempted.
  bool waiting() const;
  // It is on hold and needs a call that it may not send.
  bool stuck() const;
  // Completion tokens of this attempt so far; those of running calls are estimated.
  std::int64_t generated_tokens() const;

 private:
  enum class Phase { kFetching, kCalling, kStoring, kEnded };

  void Fetch();
  void OnInputs(absl::StatusOr<v1::UnitInputs> inputs);
  void Advance(const std::vector<CallOutcome>& outcomes);
  absl::Status TakeStep(Step step);
  void ScheduleContinue();
  void Continue();
  void Store(v1::Envelope envelope);
  void PutEnvelope();
  void OnStored(absl::StatusOr<std::string> digest);
  void OnFinalRecord(v1::JournalRecord record);
  void RetryLater(void (StepRunner::*step)());
  void EndWith(v1::Error error);
  void EndWithStatus(const absl::Status& status, v1::ErrorClass otherwise);
  void End(v1::FinishedAttempt finished);

  RunnerContext& context_;
  const v1::Assignment assignment_;
  Callback<v1::FinishedAttempt> done_;
  Phase phase_ = Phase::kFetching;
  bool held_ = false;
  bool continue_scheduled_ = false;
  int failures_ = 0;  // of the request to the coordinator that is being repeated
  std::optional<v1::Error> stop_;

  v1::UnitInputs inputs_;
  JournalIndex journal_index_;
  std::unique_ptr<StepMachine> machine_;
  std::set<std::string> used_hashes_;
  std::vector<CallOutcome> outcomes_;  // of all finished steps
  std::shared_ptr<CallBatch> batch_;
  std::shared_ptr<JournalWriter> journal_;
  v1::Envelope envelope_;
  v1::Usage spent_;
  bool sent_any_ = false;
  int calls_done_ = 0;
#ifdef ASSAY_FAILPOINTS
  std::vector<v1::JournalRecord> late_records_;  // of the mutant
#endif
};

}  // namespace assay
