// RunStore of one process: the truth of an embedded run, rebuilt from blobs when the process
// starts. Compact: about 100 bytes a unit. Used on the executor only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "coordinator/store/run_store.h"

namespace assay {

class MemoryRunStore : public RunStore {
 public:
  explicit MemoryRunStore(Executor& executor) : executor_(executor) {}

  void Apply(Transition transition, Callback<absl::StatusOr<StoreReply>> done) override;
  void ReadShard(const ShardKey& shard, Callback<absl::StatusOr<ShardView>> done) override;
  void WaitAll(Callback<absl::Status> done) override;
  void ListShards(const std::string& run_id,
                  Callback<absl::StatusOr<std::vector<ShardKey>>> done) override;

 private:
  struct Cell {
    std::int32_t sample_index = 0;
    v1::UnitState state = v1::UNIT_STATE_UNSPECIFIED;
    AttemptId attempt;
    std::string record;
  };
  struct Stage {
    std::string config_digest;
    std::vector<Cell> cells;  // sorted by sample index
  };
  struct Shard {
    LeaderToken leader;
    std::int32_t revision = 0;
    ShardState state = ShardState::kRunning;
    std::map<std::string, Stage, std::less<>> stages;
    IntegerSums sums;

    Cell* Find(const UnitAddress& unit);
    ShardCounts Counts() const;
  };

  // The shard, or the reply that refuses the transition.
  template <typename T>
  Shard* Open(const T& transition, StoreReply& refusal);

  StoreReply Run(CreateShard& transition);
  StoreReply Run(AdoptShard& transition);
  StoreReply Run(GrantUnits& transition);
  StoreReply Run(CommitUnit& transition);
  StoreReply Run(FailUnit& transition);
  StoreReply Run(RequeueUnits& transition);
  StoreReply Run(UnblockUnits& transition);
  StoreReply Run(CancelShard& transition);
  StoreReply Run(SealCheck& transition);

  Executor& executor_;
  std::map<ShardKey, Shard> shards_;
};

}  // namespace assay
