// Connections to the coordinators of a cluster, of which one leads. Remembers which it was; when a
// call finds that it is not, goes on with the one that the answer names, or with the next of the
// list. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/mutex.h"
#include "common/base/status.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace assay {

// Sets what gRPC reads from the environment, unless it is set: without it a connection that broke
// comes back only seconds after its server (toolchain.md 2). Call first thing in a main that makes
// gRPC calls, before other threads run.
void PrepareGrpcEnvironment();

class LeaderChannels {
 public:
  // "host:port" each. kInvalidArgument: none, or one that is no address.
  static absl::StatusOr<std::unique_ptr<LeaderChannels>> Make(std::vector<std::string> addresses);
  ~LeaderChannels();

  struct Choice {
    std::string address;
    std::shared_ptr<grpc::Channel> channel;
  };
  // The coordinator that is believed to lead. Connects when first used.
  Choice Current();

  // `address` answered kUnavailable; `leader` is what it named, or empty. Does nothing when the
  // choice has moved on meanwhile. True: the next call goes to a coordinator that was named, so
  // that it is worth trying at once.
  bool MoveOn(const std::string& address, std::string_view leader);

  std::size_t size() const { return addresses_.size(); }

 private:
  explicit LeaderChannels(std::vector<std::string> addresses);

  const std::vector<std::string> addresses_;
  Mutex mutex_;
  std::string current_ ABSL_GUARDED_BY(mutex_);
  std::size_t next_ ABSL_GUARDED_BY(mutex_) = 0;  // of the list, when nobody names a leader
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace assay
