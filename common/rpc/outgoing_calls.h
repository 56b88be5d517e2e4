// Calls to the coordinator that leads, each with a deadline, followed to another one when the
// answer names it, and completed on an executor. Private to this folder.
#pragma once

#include <condition_variable>
#include <memory>
#include <set>
#include <string>

#include <grpcpp/grpcpp.h>

#include "absl/time/time.h"
#include "assay/v1/work_service.grpc.pb.h"
#include "common/base/executor.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/rpc/leader_channels.h"

namespace assay {

class OutgoingCall;

// The open calls of one client. Kept alive by them.
class OutgoingCalls : public std::enable_shared_from_this<OutgoingCalls> {
 public:
  OutgoingCalls(Executor& executor, LeaderChannels& channels)
      : executor_(executor), channels_(channels) {}

  // On the executor.
  void Start(std::shared_ptr<OutgoingCall> call, absl::Duration deadline);

  // No call is delivered after this, and gRPC runs none.
  void CancelAndWait();

 private:
  friend class OutgoingCall;

  // False: closed.
  bool Open(grpc::ClientContext* context);
  // The call has ended; its context may go once `post` has run.
  void Close(grpc::ClientContext* context, Task post);

  Executor& executor_;
  LeaderChannels& channels_;
  Mutex mutex_;
  std::condition_variable idle_;
  // Guarded by mutex_.
  std::set<grpc::ClientContext*> open_;  // to be cancelled
  int pending_ = 0;                      // not posted yet
  bool closed_ = false;
};

// One call, of which there may be several tries one after the other.
class OutgoingCall : public std::enable_shared_from_this<OutgoingCall> {
 public:
  virtual ~OutgoingCall() = default;

 protected:
  // Starts a try, which ends with Ended. What the last try left is to be cleared.
  virtual void Begin() = 0;
  // The end, once, on the executor.
  virtual void Deliver(absl::Status status) = 0;

  // On a thread of gRPC; the last thing that a try does.
  void Ended(const grpc::Status& status);

  v1::WorkService::Stub* stub() { return stub_.get(); }
  grpc::ClientContext* context() { return context_.get(); }
  bool redirected() const { return redirects_ > 0; }

 private:
  friend class OutgoingCalls;

  void Try();
  void Conclude(const grpc::Status& status);

  std::shared_ptr<OutgoingCalls> calls_;
  absl::Duration deadline_;
  std::string address_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<v1::WorkService::Stub> stub_;
  std::shared_ptr<OutgoingCall> self_;  // while a try is open
  int redirects_ = 0;
};

// What `context`'s answer says about who leads; empty: nothing.
std::string LeaderNamedBy(const grpc::ClientContext& context);

}  // namespace assay
