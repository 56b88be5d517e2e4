// Programs that serve on loopback while a test runs, and what they answer.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "common/base/check.h"

extern char** environ;

namespace assay {

inline std::string FileText(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// Killed when it goes out of scope. argv[0] is looked up in PATH; both outputs go to `log`.
class LocalDaemon {
 public:
  LocalDaemon(std::vector<std::string> argv, const std::filesystem::path& log) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                       0600);
    ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
    std::vector<char*> words;
    for (std::string& word : argv) words.push_back(word.data());
    words.push_back(nullptr);
    ASSAY_CHECK(::posix_spawnp(&pid_, words[0], &actions, nullptr, words.data(), environ) == 0);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  ~LocalDaemon() {
    if (!Running()) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  LocalDaemon(const LocalDaemon&) = delete;
  LocalDaemon& operator=(const LocalDaemon&) = delete;

  bool Running() {
    if (!ended_ && ::waitpid(pid_, nullptr, WNOHANG) != 0) ended_ = true;
    return !ended_;
  }

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
};

// The body of an answer with status 200; empty otherwise.
inline std::string LoopbackGet(int port, const std::string& path) {
  const int socket_fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string reply;
  if (::connect(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    // 1.0: no chunks.
    const std::string request = "GET " + path + " HTTP/1.0\r\nHost: localhost\r\n\r\n";
    if (::send(socket_fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
      char buffer[65536];
      ssize_t n = 0;
      while ((n = ::recv(socket_fd, buffer, sizeof buffer, 0)) > 0) {
        reply.append(buffer, static_cast<std::size_t>(n));
      }
    }
  }
  ::close(socket_fd);
  const std::size_t body = reply.find("\r\n\r\n");
  if (body == std::string::npos || reply.find(" 200 ") > body) return "";
  return reply.substr(body + 4);
}

// A port outside the range that the kernel hands out by itself, so that nobody gets it meanwhile.
// `after`: another one than those given before; 0: the first.
inline int FreeLowPort(int after = 0) {
  for (int port = after > 0 ? after + 1 : 20000 + ::getpid() % 10000; port < 32768; ++port) {
    const int socket_fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool free =
        ::bind(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(socket_fd);
    if (free) return port;
  }
  return 0;
}

}  // namespace assay
