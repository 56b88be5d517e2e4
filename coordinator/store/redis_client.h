// RedisClient: one ordered line of commands to one Redis master. What the run store and the leader
// election talk to; RedisConnection is the real one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/executor.h"
#include "common/base/status.h"
#include "coordinator/store/redis_reply.h"
#include "coordinator/store/redis_scripts.h"

namespace assay {

// A plain command when `script` is null: args[0] is its name. Otherwise a call of the script.
struct RedisCommand {
  const RedisScript* script = nullptr;
  std::vector<std::string> keys;
  std::vector<std::string> args;
};

struct RedisAnswer {
  RedisReply reply;  // never an error
  // Which connection of this client gave it, counted from 1. Two answers of one number came from
  // the same server, with no reconnect between them.
  std::uint64_t connection = 0;
};

// kUnavailable: it is not known whether the command ran; repeat it. Anything else is a defect.
using RedisCallback = Callback<absl::StatusOr<RedisAnswer>>;

struct RedisRequest {
  RedisCommand command;
  RedisCallback done;
};

class RedisClient {
 public:
  virtual ~RedisClient() = default;

  // Runs after every command sent before it. Called on the executor; `done` runs there.
  virtual void Send(RedisCommand command, RedisCallback done) = 0;

  // `hook` runs on the executor after every (re)connect, before any command is sent on the new
  // connection; what it answers is sent first. REQUIRES: nothing was sent yet.
  using ConnectHook = absl::AnyInvocable<std::vector<RedisRequest>(std::uint64_t connection)>;
  virtual void OnConnect(ConnectHook hook) = 0;

  // The server may not be the master any more: look, and reconnect if it is not.
  virtual void Recheck() = 0;
};

}  // namespace assay
