// RedisSession: one socket to one Redis server, blocking. The only user of hiredis. Owned by the
// thread that made it; Interrupt alone may be called from others.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/base/status.h"
#include "coordinator/store/redis_reply.h"

namespace assay {

struct RedisSessionOptions {
  absl::Duration connect_timeout = absl::Seconds(2);
  // Longest wait for bytes of a reply. REQUIRES: longer than any WAIT that is sent.
  absl::Duration io_timeout = absl::Seconds(5);
  std::size_t max_reply_bytes = std::size_t{64} << 20;  // of one reply
  std::string password;                                 // empty: no AUTH
};

class RedisSession {
 public:
  // `address` is "host:port", "[v6]:port" or "unix:/path". kUnavailable: nobody answers.
  // kInvalidArgument: not an address. kFailedPrecondition: the password was refused.
  static absl::StatusOr<std::unique_ptr<RedisSession>> Open(const std::string& address,
                                                            const RedisSessionOptions& options);
  ~RedisSession();
  RedisSession(const RedisSession&) = delete;
  RedisSession& operator=(const RedisSession&) = delete;

  // Sends all commands, then reads their replies, in order; error replies are replies. After an
  // error (always kUnavailable) `replies` holds those that came before it, and the session is of no
  // more use.
  absl::Status Exchange(const std::vector<std::vector<std::string>>& commands,
                        std::vector<RedisReply>& replies);
  // One command; an error reply becomes a status.
  absl::StatusOr<RedisReply> Ask(const std::vector<std::string>& command);

  // OK when the server is a master by ROLE, kUnavailable otherwise.
  absl::Status CheckMaster();

  // Makes a call that is waiting fail. Thread-safe while the session lives.
  void Interrupt();

 private:
  struct Context;
  explicit RedisSession(std::unique_ptr<Context> context, std::size_t max_reply_bytes);
  absl::Status Flush();
  absl::StatusOr<RedisReply> ReadReply();

  std::unique_ptr<Context> context_;
  std::size_t max_reply_bytes_;
};

}  // namespace assay
