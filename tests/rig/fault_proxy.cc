#include "tests/rig/fault_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <vector>

#include "common/base/check.h"

namespace assay {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

void Reset(int fd) {
  const linger hard{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(fd);
}

bool SendAll(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(fd, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace

struct FaultProxy::Pair {
  int client = -1;
  int server = -1;
  bool lost = false;      // something was thrown away: a stream with a hole is of no use
  std::int64_t left = 0;  // bytes of replies until the cut; 0: no cut
};

struct FaultProxy::Pairs {
  std::vector<Pair> all;
};

FaultProxy::FaultProxy(const std::string& target, std::uint64_t seed)
    : target_(target), random_(seed), pairs_(std::make_unique<Pairs>()) {
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
  for (const Pair& pair : pairs_->all) {
    ::close(pair.client);
    ::close(pair.server);
  }
}

void FaultProxy::Accept() {
  Pair pair;
  pair.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (pair.client < 0) return;
  pair.server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in to = Loopback(std::stoi(target_.substr(target_.find(':') + 1)));
  if (::connect(pair.server, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    Reset(pair.client);
    ::close(pair.server);
    return;
  }
  if (const std::int64_t bytes = cut_after_; bytes > 0) {
    pair.left =
        bytes / 2 + static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(bytes)));
  }
  pairs_->all.push_back(pair);
}

bool FaultProxy::Pass(Pair& pair, bool replies) {
  std::array<char, 16384> buffer;
  const ssize_t size = ::recv(replies ? pair.server : pair.client, buffer.data(), buffer.size(), 0);
  if (size <= 0) return false;
  if (replies ? drop_replies_ : drop_requests_) {
    pair.lost = true;
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
  return SendAll(replies ? pair.client : pair.server, buffer.data(),
                 static_cast<std::size_t>(size));
}

void FaultProxy::Serve() {
  while (!stop_) {
    std::vector<pollfd> waiting = {{listener_, POLLIN, 0}};
    for (const Pair& pair : pairs_->all) {
      waiting.push_back({pair.client, POLLIN, 0});
      waiting.push_back({pair.server, POLLIN, 0});
    }
    ::poll(waiting.data(), waiting.size(), 20);
    std::vector<Pair> alive;
    for (std::size_t i = 0; i < pairs_->all.size(); ++i) {
      Pair& pair = pairs_->all[i];
      bool open = !pair.lost || drop_requests_ || drop_replies_;
      if (open && waiting[1 + 2 * i].revents != 0) open = Pass(pair, false);
      if (open && waiting[2 + 2 * i].revents != 0) open = Pass(pair, true);
      if (open) {
        alive.push_back(pair);
      } else {
        Reset(pair.client);
        Reset(pair.server);
      }
    }
    pairs_->all = std::move(alive);
    if (waiting[0].revents != 0) Accept();
  }
}

}  // namespace assay
