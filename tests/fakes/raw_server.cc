#include "tests/fakes/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace assay {

RawServer::RawServer(Script script) : script_(std::move(script)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      listen(listener_, 1024) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    std::perror("RawServer");
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

RawServer::~RawServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    for (int open : sockets_) shutdown(open, SHUT_RDWR);
  }
  acceptor_.join();
  for (std::thread& server : servers_) server.join();
  close(listener_);
}

std::vector<std::string> RawServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int RawServer::connections() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(servers_.size());
}

bool RawServer::WaitFor(const std::function<bool()>& reached) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(20), reached);
}

bool RawServer::WaitForPeerCloses(int count) {
  return WaitFor([&] { return peer_closes_ >= count; });
}

bool RawServer::WaitForOwnCloses(int count) {
  return WaitFor([&] { return own_closes_ >= count; });
}

bool RawServer::WaitForRequests(int count) {
  return WaitFor([&] { return static_cast<int>(requests_.size()) >= count; });
}

void RawServer::Accept() {
  while (true) {
    const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (accepted < 0 || stopping_) {
      if (accepted >= 0) close(accepted);
      return;
    }
    const int on = 1;
    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    sockets_.push_back(accepted);
    servers_.emplace_back([this, accepted] { Serve(accepted); });
  }
}

void RawServer::Serve(int socket) {
  std::string buffer;
  std::string request;
  bool open = true;
  while (open && ReadRequest(socket, buffer, request)) {
    int number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = static_cast<int>(requests_.size());
      requests_.push_back(request);
    }
    changed_.notify_all();
    open = Answer(socket, script_(number, request));
  }
  const std::lock_guard lock(mutex_);
  std::erase(sockets_, socket);
  close(socket);
}

bool RawServer::ReadRequest(int socket, std::string& buffer, std::string& request) {
  std::array<char, 65536> bytes;
  std::size_t wanted = std::string::npos;
  while (buffer.size() < wanted) {
    const std::size_t head = buffer.find("\r\n\r\n");
    if (head != std::string::npos) {
      wanted = head + 4;
      const std::size_t length = buffer.find("Content-Length: ");
      if (length < head) wanted += std::strtoul(buffer.c_str() + length + 16, nullptr, 10);
      if (buffer.size() >= wanted) break;
    }
    const ssize_t got = recv(socket, bytes.data(), bytes.size(), 0);
    if (got <= 0) {
      CountClose(true);
      return false;
    }
    buffer.append(bytes.data(), static_cast<std::size_t>(got));
  }
  request = buffer.substr(0, wanted);
  buffer.erase(0, wanted);
  return true;
}

bool RawServer::Answer(int socket, const RawReply& reply) {
  for (const std::string& piece : reply.pieces) {
    if (!Send(socket, piece)) return false;
  }
  while (!reply.forever.empty()) {
    if (!Send(socket, reply.forever)) return false;
  }
  std::array<char, 4096> bytes;
  switch (reply.end) {
    case RawReply::End::kKeepAlive:
      return true;
    case RawReply::End::kHold:
      while (recv(socket, bytes.data(), bytes.size(), 0) > 0) {
      }
      CountClose(true);
      return false;
    case RawReply::End::kReset: {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
      break;
    }
    case RawReply::End::kClose:
      shutdown(socket, SHUT_WR);
  }
  CountClose(false);
  return false;
}

bool RawServer::Send(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      CountClose(true);
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawServer::CountClose(bool by_peer) {
  const std::lock_guard lock(mutex_);
  ++(by_peer ? peer_closes_ : own_closes_);
  changed_.notify_all();
}

std::string HttpHead(int status, std::string_view header_lines) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + std::string(header_lines) + "\r\n";
}

std::string HttpChunk(std::string_view bytes) {
  std::array<char, 24> size;
  std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  return size.data() + std::string(bytes) + "\r\n";
}

std::string HttpReply(int status, std::string_view header_lines, std::string_view body) {
  return HttpHead(status, std::string(header_lines) +
                              "Content-Length: " + std::to_string(body.size()) + "\r\n") +
         std::string(body);
}

}  // namespace assay
