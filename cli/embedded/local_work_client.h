// WorkClient of an agent that lives in the coordinator's process: the same messages, handed over on
// the shared executor. Stateless.
#pragma once

#include "common/agent/work_client.h"
#include "coordinator/core/coordinator.h"

namespace assay {

class LocalWorkClient : public WorkClient {
 public:
  // `coordinator` outlives the client.
  explicit LocalWorkClient(Coordinator& coordinator) : coordinator_(coordinator) {}

  void Sync(v1::SyncRequest request, Callback<absl::StatusOr<v1::SyncResponse>> done) override;
  void FetchInputs(v1::FetchInputsRequest request,
                   Callback<absl::StatusOr<v1::UnitInputs>> done) override;
  void AppendJournal(v1::AppendJournalRequest request, Callback<absl::Status> done) override;
  void PutEnvelope(v1::Envelope envelope, Callback<absl::StatusOr<std::string>> done) override;

 private:
  Coordinator& coordinator_;
};

}  // namespace assay
