// A RedisRunStore over a connection to a real server, driven by the test's thread.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "coordinator/store/redis_connection.h"
#include "coordinator/store/redis_run_store.h"
#include "tests/fakes/inbox_executor.h"
#include "tests/fakes/redis_server.h"

namespace assay {

class RedisStoreRig {
 public:
  explicit RedisStoreRig(const std::string& address, RedisRunStoreOptions options = {})
      : connection_(std::make_unique<RedisConnection>(executor_, ConnectionTo(address, options))),
        store_(executor_, *connection_, options) {}

  static RedisConnectionOptions ConnectionTo(const std::string& address,
                                             const RedisRunStoreOptions& options = {}) {
    RedisConnectionOptions connection;
    connection.servers = {address};
    connection.scripts = options.scripts->All();
    return connection;
  }

  InboxExecutor& executor() { return executor_; }
  RedisRunStore& store() { return store_; }

  absl::StatusOr<StoreReply> Apply(Transition transition) {
    std::optional<absl::StatusOr<StoreReply>> answer;
    store_.Apply(std::move(transition),
                 [&](absl::StatusOr<StoreReply> reply) { answer = std::move(reply); });
    if (!executor_.RunUntil([&] { return answer.has_value(); })) return Internal("no answer");
    return *std::move(answer);
  }
  // Repeats while the outcome is unknown.
  StoreReply Must(const Transition& transition) {
    absl::StatusOr<StoreReply> reply = Apply(transition);
    for (int i = 0; i < 200 && absl::IsUnavailable(reply.status()); ++i) reply = Apply(transition);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() ? *reply : StoreReply{};
  }
  absl::StatusOr<ShardView> Read(const ShardKey& shard) {
    std::optional<absl::StatusOr<ShardView>> answer;
    store_.ReadShard(shard, [&](absl::StatusOr<ShardView> view) { answer = std::move(view); });
    if (!executor_.RunUntil([&] { return answer.has_value(); })) return Internal("no answer");
    return *std::move(answer);
  }

 private:
  InboxExecutor executor_;
  std::unique_ptr<RedisConnection> connection_;
  RedisRunStore store_;
};

}  // namespace assay
