// RunStore in Redis (reliability.md 3.14; docs/redis_schema.md): one Lua script a transition, all
// over one ordered client. Beyond the contract of RunStore it tells how far writes are safe from a
// failover: durable().
//
// On the executor only. Destroy it after its client, when the executor has stopped.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/store/durable_mark.h"
#include "coordinator/store/redis_client.h"
#include "coordinator/store/run_store.h"

namespace assay {

struct RedisRunStoreOptions {
  DurableMarkOptions durability;
  const RedisScripts* scripts = &RedisScripts::BuiltIn();
};

class RedisRunStore : public RunStore {
 public:
  // REQUIRES: nothing was sent to `client` yet, and it loads these scripts.
  RedisRunStore(Executor& executor, RedisClient& client, RedisRunStoreOptions options = {});

  void Apply(Transition transition, Callback<absl::StatusOr<StoreReply>> done) override;
  void ReadShard(const ShardKey& shard, Callback<absl::StatusOr<ShardView>> done) override;
  void ListShards(const std::string& run_id,
                  Callback<absl::StatusOr<std::vector<ShardKey>>> done) override;

  // Number of transitions that wrote, or repeated a write, so far; it has grown when their
  // completion runs. durable() <= applied(): writes up to that one are on every replica.
  std::uint64_t applied() const { return durability_.applied(); }
  std::uint64_t durable() const { return durability_.durable(); }
  bool in_doubt() const { return durability_.in_doubt(); }
  void set_durable_listener(std::function<void()> listener) {
    durability_.set_listener(std::move(listener));
  }
  // Before anything irrevocable: DurableMark::WaitAll.
  void WaitAll(Callback<absl::Status> done) { durability_.WaitAll(std::move(done)); }

 private:
  struct ApplyJob {
    std::shared_ptr<const Transition> transition;
    Callback<absl::StatusOr<StoreReply>> done;
    std::vector<std::string> also_remove;  // CreateShard: stages of the revision it replaces
    int tries = 0;
  };
  struct ReadJob {
    ShardKey shard;
    Callback<absl::StatusOr<ShardView>> done;
    int tries = 0;
  };
  using Job = std::variant<ApplyJob, ReadJob>;

  void Submit(const ShardKey& shard, Job job);
  void Issue(const ShardKey& shard, Job job);
  void IssueApply(const ShardKey& shard, ApplyJob job);
  void IssueRead(const ShardKey& shard, ReadJob job);
  void OnApplied(const ShardKey& shard, ApplyJob job, absl::StatusOr<RedisAnswer> answer);
  void OnRead(const ShardKey& shard, ReadJob job, const std::vector<std::string>& stages,
              absl::StatusOr<RedisAnswer> answer);
  void IssueAgain(const ShardKey& shard, ApplyJob job, const std::vector<std::string>& also_remove);
  void Release(const ShardKey& shard);
  // Learns the stages of a shard before `job` and everything that comes after it.
  void HoldFor(const ShardKey& shard, Job job);
  void OnStages(const ShardKey& shard, absl::StatusOr<RedisAnswer> answer);
  std::vector<std::string> StagesFor(const ApplyJob& job) const;
  // The script, after the entry in the index of shards for CreateShard.
  std::vector<RedisCommand> CommandsOf(const Transition& transition,
                                       const std::vector<std::string>& stages) const;
  void Keep(const ApplyJob& job, const StoreReply& reply, std::uint64_t connection);
  static void Fail(Job job, const absl::Status& status);

  RedisClient& client_;
  const RedisScripts& scripts_;
  DurableMark durability_;
  std::map<ShardKey, std::vector<std::string>> stages_;  // of shards that were met
  std::map<ShardKey, std::deque<Job>> held_;             // while its stages are learnt or made
};

}  // namespace assay
