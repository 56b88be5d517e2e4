// WorkService over gRPC: decodes, posts to the core thread, finishes. Holds no state of the domain.
// Made and destroyed on the main thread; outlives the server that serves it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "assay/v1/work_service.grpc.pb.h"
#include "common/base/clock.h"
#include "coordinator/rpc/leader_desk.h"
#include "coordinator/rpc/upload_stash.h"

namespace assay {

class UploadBudget;

class WorkService final : public v1::WorkService::CallbackService {
 public:
  // Both outlive the service.
  WorkService(LeaderDesk& desk, const Clock& clock);
  ~WorkService() override;

  grpc::ServerUnaryReactor* Sync(grpc::CallbackServerContext* context,
                                 const v1::SyncRequest* request,
                                 v1::SyncResponse* response) override;
  grpc::ServerWriteReactor<v1::FetchInputsChunk>* FetchInputs(
      grpc::CallbackServerContext* context, const v1::FetchInputsRequest* request) override;
  grpc::ServerUnaryReactor* AppendJournal(grpc::CallbackServerContext* context,
                                          const v1::AppendJournalRequest* request,
                                          v1::AppendJournalResponse* response) override;
  grpc::ServerReadReactor<v1::AppendJournalChunk>* AppendLongJournal(
      grpc::CallbackServerContext* context, v1::AppendJournalResponse* response) override;
  grpc::ServerReadReactor<v1::PutEnvelopeChunk>* PutEnvelope(
      grpc::CallbackServerContext* context, v1::PutEnvelopeResponse* response) override;
  grpc::ServerUnaryReactor* QueryUpload(grpc::CallbackServerContext* context,
                                        const v1::QueryUploadRequest* request,
                                        v1::QueryUploadResponse* response) override;

 private:
  LeaderDesk& desk_;
  std::unique_ptr<UploadBudget> budget_;
  UploadStash stash_;  // core thread
  // Core thread. The newest Sync of each agent: a caller that is lost counts only while it has sent
  // no other since.
  std::map<std::string, std::uint64_t> newest_sync_;
  std::uint64_t syncs_ = 0;
};

}  // namespace assay
