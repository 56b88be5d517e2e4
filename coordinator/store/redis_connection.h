// RedisConnection: the real RedisClient. One thread with one socket takes everything queued, sends
// up to `batch` commands at once, reads their replies and posts them to the executor. Finds the
// master (a fixed list, or through sentinels), checks ROLE, loads the scripts, and reconnects with
// backoff. What was in flight when a connection broke is answered kUnavailable; what was queued
// while there is none waits for the next try and shares its fate.
//
// Made and destroyed on the executor's thread, Send may be called from any. Callbacks that have not
// been posted when it is destroyed never run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/base/executor.h"
#include "coordinator/store/redis_client.h"
#include "coordinator/store/redis_session.h"

namespace assay {

struct RedisConnectionOptions {
  // The master itself; several when it may be at one of several places. Not used with sentinels.
  std::vector<std::string> servers;
  std::vector<std::string> sentinels;
  std::string master_name = "assay";
  RedisSessionOptions session;
  std::vector<const RedisScript*> scripts;  // loaded at every connect; must outlive the connection
  std::size_t batch = 256;                  // commands sent before their replies are read
  // Logs at each connect what of the server's settings loses writes.
  bool check_settings = false;
  absl::Duration first_backoff = absl::Milliseconds(20);  // doubles up to last_backoff
  absl::Duration last_backoff = absl::Seconds(2);
};

class RedisConnection : public RedisClient {
 public:
  RedisConnection(Executor& executor, RedisConnectionOptions options);
  ~RedisConnection() override;

  void Send(RedisCommand command, RedisCallback done) override;
  void OnConnect(ConnectHook hook) override;
  void Recheck() override;

 private:
  class Worker;
  std::shared_ptr<Worker> worker_;
};

}  // namespace assay
