#include "common/agent/journal_writer.h"

#include <utility>

#include "common/base/failpoint.h"

namespace assay {

JournalWriter::JournalWriter(RunnerContext& context, std::string attempt, std::string unit_id,
                             Task changed)
    : context_(context),
      attempt_(std::move(attempt)),
      unit_id_(std::move(unit_id)),
      changed_(std::move(changed)) {}

void JournalWriter::Add(v1::JournalRecord record) {
  if (!status_.ok()) return;
  queued_.push_back(std::move(record));
  if (writing_.empty()) Write();
}

void JournalWriter::StopWaiting() {
  patient_ = false;
  if (!writing_.empty() && !in_flight_) Fail(Unavailable("the coordinator does not answer"));
}

void JournalWriter::Write() {
  if (writing_.empty()) std::swap(writing_, queued_);
  v1::AppendJournalRequest request;
  request.set_attempt(attempt_);
  request.set_unit_id(unit_id_);
  for (const v1::JournalRecord& record : writing_) *request.add_records() = record;
  in_flight_ = true;
  context_.work.AppendJournal(std::move(request), [weak = weak_from_this()](absl::Status status) {
    if (const auto self = weak.lock(); self && !self->closed_) self->OnWritten(status);
  });
}

void JournalWriter::OnWritten(const absl::Status& status) {
  in_flight_ = false;
  if (status.ok()) {
    ASSAY_FAILPOINT("agent.journal_appended");
    failures_ = 0;
    writing_.clear();
    if (!queued_.empty()) Write();
    changed_();
    return;
  }
  if (absl::IsUnavailable(status) && patient_) {
    context_.executor.RunAfter(UnavailableBackoff(++failures_, context_.random),
                               [weak = weak_from_this()] {
                                 const auto self = weak.lock();
                                 if (!self || self->closed_ || self->writing_.empty()) return;
                                 self->Write();
                               });
    return;
  }
  Fail(status);
}

void JournalWriter::Fail(const absl::Status& status) {
  status_ = status;
  queued_.clear();
  writing_.clear();
  changed_();
}

}  // namespace assay
