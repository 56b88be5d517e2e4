#include "common/rpc/leader_channels.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "common/base/log.h"

namespace assay {
namespace {

// An answer is bounded by what its caller reported and asked for.
constexpr int kMaxAnswerBytes = 64 << 20;
// Leaders that were named and are not in the list: more would be a server that makes them up.
constexpr std::size_t kMaxChannels = 64;

bool IsAddress(std::string_view address) {
  if (address.starts_with("unix:")) return address.size() > 5;
  const std::size_t colon = address.rfind(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < address.size() &&
         address.size() <= 300 &&
         address.find_first_not_of("0123456789", colon + 1) == std::string_view::npos &&
         address.find_first_of(" \t\r\n/,") == std::string_view::npos;
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  // Retries are made above, where the leader can be looked for.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

void PrepareGrpcEnvironment() {
  ::setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "100", /*overwrite=*/0);
}

absl::StatusOr<std::unique_ptr<LeaderChannels>> LeaderChannels::Make(
    std::vector<std::string> addresses) {
  if (addresses.empty()) return InvalidArgument("no address of a coordinator is given");
  for (const std::string& address : addresses) {
    if (!IsAddress(address)) {
      return InvalidArgument("\"" + EscapeForTerminal(address) +
                             "\" is no address of a coordinator, expected host:port");
    }
  }
  return std::unique_ptr<LeaderChannels>(new LeaderChannels(std::move(addresses)));
}

LeaderChannels::LeaderChannels(std::vector<std::string> addresses)
    : addresses_(std::move(addresses)), current_(addresses_.front()) {}

LeaderChannels::~LeaderChannels() = default;

LeaderChannels::Choice LeaderChannels::Current() {
  MutexLock lock(mutex_);
  std::shared_ptr<grpc::Channel>& channel = channels_[current_];
  if (channel == nullptr) channel = Connect(current_);
  return {current_, channel};
}

bool LeaderChannels::MoveOn(const std::string& address, std::string_view leader) {
  MutexLock lock(mutex_);
  if (current_ != address) return true;
  const bool named = IsAddress(leader) && leader != address &&
                     (channels_.size() < kMaxChannels || channels_.count(std::string(leader)) > 0);
  if (named) {
    current_ = std::string(leader);
    return true;
  }
  next_ = (next_ + 1) % addresses_.size();
  if (addresses_[next_] == address) next_ = (next_ + 1) % addresses_.size();
  current_ = addresses_[next_];
  return false;
}

}  // namespace assay
