// A real redis-server of a test's own: in its own temporary folder, on a unix socket or on a free
// port below 32768, killed and removed with the object. Nothing else on the machine is touched.
//
//   if (!RedisServer::Installed()) GTEST_SKIP() << RedisServer::kMissing;
//   RedisServer server;
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "coordinator/store/redis_reply.h"

namespace assay {

struct RedisServerOptions {
  bool tcp = false;
  std::string appendfsync = "no";      // "always": an AOF with fsync; "no": no AOF at all
  std::vector<std::string> more = {};  // further arguments, as on its command line
};

class RedisServer {
 public:
  static constexpr char kMissing[] = "redis-server is not installed (apt install redis-server)";
  static bool Installed();

  // Returns once it answers; aborts the test program when it does not.
  explicit RedisServer(RedisServerOptions options = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  // "unix:/path" or "127.0.0.1:port".
  const std::string& address() const { return address_; }
  int port() const { return port_; }
  const std::filesystem::path& folder() const { return folder_; }

  // kill -9, and waits until it is gone.
  void Kill();
  // The same server on the same data.
  void Start();
  // Stops it from running without ending it, and back.
  void Freeze();
  void Thaw();

  // One command over a connection of its own; aborts when it cannot be sent.
  RedisReply Run(const std::vector<std::string>& command) const;

 private:
  RedisServerOptions options_;
  std::filesystem::path folder_;
  std::string address_;
  int port_ = 0;
  pid_t pid_ = -1;
};

// Three sentinels that watch `master`, found agreed on when the constructor returns.
class RedisSentinels {
 public:
  static bool Installed();
  static constexpr char kMissing[] = "redis-sentinel is not installed (apt install redis-sentinel)";

  RedisSentinels(const std::string& master_name, int master_port, int down_after_ms, int replicas);
  ~RedisSentinels();
  RedisSentinels(const RedisSentinels&) = delete;
  RedisSentinels& operator=(const RedisSentinels&) = delete;

  const std::vector<std::string>& addresses() const { return addresses_; }

 private:
  std::filesystem::path folder_;
  std::vector<std::string> addresses_;
  std::vector<pid_t> pids_;
};

// A port below 32768 on which nobody listens at the moment.
int FreeLowPort();

}  // namespace assay
