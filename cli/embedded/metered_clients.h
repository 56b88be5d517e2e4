// Decorators that count: calls and tokens of a ChatClient, ended attempts of a WorkClient. Same
// threads and lifetimes as what they wrap.
#pragma once

#include "common/agent/work_client.h"
#include "common/llm/chat_client.h"
#include "common/metrics/metrics.h"

namespace assay {

class MeteredChatClient : public ChatClient {
 public:
  // Both outlive the client.
  MeteredChatClient(ChatClient& inner, MetricRegistry& metrics)
      : inner_(inner), metrics_(metrics) {}

  LlmCallId Start(LlmCall call, Callback<const LlmProgress&> progress,
                  Callback<LlmResult> done) override;
  void Cancel(LlmCallId id) override { inner_.Cancel(id); }

 private:
  ChatClient& inner_;
  MetricRegistry& metrics_;
};

class MeteredWorkClient : public WorkClient {
 public:
  // Both outlive the client.
  MeteredWorkClient(WorkClient& inner, MetricRegistry& metrics)
      : inner_(inner), metrics_(metrics) {}

  // Counts an attempt when it is settled for the first time.
  void Sync(v1::SyncRequest request, Callback<absl::StatusOr<v1::SyncResponse>> done) override;
  void FetchInputs(v1::FetchInputsRequest request,
                   Callback<absl::StatusOr<v1::UnitInputs>> done) override;
  void AppendJournal(v1::AppendJournalRequest request, Callback<absl::Status> done) override;
  void PutEnvelope(v1::Envelope envelope, Callback<absl::StatusOr<std::string>> done) override;

 private:
  WorkClient& inner_;
  MetricRegistry& metrics_;
};

// "ok" for ERROR_CLASS_UNSPECIFIED, otherwise "infra", "throttle", …: values of label "class".
std::string ClassLabel(v1::ErrorClass error_class);

}  // namespace assay
