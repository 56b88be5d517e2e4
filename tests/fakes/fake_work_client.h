// WorkClient that keeps journals and envelopes in memory and whose Sync is answered by the test, or
// by a function. Answers can be refused, delayed and dropped. Everything that happened is in
// `effects`, in order.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/agent/work_client.h"
#include "common/base/digest.h"

namespace assay {

class FakeWorkClient : public WorkClient {
 public:
  using SyncAnswer = absl::StatusOr<v1::SyncResponse>;
  struct HeldSync {
    v1::SyncRequest request;
    Callback<SyncAnswer> done;
  };

  explicit FakeWorkClient(Executor& executor) : executor_(executor) {}

  void Sync(v1::SyncRequest request, Callback<SyncAnswer> done) override {
    syncs.push_back(request);
    held.push_back({std::move(request), std::move(done)});
    if (on_sync) executor_.Post([this] { on_sync(); });
  }

  // Answers the oldest held Sync. REQUIRES: there is one.
  void Answer(SyncAnswer answer) {
    HeldSync sync = std::move(held.front());
    held.pop_front();
    executor_.Post([done = std::move(sync.done), answer = std::move(answer)]() mutable {
      done(std::move(answer));
    });
  }

  void FetchInputs(v1::FetchInputsRequest request,
                   Callback<absl::StatusOr<v1::UnitInputs>> done) override {
    effects.push_back("fetch " + request.unit_id());
    absl::StatusOr<v1::UnitInputs> answer = Refusal(fetch_errors);
    if (answer.status().code() == absl::StatusCode::kUnknown) {
      answer = inputs[request.unit_id()];
      for (const v1::JournalRecord& record : journals[request.unit_id()]) {
        *answer->add_journal() = record;
      }
    }
    executor_.Post([done = std::move(done), answer = std::move(answer)]() mutable {
      done(std::move(answer));
    });
  }

  void AppendJournal(v1::AppendJournalRequest request, Callback<absl::Status> done) override {
    absl::Status refusal = Refusal(journal_errors);
    const bool accepted = absl::IsUnknown(refusal);
    executor_.RunAfter(journal_delay, [this, accepted, refusal, request = std::move(request),
                                       done = std::move(done)]() mutable {
      if (accepted) {
        ++appends;
        for (const v1::JournalRecord& record : request.records()) {
          journals[request.unit_id()].push_back(record);
          effects.push_back("journal " + record.label());
        }
      }
      done(accepted ? absl::OkStatus() : refusal);
    });
  }

  void PutEnvelope(v1::Envelope envelope, Callback<absl::StatusOr<std::string>> done) override {
    absl::StatusOr<std::string> answer = Refusal(put_errors);
    if (absl::IsUnknown(answer.status())) {
      effects.push_back("envelope " + envelope.unit_id());
      answer = DigestOf(envelope.SerializeAsString());
      envelopes.push_back(std::move(envelope));
    }
    executor_.Post([done = std::move(done), answer = std::move(answer)]() mutable {
      done(std::move(answer));
    });
  }

  std::function<void()> on_sync;
  std::vector<v1::SyncRequest> syncs;
  std::deque<HeldSync> held;
  std::map<std::string, v1::UnitInputs> inputs;  // by unit id
  std::map<std::string, std::vector<v1::JournalRecord>> journals;
  std::vector<v1::Envelope> envelopes;
  std::vector<std::string> effects;
  int appends = 0;
  absl::Duration journal_delay;
  // Answers of the next requests, first one first; afterwards they succeed.
  std::deque<absl::Status> fetch_errors;
  std::deque<absl::Status> journal_errors;
  std::deque<absl::Status> put_errors;

 private:
  // kUnknown: not refused.
  static absl::Status Refusal(std::deque<absl::Status>& errors) {
    if (errors.empty()) return absl::UnknownError("");
    absl::Status status = errors.front();
    errors.pop_front();
    return status;
  }

  Executor& executor_;
};

}  // namespace assay
