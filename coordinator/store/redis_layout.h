// Names of keys and forms of values in Redis (docs/redis_schema.md), shared by the two halves of
// the codec.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "coordinator/store/run_store.h"

namespace assay {

inline constexpr std::string_view kConfigField = "cfg:";  // in the meta hash, before a stage

std::string MetaKey(const ShardKey& shard);
std::string UnitsKey(const ShardKey& shard, const std::string& stage);
std::string RecordsKey(const ShardKey& shard, const std::string& stage);
std::string SumsKey(const ShardKey& shard);
std::string FailuresKey(const ShardKey& shard);
// Index of a run's shards.
std::string ShardsKey(const std::string& run_id);

// Field of a unit in the failures hash: "<stage>/<sample>".
std::string FailureField(const UnitAddress& unit);

char LetterOf(v1::UnitState state);
std::optional<v1::UnitState> StateOfLetter(char letter);
// Blocked, queued or leased.
bool IsOpenInRedis(v1::UnitState state);

// "epoch:nonce".
std::string TokenText(const LeaderToken& token);
std::optional<LeaderToken> ParseToken(std::string_view text);

}  // namespace assay
