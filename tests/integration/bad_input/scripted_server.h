// A tiny HTTP server for tests: one request a connection, and the answer is whatever bytes the
// script returns, right or wrong. Loopback, free port, stopped by its destructor.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace assay {

struct ScriptedRequest {
  std::string path;
  std::string headers;
  std::string body;
  int number = 0;  // from 1, over all requests
};

class ScriptedServer {
 public:
  using Script = std::function<std::string(const ScriptedRequest&)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (::bind(listener_, reinterpret_cast<struct sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<struct sockaddr*>(&address), &size) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }

  ~ScriptedServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  std::string base_url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }

  std::vector<ScriptedRequest> requests() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return requests_;
  }

 private:
  void Serve() {
    while (!stopping_) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      Answer(connection);
      ::close(connection);
    }
  }

  void Answer(int connection) {
    std::string received;
    std::size_t header_end = std::string::npos;
    std::size_t length = 0;
    char buffer[16384];
    while (header_end == std::string::npos || received.size() < header_end + 4 + length) {
      const ssize_t size = ::recv(connection, buffer, sizeof(buffer), 0);
      if (size <= 0) return;
      received.append(buffer, static_cast<std::size_t>(size));
      if (header_end != std::string::npos) continue;
      header_end = received.find("\r\n\r\n");
      if (header_end == std::string::npos) continue;
      for (const char* name : {"Content-Length: ", "content-length: "}) {
        const std::size_t at = received.find(name);
        if (at < header_end) length = std::stoul(received.substr(at + 16));
      }
    }
    ScriptedRequest request;
    request.headers = received.substr(0, header_end);
    request.path = request.headers.substr(request.headers.find(' ') + 1);
    request.path = request.path.substr(0, request.path.find(' '));
    request.body = received.substr(header_end + 4);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      request.number = static_cast<int>(requests_.size()) + 1;
      requests_.push_back(request);
    }
    const std::string answer = script_(request);
    for (std::size_t sent = 0; sent < answer.size();) {
      const ssize_t size =
          ::send(connection, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
      if (size <= 0) return;
      sent += static_cast<std::size_t>(size);
    }
    // A close with unread bytes would be a reset; let the client be the one to leave.
    ::shutdown(connection, SHUT_WR);
  }

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<ScriptedRequest> requests_;
  std::thread thread_;
};

// A whole HTTP answer that ends with the connection.
inline std::string HttpAnswer(int status, const std::string& type, const std::string& body,
                              const std::string& headers = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n" +
         headers + "\r\n" + body;
}

}  // namespace assay
