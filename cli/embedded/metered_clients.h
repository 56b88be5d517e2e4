// Decorators that count: calls and tokens of a ChatClient; attempts, leases and stores of a
// WorkClient. Same threads and lifetimes as what they wrap. docs/metrics.md has what they publish.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/agent/work_client.h"
#include "common/base/clock.h"
#include "common/llm/chat_client.h"
#include "common/metrics/metrics.h"

namespace assay {

class MeteredChatClient : public ChatClient {
 public:
  // All outlive the client. `purpose`: "generate" or "judge".
  MeteredChatClient(ChatClient& inner, MetricRegistry& metrics, const Clock& clock,
                    std::string purpose)
      : inner_(inner), metrics_(metrics), clock_(clock), purpose_(std::move(purpose)) {}

  LlmCallId Start(LlmCall call, Callback<const LlmProgress&> progress,
                  Callback<LlmResult> done) override;
  void Cancel(LlmCallId id) override { inner_.Cancel(id); }

 private:
  ChatClient& inner_;
  MetricRegistry& metrics_;
  const Clock& clock_;
  const std::string purpose_;
  // By endpoint.
  std::shared_ptr<std::map<std::string, int>> in_flight_ =
      std::make_shared<std::map<std::string, int>>();
};

class MeteredWorkClient : public WorkClient {
 public:
  // All outlive the client.
  MeteredWorkClient(WorkClient& inner, MetricRegistry& metrics, const Clock& clock)
      : inner_(inner), metrics_(metrics), clock_(clock) {}

  // Counts an attempt when it is settled for the first time.
  void Sync(v1::SyncRequest request, Callback<absl::StatusOr<v1::SyncResponse>> done) override;
  void FetchInputs(v1::FetchInputsRequest request,
                   Callback<absl::StatusOr<v1::UnitInputs>> done) override;
  void AppendJournal(v1::AppendJournalRequest request, Callback<absl::Status> done) override;
  void PutEnvelope(v1::Envelope envelope, Callback<absl::StatusOr<std::string>> done) override;

 private:
  struct Lease {
    absl::Duration since;
    v1::UnitKind kind = v1::UNIT_KIND_UNSPECIFIED;
    bool shown = false;  // in a request; before that its agent may not have heard of it
  };
  using LeasesOfAgents = std::map<std::string, std::map<std::string, Lease>>;

  void DropLost(const v1::SyncRequest& request);
  void OnSync(const std::string& agent, const std::map<std::string, v1::FinishedAttempt>& finished,
              const absl::StatusOr<v1::SyncResponse>& response);
  void OnSettled(const std::string& agent, const v1::FinishedAttempt& attempt,
                 v1::Settlement settlement);
  void PublishLeases();

  WorkClient& inner_;
  MetricRegistry& metrics_;
  const Clock& clock_;
  LeasesOfAgents leases_;
  std::map<std::string, std::string> judges_;  // by attempt that was given its inputs
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace assay
