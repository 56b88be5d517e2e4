// Decorators that count what a coordinator asks of its store: transitions of a RunStore by their
// answers, commands of a RedisClient that failed, and WAIT. Same threads and lifetimes as what they
// wrap. docs/metrics.md has what they publish.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/clock.h"
#include "common/metrics/metrics.h"
#include "coordinator/store/redis_client.h"
#include "coordinator/store/run_store.h"

namespace assay {

class MeteredRunStore : public RunStore {
 public:
  // All outlive the store.
  MeteredRunStore(RunStore& inner, MetricRegistry& metrics, const Clock& clock);

  // An answer without a reply counts as "unavailable".
  void Apply(Transition transition, Callback<absl::StatusOr<StoreReply>> done) override;
  void ReadShard(const ShardKey& shard, Callback<absl::StatusOr<ShardView>> done) override {
    inner_.ReadShard(shard, std::move(done));
  }
  void WaitAll(Callback<absl::Status> done) override { inner_.WaitAll(std::move(done)); }
  void ListShards(const std::string& run_id,
                  Callback<absl::StatusOr<std::vector<ShardKey>>> done) override {
    inner_.ListShards(run_id, std::move(done));
  }

 private:
  static constexpr std::size_t kCodes = static_cast<std::size_t>(StoreCode::kBadArgument) + 2;
  struct Handles {
    std::array<Counter*, kCodes> replies;  // by code; the last: unavailable
    Histogram* seconds = nullptr;
  };

  RunStore& inner_;
  const Clock& clock_;
  std::array<Handles, std::variant_size_v<Transition>> handles_;
  Counter& fenced_;
};

class MeteredRedisClient : public RedisClient {
 public:
  // All outlive the client.
  MeteredRedisClient(RedisClient& inner, MetricRegistry& metrics, const Clock& clock);

  void Send(RedisCommand command, RedisCallback done) override;
  void OnConnect(ConnectHook hook) override;
  void Recheck() override { inner_.Recheck(); }

 private:
  RedisCallback Counted(const RedisCommand& command, RedisCallback done);

  RedisClient& inner_;
  MetricRegistry& metrics_;
  const Clock& clock_;
  Histogram& wait_seconds_;
  Counter& wait_shortfalls_;
};

// Why a command of Redis gave no result, from a closed set: the first word of its error in lower
// case ("readonly", "oom", ...), "connection", or "defect" for what no rule names.
std::string RedisErrorLabel(const absl::Status& status);

}  // namespace assay
