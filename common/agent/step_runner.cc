#include "common/agent/step_runner.h"

#include <utility>

#include "common/agent/envelope_completion.h"
#include "common/base/check.h"
#include "common/base/failpoint.h"

namespace assay {

StepRunner::StepRunner(RunnerContext& context, v1::Assignment assignment,
                       Callback<v1::FinishedAttempt> done)
    : context_(context), assignment_(std::move(assignment)), done_(std::move(done)) {}

StepRunner::~StepRunner() {
  if (batch_) batch_->Close();
  if (journal_) journal_->Close();
}

void StepRunner::Start() {
  ASSAY_FAILPOINT("agent.assigned");
  journal_ = std::make_shared<JournalWriter>(
      context_, assignment_.attempt(), assignment_.unit().id(), [this] { ScheduleContinue(); });
  Fetch();
}

void StepRunner::Fetch() {
  v1::FetchInputsRequest request;
  request.set_attempt(assignment_.attempt());
  request.set_unit_id(assignment_.unit().id());
  context_.work.FetchInputs(std::move(request),
                            [weak = weak_from_this()](absl::StatusOr<v1::UnitInputs> inputs) {
                              const auto self = weak.lock();
                              if (self && self->phase_ == Phase::kFetching) {
                                self->OnInputs(std::move(inputs));
                              }
                            });
}

void StepRunner::OnInputs(absl::StatusOr<v1::UnitInputs> inputs) {
  if (absl::IsUnavailable(inputs.status())) {
    RetryLater(&StepRunner::Fetch);
    return;
  }
  if (!inputs.ok()) {
    EndWithStatus(inputs.status(), v1::ERROR_CLASS_INTERNAL);
    return;
  }
  ASSAY_FAILPOINT("agent.inputs_fetched");
  failures_ = 0;
  inputs_ = *std::move(inputs);
  // Of two records of one call the first counts: a later step may rest on it.
  for (v1::JournalRecord& record : *inputs_.mutable_journal()) {
    journal_index_.try_emplace(record.call_hash(), std::move(record));
  }
  inputs_.clear_journal();
  auto machine = context_.factory(inputs_);
  if (!machine.ok()) {
    EndWith(MakeError(v1::ERROR_CLASS_INTERNAL, MessageOf(machine.status())));
    return;
  }
  machine_ = *std::move(machine);
  Advance({});
}

void StepRunner::Advance(const std::vector<CallOutcome>& outcomes) {
  absl::StatusOr<Step> step = machine_->Advance(outcomes);
  ASSAY_FAILPOINT("agent.step_taken");
  const absl::Status taken = step.ok() ? TakeStep(*std::move(step)) : step.status();
  if (!taken.ok()) EndWith(MakeError(v1::ERROR_CLASS_INTERNAL, MessageOf(taken)));
#ifdef ASSAY_FAILPOINTS
  for (v1::JournalRecord& record : late_records_) journal_->Add(std::move(record));
  late_records_.clear();
#endif
}

absl::Status StepRunner::TakeStep(Step step) {
  if (step.result.has_value() != step.calls.empty()) {
    return Internal("a step machine returned neither calls nor a result, or both");
  }
  if (step.result) {
    if (step.result->outcome() == v1::OUTCOME_UNSPECIFIED) {
      return Internal("a step machine returned a result without an outcome");
    }
    Store(*std::move(step.result));
    return absl::OkStatus();
  }
  phase_ = Phase::kCalling;
  batch_ = std::make_shared<CallBatch>(
      context_, assignment_.endpoint(),
      [this](v1::JournalRecord record) { OnFinalRecord(std::move(record)); },
      [this] { ScheduleContinue(); });
  batch_->Hold(held_);
  ASSAY_RETURN_IF_ERROR(batch_->Begin(std::move(step.calls), journal_index_, used_hashes_));
  ScheduleContinue();
  return absl::OkStatus();
}

void StepRunner::OnFinalRecord(v1::JournalRecord record) {
  ++calls_done_;
  if (record.has_reply()) AddUsage(record.reply().usage(), spent_);
#ifdef ASSAY_FAILPOINTS
  if (context_.journal_after_step) {
    late_records_.push_back(std::move(record));
    return;
  }
#endif
  journal_->Add(std::move(record));
}

void StepRunner::ScheduleContinue() {
  if (continue_scheduled_ || phase_ != Phase::kCalling) return;
  continue_scheduled_ = true;
  context_.executor.Post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->continue_scheduled_ = false;
    self->Continue();
  });
}

void StepRunner::Continue() {
  if (phase_ != Phase::kCalling) return;
  sent_any_ = sent_any_ || batch_->in_flight() > 0 || calls_done_ > 0;
  if (!journal_->status().ok()) {
    // Nothing that comes back now can be kept.
    batch_->Stop(/*cancel=*/true);
    if (batch_->in_flight() > 0) return;
    EndWithStatus(journal_->status(), v1::ERROR_CLASS_INFRA);
    return;
  }
  if (!batch_->settled() || !journal_->settled()) return;
  if (stop_) {
    EndWith(*stop_);
  } else if (batch_->failure()) {
    EndWith(*batch_->failure());
  } else {
    ASSAY_CHECK(batch_->complete());
    const std::shared_ptr<CallBatch> batch = std::exchange(batch_, nullptr);
    outcomes_.insert(outcomes_.end(), batch->outcomes().begin(), batch->outcomes().end());
    Advance(batch->outcomes());
  }
}

void StepRunner::Store(v1::Envelope envelope) {
  phase_ = Phase::kStoring;
  envelope_ = std::move(envelope);
  CompleteEnvelope({.assignment = assignment_,
                    .inputs = inputs_,
                    .outcomes = outcomes_,
                    .worker = context_.worker,
                    .finished_unix_ms = absl::ToUnixMillis(context_.clock.WallNow())},
                   envelope_);
  PutEnvelope();
}

void StepRunner::PutEnvelope() {
  context_.work.PutEnvelope(envelope_,
                            [weak = weak_from_this()](absl::StatusOr<std::string> digest) {
                              const auto self = weak.lock();
                              if (self && self->phase_ == Phase::kStoring) {
                                self->OnStored(std::move(digest));
                              }
                            });
}

void StepRunner::OnStored(absl::StatusOr<std::string> digest) {
  if (absl::IsUnavailable(digest.status())) {
    RetryLater(&StepRunner::PutEnvelope);
    return;
  }
  if (!digest.ok()) {
    const bool refused = absl::IsInvalidArgument(digest.status());
    EndWithStatus(digest.status(), refused ? v1::ERROR_CLASS_INTERNAL : v1::ERROR_CLASS_INFRA);
    return;
  }
  ASSAY_FAILPOINT("agent.envelope_stored");
  v1::FinishedAttempt finished;
  finished.set_outcome(envelope_.outcome());
  finished.set_envelope_digest(*std::move(digest));
  if (envelope_.has_error()) *finished.mutable_error() = envelope_.error();
  End(std::move(finished));
}

void StepRunner::RetryLater(void (StepRunner::*step)()) {
  if (stop_) {
    EndWith(*stop_);
    return;
  }
  context_.executor.RunAfter(UnavailableBackoff(++failures_, context_.random),
                             [weak = weak_from_this(), step, phase = phase_] {
                               const auto self = weak.lock();
                               if (!self || self->phase_ != phase) return;
                               (self.get()->*step)();
                             });
}

void StepRunner::Stop(v1::ErrorClass why, std::string_view reason) {
  if (phase_ == Phase::kEnded || stop_) return;
  stop_ = MakeError(why, reason);
  journal_->StopWaiting();
  switch (phase_) {
    case Phase::kFetching:
      EndWith(*stop_);
      return;
    case Phase::kCalling:
      batch_->Stop(/*cancel=*/true);
      ScheduleContinue();
      return;
    case Phase::kStoring:
      // Between two tries to store: the journal has it all, the next attempt gets it for free.
      if (failures_ > 0) EndWith(*stop_);
      return;
    case Phase::kEnded:
      return;
  }
}

void StepRunner::Hold(bool hold) {
  held_ = hold;
  if (batch_) batch_->Hold(hold);
}

void StepRunner::EndWithStatus(const absl::Status& status, v1::ErrorClass otherwise) {
  if (stop_) {
    EndWith(*stop_);
    return;
  }
  const bool stale = absl::IsAborted(status);
  EndWith(MakeError(stale ? v1::ERROR_CLASS_CANCELLED : otherwise, MessageOf(status)));
}

void StepRunner::EndWith(v1::Error error) {
  if (error.endpoint().empty()) error.set_endpoint(assignment_.endpoint().id());
  v1::FinishedAttempt finished;
  *finished.mutable_error() = std::move(error);
  End(std::move(finished));
}

void StepRunner::End(v1::FinishedAttempt finished) {
  ASSAY_CHECK(phase_ != Phase::kEnded);
  phase_ = Phase::kEnded;
  finished.set_attempt(assignment_.attempt());
  finished.set_unit_id(assignment_.unit().id());
  *finished.mutable_usage() = spent_;
  context_.executor.Post([self = shared_from_this(), finished = std::move(finished)]() mutable {
    self->done_(std::move(finished));
  });
}

bool StepRunner::waiting() const {
  return phase_ == Phase::kFetching ||
         (phase_ == Phase::kCalling && !sent_any_ && batch_->in_flight() == 0);
}

bool StepRunner::stuck() const {
  return held_ && phase_ == Phase::kCalling && batch_->in_flight() == 0 && !batch_->complete();
}

v1::RunningAttempt StepRunner::Report() const {
  v1::RunningAttempt report;
  report.set_attempt(assignment_.attempt());
  report.set_unit_id(assignment_.unit().id());
  report.set_calls_done(calls_done_);
  if (batch_) {
    report.set_output_bytes(batch_->live_bytes());
    report.set_ms_since_progress(absl::ToInt64Milliseconds(batch_->SinceProgress()));
  }
  return report;
}

std::int64_t StepRunner::generated_tokens() const {
  return spent_.completion_tokens() + (batch_ ? batch_->live_chunks() : 0);
}

}  // namespace assay
