// A blocking HTTP client for tests that want to see every byte. Not thread-safe.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace assay {

struct RawReply {
  int status = 0;
  std::string head;     // status line and headers
  std::string body;     // without framing
  bool whole = false;   // the framing said that the body is complete
  bool closed = false;  // the server closed the connection (FIN)
  bool reset = false;   // the server reset it
  bool timed_out = false;

  bool HasHeader(std::string_view line) const { return head.find(line) != std::string::npos; }
};

class RawHttp {
 public:
  explicit RawHttp(int port, int timeout_ms = 10000) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SetTimeout(timeout_ms);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawHttp() { Close(); }
  RawHttp(const RawHttp&) = delete;
  RawHttp& operator=(const RawHttp&) = delete;

  bool connected() const { return connected_; }

  void SetTimeout(int timeout_ms) {
    const timeval time{timeout_ms / 1000, (timeout_ms % 1000) * 1000};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  }

  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
  }

  bool SendPost(std::string_view path, std::string_view body, std::string_view headers = "") {
    return Send("POST " + std::string(path) + " HTTP/1.1\r\nHost: t\r\n" + std::string(headers) +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  }

  RawReply Post(std::string_view path, std::string_view body, std::string_view headers = "") {
    SendPost(path, body, headers);
    return Read();
  }

  RawReply Get(std::string_view path, std::string_view headers = "") {
    Send("GET " + std::string(path) + " HTTP/1.1\r\nHost: t\r\n" + std::string(headers) + "\r\n");
    return Read();
  }

  // One answer, or what there is of it.
  RawReply Read() {
    RawReply reply;
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!Fill(reply)) return reply;
    }
    reply.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    reply.status = std::atoi(reply.head.c_str() + 9);
    const std::size_t length = reply.head.find("Content-Length: ");
    if (length != std::string::npos) {
      ReadLength(static_cast<std::size_t>(std::atoll(reply.head.c_str() + length + 16)), reply);
    } else if (reply.HasHeader("Transfer-Encoding: chunked")) {
      ReadChunks(reply);
    } else {
      while (Fill(reply)) {
      }
      reply.body = std::exchange(buffer_, "");
    }
    return reply;
  }

  // True when the server closes without sending anything more.
  bool ReadsClose() {
    RawReply reply;
    return !Fill(reply) && reply.closed;
  }

  // Receives once; false at the end, which `reply` then describes.
  bool Fill(RawReply& reply) {
    char bytes[65536];
    const ssize_t size = recv(fd_, bytes, sizeof bytes, 0);
    if (size > 0) {
      buffer_.append(bytes, static_cast<std::size_t>(size));
      return true;
    }
    if (size == 0) reply.closed = true;
    if (size < 0 && errno == ECONNRESET) reply.reset = true;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) reply.timed_out = true;
    return false;
  }

 private:
  void ReadLength(std::size_t length, RawReply& reply) {
    while (buffer_.size() < length) {
      if (Fill(reply)) continue;
      reply.body = std::exchange(buffer_, "");
      return;
    }
    reply.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    reply.whole = true;
  }

  void ReadChunks(RawReply& reply) {
    for (;;) {
      std::size_t end = 0;
      while ((end = buffer_.find("\r\n")) == std::string::npos) {
        if (!Fill(reply)) return;
      }
      const auto size = static_cast<std::size_t>(std::strtoull(buffer_.c_str(), nullptr, 16));
      while (buffer_.size() < end + 2 + size + 2) {
        if (!Fill(reply)) return;
      }
      reply.body += buffer_.substr(end + 2, size);
      buffer_.erase(0, end + 2 + size + 2);
      if (size == 0) {
        reply.whole = true;
        return;
      }
    }
  }

  int fd_ = -1;
  bool connected_ = false;
  std::string buffer_;
};

}  // namespace assay
