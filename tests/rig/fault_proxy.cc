#include "tests/rig/fault_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "common/base/check.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLongestWaitMs = 20;  // until a switch that was thrown is seen
constexpr std::string_view kUnix = "unix:";

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

template <typename Address>
int ConnectTo(int family, const Address& address) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

int Connect(const std::string& target) {
  if (!target.starts_with(kUnix)) {
    return ConnectTo(AF_INET, Loopback(std::stoi(target.substr(target.find(':') + 1))));
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = target.substr(kUnix.size());
  ASSAY_CHECK(path.size() < sizeof address.sun_path);
  std::copy(path.begin(), path.end(), address.sun_path);
  return ConnectTo(AF_UNIX, address);
}

void Reset(int fd) {
  const linger hard{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(fd);
}

bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// One direction of one connection.
class Held {
 public:
  bool empty() const { return held_.empty(); }
  Clock::time_point due() const { return held_.front().due; }
  void Add(std::string bytes, Clock::time_point due) {
    if (!held_.empty()) due = std::max(due, held_.back().due);
    held_.push_back({due, std::move(bytes)});
  }
  // What is due goes to `fd`. False: it cannot.
  bool SendDue(int fd, std::atomic<std::int64_t>* sent = nullptr) {
    for (const auto now = Clock::now(); !held_.empty() && held_.front().due <= now;) {
      if (!SendAll(fd, held_.front().bytes)) return false;
      if (sent != nullptr) *sent += static_cast<std::int64_t>(held_.front().bytes.size());
      held_.pop_front();
    }
    return true;
  }

 private:
  struct Piece {
    Clock::time_point due;
    std::string bytes;
  };
  std::deque<Piece> held_;
};

}  // namespace

// The second connection to the target.
struct FaultProxy::Double {
  int fd = -1;
  Held requests;
};

struct FaultProxy::Pair {
  int client = -1;
  int server = -1;
  bool lost = false;      // something was thrown away: a stream with a hole is of no use
  std::int64_t left = 0;  // bytes of replies until the cut; 0: no cut
  Held requests;
  Held replies;
  std::shared_ptr<Double> doubled;  // null: none
};

struct FaultProxy::Open {
  std::vector<std::unique_ptr<Pair>> pairs;
  std::vector<std::shared_ptr<Double>> doubles;
};

FaultProxy::FaultProxy(const std::string& target, std::uint64_t seed)
    : target_(target), random_(seed), open_(std::make_unique<Open>()) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  ASSAY_CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  ASSAY_CHECK(::listen(listener_, 64) == 0);
  ASSAY_CHECK(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  thread_ = std::thread([this] { Serve(); });
}

FaultProxy::~FaultProxy() {
  stop_ = true;
  thread_.join();
  ::close(listener_);
  for (const auto& pair : open_->pairs) {
    ::close(pair->client);
    ::close(pair->server);
  }
  for (const auto& doubled : open_->doubles) ::close(doubled->fd);
}

Clock::time_point FaultProxy::Due(std::int64_t most_ms) {
  if (most_ms <= 0) return {};
  const std::uint64_t us = random_.Below(static_cast<std::uint64_t>(most_ms) * 1000 + 1);
  return Clock::now() + std::chrono::microseconds(us);
}

void FaultProxy::Accept() {
  auto pair = std::make_unique<Pair>();
  pair->client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (pair->client < 0) return;
  pair->server = Connect(target_);
  if (pair->server < 0) return Reset(pair->client);
  if (const std::int64_t bytes = cut_after_; bytes > 0) {
    pair->left =
        bytes / 2 + static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(bytes)));
  }
  if (lag_ms_ >= 0) {
    if (const int second = Connect(target_); second >= 0) {
      pair->doubled = std::make_shared<Double>();
      pair->doubled->fd = second;
      open_->doubles.push_back(pair->doubled);
    }
  }
  open_->pairs.push_back(std::move(pair));
}

bool FaultProxy::Pass(Pair& pair, bool replies) {
  std::array<char, 16384> buffer;
  const ssize_t size = ::recv(replies ? pair.server : pair.client, buffer.data(), buffer.size(), 0);
  if (size <= 0) return false;
  if (replies ? drop_replies_ : drop_requests_) {
    pair.lost = true;
    dropped_bytes_ += size;
    return true;
  }
  if (pair.lost) return false;
  if (replies && pair.left > 0) {
    pair.left -= size;
    if (pair.left <= 0) {
      ++cuts_;
      return false;
    }
  }
  const std::string bytes(buffer.data(), static_cast<std::size_t>(size));
  if (!replies && pair.doubled != nullptr) pair.doubled->requests.Add(bytes, Due(lag_ms_));
  (replies ? pair.replies : pair.requests).Add(bytes, Due(delay_ms_));
  return true;
}

bool FaultProxy::PassAll(Pair& pair, bool client_has, bool server_has) {
  if (pair.lost && !drop_requests_ && !drop_replies_) return false;
  if (client_has && !Pass(pair, false)) return false;
  if (server_has && !Pass(pair, true)) return false;
  return pair.requests.SendDue(pair.server) && pair.replies.SendDue(pair.client);
}

bool FaultProxy::PassDouble(Double& doubled, bool has, bool alone) {
  std::array<char, 16384> ignored;
  if (has && ::recv(doubled.fd, ignored.data(), ignored.size(), 0) <= 0) return false;
  return doubled.requests.SendDue(doubled.fd, &repeated_bytes_) &&
         !(alone && doubled.requests.empty());
}

int FaultProxy::WaitLimitMs() const {
  auto first = Clock::now() + std::chrono::milliseconds(kLongestWaitMs);
  const auto look = [&first](const Held& held) {
    if (!held.empty()) first = std::min(first, held.due());
  };
  for (const auto& pair : open_->pairs) {
    look(pair->requests);
    look(pair->replies);
  }
  for (const auto& doubled : open_->doubles) look(doubled->requests);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(first - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, kLongestWaitMs));
}

void FaultProxy::Serve() {
  while (!stop_) {
    std::vector<pollfd> waiting = {{listener_, POLLIN, 0}};
    for (const auto& pair : open_->pairs) {
      waiting.push_back({pair->client, POLLIN, 0});
      waiting.push_back({pair->server, POLLIN, 0});
    }
    for (const auto& doubled : open_->doubles) waiting.push_back({doubled->fd, POLLIN, 0});
    ::poll(waiting.data(), waiting.size(), WaitLimitMs());
    auto has = waiting.begin() + 1;
    std::erase_if(open_->pairs, [&](const std::unique_ptr<Pair>& pair) {
      const bool client_has = (has++)->revents != 0;
      const bool server_has = (has++)->revents != 0;
      if (PassAll(*pair, client_has, server_has)) return false;
      Reset(pair->client);
      Reset(pair->server);
      return true;
    });
    std::erase_if(open_->doubles, [&](const std::shared_ptr<Double>& doubled) {
      if (PassDouble(*doubled, (has++)->revents != 0, doubled.use_count() == 1)) return false;
      Reset(doubled->fd);
      doubled->fd = -1;
      return true;
    });
    if (waiting[0].revents != 0) Accept();
  }
}

}  // namespace assay
