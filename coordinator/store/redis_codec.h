// Transitions as calls of Lua scripts, and their replies back: the layout of a shard in Redis
// (docs/redis_schema.md) is known here and in the scripts only. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"
#include "coordinator/store/redis_client.h"
#include "coordinator/store/run_store.h"

namespace assay {

const ShardKey& ShardOf(const Transition& transition);

// Whether the scripts of a transition must be told every stage of the shard, since a script may not
// make up keys.
bool NeedsStages(const Transition& transition);

// `stages`: all stages of the shard where NeedsStages; for CreateShard those that may have to be
// removed; otherwise not used.
RedisCommand EncodeTransition(const Transition& transition, const std::vector<std::string>& stages,
                              const RedisScripts& scripts);
RedisCommand EncodeRead(const ShardKey& shard, const std::vector<std::string>& stages,
                        const RedisScripts& scripts);

struct ScriptVerdict {
  StoreReply reply;
  // The script was told the wrong stages and did nothing. `stages`: those to add, for CreateShard.
  bool restage = false;
  std::vector<std::string> stages;
};

// kDataLoss: a stored value is not what any script writes. kInternal: a reply of another shape.
absl::StatusOr<ScriptVerdict> DecodeVerdict(const Transition& transition, const RedisReply& reply);

struct ReadVerdict {
  ShardView view;
  bool restage = false;
};
// kNotFound: no such shard; otherwise as DecodeVerdict.
absl::StatusOr<ReadVerdict> DecodeRead(const ShardKey& shard,
                                       const std::vector<std::string>& stages,
                                       const RedisReply& reply);

// The stages in a HGETALL or HKEYS of the meta key, sorted; fields that name none are left out.
std::vector<std::string> StagesOf(const RedisReply& keys);

}  // namespace assay
