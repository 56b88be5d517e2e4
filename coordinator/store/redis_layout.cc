#include "coordinator/store/redis_layout.h"

#include <array>
#include <charconv>

namespace assay {
namespace {

struct StateLetter {
  v1::UnitState state;
  char letter;
};
constexpr std::array<StateLetter, 8> kLetters = {{{v1::UNIT_STATE_BLOCKED, 'B'},
                                                  {v1::UNIT_STATE_QUEUED, 'Q'},
                                                  {v1::UNIT_STATE_LEASED, 'L'},
                                                  {v1::UNIT_STATE_DONE, 'D'},
                                                  {v1::UNIT_STATE_FAILED, 'F'},
                                                  {v1::UNIT_STATE_QUARANTINED, 'X'},
                                                  {v1::UNIT_STATE_CANCELLED, 'C'},
                                                  {v1::UNIT_STATE_UNSPECIFIED, 'U'}}};

std::string Prefix(const ShardKey& shard) {
  return "assay1:{" + shard.run_id + "." + std::to_string(shard.shard) + "}:";
}

}  // namespace

std::string MetaKey(const ShardKey& shard) { return Prefix(shard) + "m"; }

std::string ShardsKey(const std::string& run_id) { return "assay1:{" + run_id + "}:shards"; }

std::string UnitsKey(const ShardKey& shard, const std::string& stage) {
  return Prefix(shard) + "u:" + stage;
}
std::string RecordsKey(const ShardKey& shard, const std::string& stage) {
  return Prefix(shard) + "r:" + stage;
}
std::string SumsKey(const ShardKey& shard) { return Prefix(shard) + "a"; }
std::string FailuresKey(const ShardKey& shard) { return Prefix(shard) + "x"; }

std::string TokenText(const LeaderToken& token) {
  return std::to_string(token.epoch) + ":" + token.nonce;
}
std::string FailureField(const UnitAddress& unit) {
  return unit.stage + "/" + std::to_string(unit.sample_index);
}

char LetterOf(v1::UnitState state) {
  for (const StateLetter& entry : kLetters) {
    if (entry.state == state) return entry.letter;
  }
  return 'U';
}

std::optional<v1::UnitState> StateOfLetter(char letter) {
  for (const StateLetter& entry : kLetters) {
    if (entry.letter == letter) return entry.state;
  }
  return std::nullopt;
}

bool IsOpenInRedis(v1::UnitState state) {
  return state == v1::UNIT_STATE_BLOCKED || state == v1::UNIT_STATE_QUEUED ||
         state == v1::UNIT_STATE_LEASED;
}

std::optional<LeaderToken> ParseToken(std::string_view text) {
  LeaderToken token;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), token.epoch);
  if (error != std::errc() || end == text.data() + text.size() || *end != ':') return std::nullopt;
  token.nonce = std::string(end + 1, text.data() + text.size());
  return token;
}

}  // namespace assay
