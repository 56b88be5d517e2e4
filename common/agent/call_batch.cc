#include "common/agent/call_batch.h"

#include <utility>
#include <variant>

#include "common/base/check.h"
#include "common/base/failpoint.h"
#include "common/sandbox/program_report.h"

namespace assay {
namespace {

// No retry can mend these; the machine gets to see them.
bool IsFinal(v1::ErrorClass error_class) {
  return error_class == v1::ERROR_CLASS_REQUEST || error_class == v1::ERROR_CLASS_TOO_SLOW;
}

v1::JournalRecord RecordOf(const v1::Call& call, const std::string& hash,
                           const CallOutcome& outcome) {
  v1::JournalRecord record;
  record.set_call_hash(hash);
  record.set_label(call.label());
  record.set_endpoint(call.endpoint());
  *record.mutable_draw() = call.draw();
  if (outcome.reply) *record.mutable_reply() = *outcome.reply;
  if (outcome.error) *record.mutable_error() = *outcome.error;
  return record;
}

}  // namespace

CallBatch::CallBatch(RunnerContext& context, v1::Endpoint endpoint,
                     Callback<v1::JournalRecord> finished, Task changed)
    : context_(context),
      endpoint_(std::move(endpoint)),
      finished_(std::move(finished)),
      changed_(std::move(changed)) {}

CallBatch::~CallBatch() = default;

absl::Status CallBatch::Begin(std::vector<v1::Call> calls, const JournalIndex& journal,
                              std::set<std::string>& used) {
  ASSAY_CHECK(pending_.empty() && !calls.empty());
  pending_.resize(calls.size());
  outcomes_.resize(calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    pending_[i].call = std::move(calls[i]);
    ASSAY_RETURN_IF_ERROR(Prepare(pending_[i], used));
  }
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    Pending& pending = pending_[i];
    const auto record = journal.find(pending.hash);
    if (record == journal.end()) {
      ++open_;
      ++waiting_;
      continue;
    }
    pending.done = true;
    if (record->second.has_reply()) outcomes_[i].reply = record->second.reply();
    if (record->second.has_error()) outcomes_[i].error = record->second.error();
  }
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (!pending_[i].done) EnterGate(i);
  }
  return absl::OkStatus();
}

absl::Status CallBatch::Prepare(Pending& pending, std::set<std::string>& used) {
  const v1::Call& call = pending.call;
  if (call.has_program()) {
    if (context_.programs == nullptr) {
      return FailedPrecondition("a call runs a program, and this agent has no sandbox");
    }
    pending.body = ProgramBody(call.program());
  } else {
    ASSAY_RETURN_IF_ERROR(PrepareLlm(pending));
  }
  pending.hash = CallHash(call, pending.body);
  if (!used.insert(pending.hash).second) {
    return Internal("a step machine asked for the same request and draw twice (" + call.label() +
                    ")");
  }
  return absl::OkStatus();
}

absl::Status CallBatch::PrepareLlm(Pending& pending) const {
  v1::Call& call = pending.call;
  if (!call.has_llm()) return Internal("a step machine returned a call without a request");
  if (call.endpoint().empty()) call.set_endpoint(endpoint_.id());
  if (call.endpoint() != endpoint_.id()) {
    return Internal("a call to endpoint \"" + call.endpoint() + "\" in a unit of endpoint \"" +
                    endpoint_.id() + "\"");
  }
  ASSAY_ASSIGN_OR_RETURN(pending.body, BuildRequestBody(call.llm(), endpoint_));
  return absl::OkStatus();
}

void CallBatch::EnterGate(std::size_t index) {
  Pending& pending = pending_[index];
  if (pending.entered == absl::ZeroDuration()) pending.entered = context_.clock.SteadyNow();
  if (held_) return;
  if (pending.call.has_program()) {  // the sandbox has a queue of its own
    Send(index);
    return;
  }
  pending.ticket = context_.gate.Enter(endpoint_, [weak = weak_from_this(), index] {
    const auto self = weak.lock();
    if (self) self->Send(index);
  });
}

void CallBatch::Send(std::size_t index) {
  Pending& pending = pending_[index];
  pending.ticket = 0;
  pending.sent = true;
  --waiting_;
  ++in_flight_;
  const absl::Duration now = context_.clock.SteadyNow();
  pending.queue_ms = absl::ToInt64Milliseconds(now - pending.entered);
  last_progress_ = now;
  if (pending.call.has_program()) {
    SendProgram(index);
  } else {
    SendLlm(index);
  }
  ASSAY_FAILPOINT("agent.call_started");
}

void CallBatch::SendProgram(std::size_t index) {
  Pending& pending = pending_[index];
  pending.program_id = context_.programs->Start(
      pending.call.program(), [weak = weak_from_this(), index](ProgramResult result) {
        if (const auto self = weak.lock()) self->OnResult(index, std::move(result));
      });
}

void CallBatch::SendLlm(std::size_t index) {
  Pending& pending = pending_[index];
  const v1::LlmRequest& request = pending.call.llm();
  LlmCall call;
  call.endpoint = endpoint_;
  call.completion = request.has_completion();
  call.body = std::move(pending.body);
  call.max_tokens = request.sampling().max_tokens();
  pending.llm_id = context_.chat.Start(
      std::move(call),
      [weak = weak_from_this(), index](const LlmProgress& progress) {
        const auto self = weak.lock();
        if (!self) return;
        self->pending_[index].progress = progress;
        self->last_progress_ = self->context_.clock.SteadyNow();
      },
      [weak = weak_from_this(), index](LlmResult result) {
        const auto self = weak.lock();
        if (!self) return;
        self->pending_[index].llm_id = 0;
        self->context_.gate.Leave(self->endpoint_.id());
        self->OnResult(index, std::move(result));
      });
}

void CallBatch::OnResult(std::size_t index, CallResult result) {
  ASSAY_FAILPOINT("agent.call_replied");
  Pending& pending = pending_[index];
  --in_flight_;
  pending.program_id = 0;
  last_progress_ = context_.clock.SteadyNow();
  if (closed_) return;

  CallOutcome outcome;
  if (auto* reply = std::get_if<v1::Reply>(&result)) {
    reply->mutable_timings()->set_queue_ms(pending.queue_ms);
    outcome.reply = std::move(*reply);
    Conclude(pending, index, std::move(outcome));
  } else if (auto& error = std::get<v1::Error>(result); IsFinal(error.error_class())) {
    outcome.error = std::move(error);
    Conclude(pending, index, std::move(outcome));
  } else {
    const bool first = !failure_ || failure_->error_class() == v1::ERROR_CLASS_CANCELLED;
    if (first) failure_ = std::move(error);
    Stop(/*cancel=*/false);
  }
  changed_();
}

void CallBatch::Conclude(Pending& pending, std::size_t index, CallOutcome outcome) {
  pending.done = true;
  --open_;
  finished_(RecordOf(pending.call, pending.hash, outcome));
  outcomes_[index] = std::move(outcome);
}

void CallBatch::Hold(bool hold) {
  if (held_ == hold || stopped_) return;
  held_ = hold;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    Pending& pending = pending_[i];
    if (pending.done || pending.sent) continue;
    if (!hold) {
      EnterGate(i);
    } else if (pending.ticket != 0) {
      context_.gate.Withdraw(pending.ticket);
      pending.ticket = 0;
    }
  }
}

void CallBatch::Stop(bool cancel) {
  stopped_ = true;
  for (Pending& pending : pending_) {
    if (pending.ticket != 0) {
      context_.gate.Withdraw(pending.ticket);
      pending.ticket = 0;
    }
    if (cancel && pending.llm_id != 0) context_.chat.Cancel(pending.llm_id);
    if (cancel && pending.program_id != 0) context_.programs->Cancel(pending.program_id);
  }
}

std::int64_t CallBatch::live_bytes() const {
  std::int64_t bytes = 0;
  for (const Pending& pending : pending_) {
    if (pending.llm_id != 0) bytes += pending.progress.text_bytes;
  }
  return bytes;
}

std::int64_t CallBatch::live_chunks() const {
  std::int64_t chunks = 0;
  for (const Pending& pending : pending_) {
    if (pending.llm_id != 0) chunks += pending.progress.chunks;
  }
  return chunks;
}

absl::Duration CallBatch::SinceProgress() const {
  if (in_flight_ == 0) return absl::ZeroDuration();
  return context_.clock.SteadyNow() - last_progress_;
}

}  // namespace assay
