// RunService over gRPC: decodes, posts to the core thread, finishes. What it does is RunDesk's.
// Made and destroyed on the main thread; outlives the server that serves it.
#pragma once

#include <memory>

#include "assay/v1/run_service.grpc.pb.h"
#include "coordinator/rpc/run_desk.h"

namespace assay {

class UploadBudget;

class RunService final : public v1::RunService::CallbackService {
 public:
  // `desk` outlives the service. `watch_interval`: at least this long between two statuses of one
  // Watch.
  explicit RunService(RunDesk& desk, absl::Duration watch_interval = absl::Milliseconds(200));
  ~RunService() override;

  grpc::ServerReadReactor<v1::SubmitChunk>* Submit(grpc::CallbackServerContext* context,
                                                   v1::SubmitResponse* response) override;
  grpc::ServerReadReactor<v1::SubmitChunk>* Rejudge(grpc::CallbackServerContext* context,
                                                    v1::SubmitResponse* response) override;
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context,
                                const v1::GetRunRequest* request, v1::RunStatus* response) override;
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const v1::ListRunsRequest* request,
                                 v1::ListRunsResponse* response) override;
  grpc::ServerWriteReactor<v1::RunStatus>* Watch(grpc::CallbackServerContext* context,
                                                 const v1::WatchRunRequest* request) override;
  grpc::ServerUnaryReactor* Cancel(grpc::CallbackServerContext* context,
                                   const v1::RunRequest* request, v1::RunStatus* response) override;
  grpc::ServerUnaryReactor* Pause(grpc::CallbackServerContext* context,
                                  const v1::RunRequest* request, v1::RunStatus* response) override;
  grpc::ServerUnaryReactor* Resume(grpc::CallbackServerContext* context,
                                   const v1::RunRequest* request, v1::RunStatus* response) override;
  grpc::ServerWriteReactor<v1::ResultsChunk>* Results(grpc::CallbackServerContext* context,
                                                      const v1::ResultsRequest* request) override;

 private:
  grpc::ServerUnaryReactor* Do(RunDesk::Command command, grpc::CallbackServerContext* context,
                               const v1::RunRequest* request, v1::RunStatus* response);

  RunDesk& desk_;
  const absl::Duration watch_interval_;
  std::unique_ptr<UploadBudget> budget_;
};

}  // namespace assay
