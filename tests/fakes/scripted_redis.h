// A server on a unix socket that answers Redis commands with whatever bytes a test wants, for what
// a healthy server never sends. One connection at a time, on a thread of its own.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/check.h"

namespace assay {

class ScriptedRedis {
 public:
  // The bytes of the reply; kHangUp closes the connection instead, after the bytes before it.
  using Script = std::function<std::string(const std::vector<std::string>& command)>;
  static constexpr char kHangUp[] = "<hang up>";

  explicit ScriptedRedis(Script script) : script_(std::move(script)) {
    std::string name = (std::filesystem::temp_directory_path() / "assay-fake-XXXXXX").string();
    ASSAY_CHECK(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    const std::string path = (folder_ / "s").string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ASSAY_CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ASSAY_CHECK(::listen(listener_, 8) == 0);
    thread_ = std::thread([this] { Run(); });
  }
  ~ScriptedRedis() {
    stop_ = true;
    thread_.join();
    ::close(listener_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  ScriptedRedis(const ScriptedRedis&) = delete;
  ScriptedRedis& operator=(const ScriptedRedis&) = delete;

  std::string address() const { return "unix:" + (folder_ / "s").string(); }
  int connections() const { return connections_; }

 private:
  bool Readable(int fd) const {
    while (!stop_) {
      pollfd poll_fd{fd, POLLIN, 0};
      if (::poll(&poll_fd, 1, 10) > 0) return true;
    }
    return false;
  }
  void Run() {
    while (Readable(listener_)) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      ++connections_;
      Serve(fd);
      ::close(fd);
    }
  }
  void Serve(int fd) {
    std::string input;
    char buffer[65536];
    while (Readable(fd)) {
      const ssize_t got = ::read(fd, buffer, sizeof buffer);
      if (got <= 0) return;
      input.append(buffer, static_cast<std::size_t>(got));
      std::vector<std::string> command;
      while (TakeCommand(input, command)) {
        std::string reply = script_(command);
        const std::size_t hang_up = reply.find(kHangUp);
        if (hang_up != std::string::npos) reply.resize(hang_up);
        if (::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) return;
        if (hang_up != std::string::npos) return;
      }
    }
  }
  // "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", as clients send it.
  static bool TakeCommand(std::string& input, std::vector<std::string>& command) {
    std::size_t at = 0;
    const auto number = [&](char mark, std::size_t& value) {
      const std::size_t end = input.find("\r\n", at);
      if (end == std::string::npos) return false;
      ASSAY_CHECK(input[at] == mark);
      value = std::strtoul(input.c_str() + at + 1, nullptr, 10);
      at = end + 2;
      return true;
    };
    std::size_t count = 0;
    if (!number('*', count)) return false;
    command.clear();
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t size = 0;
      if (!number('$', size) || input.size() < at + size + 2) return false;
      command.push_back(input.substr(at, size));
      at += size + 2;
    }
    input.erase(0, at);
    return true;
  }

  const Script script_;
  std::filesystem::path folder_;
  int listener_ = -1;
  std::atomic<bool> stop_ = false;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

}  // namespace assay
