#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/store/redis_codec.h"
#include "coordinator/store/redis_layout.h"

namespace assay {
namespace {

std::string CellText(v1::UnitState state, const AttemptId& attempt) {
  return std::string(1, LetterOf(state)) + "|" + attempt.ToString();
}

// Keys named in a script's arguments by their index, each listed once.
class KeyList {
 public:
  explicit KeyList(std::vector<std::string> keys) : keys_(std::move(keys)) {}
  std::string IndexOf(const std::string& key) {
    const auto [entry, added] = indexes_.emplace(key, keys_.size() + 1);
    if (added) keys_.push_back(key);
    return std::to_string(entry->second);
  }
  std::vector<std::string> Take() { return std::move(keys_); }

 private:
  std::vector<std::string> keys_;
  std::map<std::string, std::size_t> indexes_;
};

class Encoder {
 public:
  Encoder(const RedisScripts& scripts, const std::vector<std::string>& stages)
      : scripts_(scripts), stages_(stages) {}

  RedisCommand operator()(const CreateShard& t) const;
  RedisCommand operator()(const AdoptShard& t) const {
    return {&scripts_.adopt, {MetaKey(t.shard)}, {TokenText(t.leader)}};
  }
  RedisCommand operator()(const GrantUnits& t) const {
    return PerUnit(scripts_.grant, t, t.grants);
  }
  RedisCommand operator()(const RequeueUnits& t) const {
    return PerUnit(scripts_.requeue, t, t.units);
  }
  RedisCommand operator()(const UnblockUnits& t) const;
  RedisCommand operator()(const CommitUnit& t) const;
  RedisCommand operator()(const FailUnit& t) const;
  RedisCommand operator()(const CancelShard& t) const {
    return OfAllStages(scripts_.cancel, {MetaKey(t.shard)}, {TokenText(t.leader)}, t.shard);
  }
  RedisCommand operator()(const SealCheck& t) const {
    return OfAllStages(scripts_.seal_check, {MetaKey(t.shard), SumsKey(t.shard)},
                       {TokenText(t.leader), t.close ? "1" : "0"}, t.shard);
  }

 private:
  template <typename T>
  RedisCommand PerUnit(const RedisScript& script, const T& t,
                       const std::vector<UnitGrant>& units) const {
    KeyList keys({MetaKey(t.shard)});
    std::vector<std::string> args = {TokenText(t.leader)};
    args.reserve(1 + 3 * units.size());
    for (const UnitGrant& unit : units) {
      args.push_back(keys.IndexOf(UnitsKey(t.shard, unit.unit.stage)));
      args.push_back(std::to_string(unit.unit.sample_index));
      args.push_back(unit.attempt.ToString());
    }
    return {&script, keys.Take(), std::move(args)};
  }
  RedisCommand OfAllStages(const RedisScript& script, std::vector<std::string> keys,
                           std::vector<std::string> args, const ShardKey& shard) const {
    for (const std::string& stage : stages_) {
      keys.push_back(UnitsKey(shard, stage));
      args.push_back(stage);
    }
    return {&script, std::move(keys), std::move(args)};
  }

  const RedisScripts& scripts_;
  const std::vector<std::string>& stages_;
};

void AddUnits(const ShardKey& shard, const std::vector<UnitAddress>& units, KeyList& keys,
              std::vector<std::string>& args) {
  for (const UnitAddress& unit : units) {
    args.push_back(keys.IndexOf(UnitsKey(shard, unit.stage)));
    args.push_back(std::to_string(unit.sample_index));
  }
}

RedisCommand Encoder::operator()(const UnblockUnits& t) const {
  KeyList keys({MetaKey(t.shard)});
  std::vector<std::string> args = {TokenText(t.leader)};
  AddUnits(t.shard, t.units, keys, args);
  return {&scripts_.unblock, keys.Take(), std::move(args)};
}

RedisCommand Encoder::operator()(const CommitUnit& t) const {
  KeyList keys({MetaKey(t.shard), UnitsKey(t.shard, t.unit.stage),
                RecordsKey(t.shard, t.unit.stage), SumsKey(t.shard)});
  std::vector<std::string> args = {TokenText(t.leader),
                                   std::to_string(t.unit.sample_index),
                                   t.attempt.ToString(),
                                   t.unit.stage,
                                   t.config_digest,
                                   t.record,
                                   std::to_string(t.dependents.size())};
  AddUnits(t.shard, t.dependents, keys, args);
  for (const auto& [name, value] : t.sums) {
    args.push_back(name);
    args.push_back(std::to_string(value));
  }
  return {&scripts_.commit, keys.Take(), std::move(args)};
}

RedisCommand Encoder::operator()(const FailUnit& t) const {
  KeyList keys({MetaKey(t.shard), UnitsKey(t.shard, t.unit.stage), FailuresKey(t.shard)});
  std::vector<std::string> args = {TokenText(t.leader),  std::to_string(t.unit.sample_index),
                                   t.attempt.ToString(), {LetterOf(t.state)},
                                   FailureField(t.unit), t.record};
  AddUnits(t.shard, t.dependents, keys, args);
  return {&scripts_.fail, keys.Take(), std::move(args)};
}

// The seeds of one stage, put together and sorted.
struct SeededStage {
  std::string config_digest;
  std::map<std::int32_t, const UnitSeed*> units;
};

// Empty when the seeds can be stored; otherwise what is wrong, perhaps with an empty detail.
std::optional<std::string> Gather(const CreateShard& t,
                                  std::map<std::string, SeededStage>& stages) {
  for (const StageSeed& seed : t.stages) {
    SeededStage& stage = stages[seed.stage];
    stage.config_digest = seed.config_digest;
    bool twice = false;
    for (const UnitSeed& unit : seed.units) {
      if (!IsOpenInRedis(unit.state) &&
          (unit.record.empty() || unit.record.size() > kMaxRecordBytes)) {
        return std::string();
      }
      twice = !stage.units.emplace(unit.sample_index, &unit).second || twice;
    }
    if (twice) return "a unit stands twice in " + seed.stage;
  }
  return std::nullopt;
}

void AddPairs(const std::vector<std::string>& pairs, std::vector<std::string>& args) {
  args.push_back(std::to_string(pairs.size() / 2));
  args.insert(args.end(), pairs.begin(), pairs.end());
}

RedisCommand Encoder::operator()(const CreateShard& t) const {
  std::map<std::string, SeededStage> seeded;
  const std::optional<std::string> wrong = Gather(t, seeded);
  RedisCommand command{
      &scripts_.create,
      {MetaKey(t.shard), SumsKey(t.shard), FailuresKey(t.shard)},
      {TokenText(t.leader), std::to_string(t.revision), wrong ? "bad" : "ok", wrong.value_or("")}};
  if (wrong) return command;
  std::vector<std::string> names;
  for (const auto& [name, stage] : seeded) names.push_back(name);
  for (const std::string& name : stages_) {
    if (!seeded.contains(name)) names.push_back(name);
  }
  command.args.push_back(std::to_string(seeded.size()));
  command.args.push_back(std::to_string(names.size() - seeded.size()));
  for (const std::string& name : names) {
    command.args.push_back(name);
    command.keys.push_back(UnitsKey(t.shard, name));
    command.keys.push_back(RecordsKey(t.shard, name));
  }
  std::vector<std::string> failures;
  for (const auto& [name, stage] : seeded) {
    std::vector<std::string> cells;
    std::vector<std::string> records;
    for (const auto& [sample, unit] : stage.units) {
      const std::string field = std::to_string(sample);
      cells.insert(cells.end(), {field, CellText(unit->state, unit->attempt)});
      if (IsOpenInRedis(unit->state)) continue;
      if (unit->state == v1::UNIT_STATE_DONE) {
        records.insert(records.end(), {field, unit->record});
      } else {
        failures.insert(failures.end(), {FailureField({name, sample}), unit->record});
      }
    }
    command.args.push_back(stage.config_digest);
    AddPairs(cells, command.args);
    AddPairs(records, command.args);
  }
  AddPairs(failures, command.args);
  for (const auto& [name, value] : t.sums) {
    command.args.push_back(name);
    command.args.push_back(std::to_string(value));
  }
  return command;
}

}  // namespace

const ShardKey& ShardOf(const Transition& transition) {
  return std::visit([](const auto& t) -> const ShardKey& { return t.shard; }, transition);
}

bool NeedsStages(const Transition& transition) {
  return std::holds_alternative<CancelShard>(transition) ||
         std::holds_alternative<SealCheck>(transition);
}

RedisCommand EncodeTransition(const Transition& transition, const std::vector<std::string>& stages,
                              const RedisScripts& scripts) {
  return std::visit(Encoder(scripts, stages), transition);
}

RedisCommand EncodeRead(const ShardKey& shard, const std::vector<std::string>& stages,
                        const RedisScripts& scripts) {
  RedisCommand command{&scripts.read, {MetaKey(shard), SumsKey(shard), FailuresKey(shard)}, stages};
  for (const std::string& stage : stages) {
    command.keys.push_back(UnitsKey(shard, stage));
    command.keys.push_back(RecordsKey(shard, stage));
  }
  return command;
}

}  // namespace assay
