// Random transitions over a few small shards, aimed at what is there: mostly legal, often repeated,
// late, by another leader or attempt, or malformed. The same seed gives the same transitions.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "coordinator/store/run_store.h"

namespace assay {

class RandomTransitions {
 public:
  explicit RandomTransitions(std::uint64_t seed) : random_(seed) {}

  // `views`: the shards as they are; one that is missing does not exist.
  Transition Next(const std::map<ShardKey, ShardView>& views) {
    if (!last_.empty() && Chance(8)) return last_[random_.Below(last_.size())];
    Transition next = Make(views);
    last_.push_back(next);
    if (last_.size() > 12) last_.erase(last_.begin());
    return next;
  }

  ShardKey AnyShard() { return {"run-a", static_cast<std::int32_t>(random_.Below(3))}; }

 private:
  static constexpr int kSamples = 5;

  bool Chance(std::uint64_t percent) { return random_.Below(100) < percent; }

  Transition Make(const std::map<ShardKey, ShardView>& views) {
    const ShardKey shard = AnyShard();
    const auto found = views.find(shard);
    if (found == views.end()) return Create(shard, {1 + random_.Below(3), Nonce()}, 0);
    const ShardView& view = found->second;
    const LeaderToken leader = Leader(view);
    const bool spent = view.counts.open() == 0 || view.state == ShardState::kSealing;
    if (Chance(spent ? 40 : 1)) {
      return Create(shard, leader, view.revision + static_cast<std::int32_t>(random_.Below(2)));
    }
    switch (random_.Below(20)) {
      case 0:
        return AdoptShard{shard, {view.leader.epoch + random_.Below(2), Nonce()}};
      case 1:
        if (Chance(10)) return CancelShard{shard, leader};
        [[fallthrough]];
      case 2:
        return SealCheck{shard, leader, Chance(50)};
      case 3:
      case 4: {
        UnblockUnits unblock{shard, leader, {}};
        for (std::uint64_t n = random_.Below(4); n > 0; --n) unblock.units.push_back(Unit(view));
        return unblock;
      }
      case 5:
      case 6:
      case 7:
        return RequeueUnits{shard, leader, Grants(view, false)};
      case 8:
      case 9: {
        const UnitAddress unit = Unit(view);
        return FailUnit{shard,         leader,          unit,       Held(view, unit),
                        FailedState(), Record(unit, 2), Units(view)};
      }
      case 10:
      case 11:
      case 12:
      case 13:
      case 14: {
        const UnitAddress unit = Unit(view);
        const std::string config = Chance(4) ? "other" : "cfg-" + unit.stage;
        return CommitUnit{shard,  leader,          unit,        Held(view, unit),
                          config, Record(unit, 3), Units(view), Sums()};
      }
      default:
        return GrantUnits{shard, leader, Grants(view, true)};
    }
  }

  std::string Nonce() { return std::string(1, static_cast<char>('a' + random_.Below(3))); }

  LeaderToken Leader(const ShardView& view) {
    if (!Chance(7)) return view.leader;
    return {view.leader.epoch + random_.Below(3) - 1, Nonce()};
  }

  UnitAddress Unit(const ShardView& view) {
    if (!view.units.empty() && !Chance(4)) {
      return view.units[random_.Below(view.units.size())].unit;
    }
    return {Chance(50) ? "g.m.0" : "g.none.0", static_cast<std::int32_t>(random_.Below(9))};
  }
  std::vector<UnitAddress> Units(const ShardView& view) {
    std::vector<UnitAddress> units;
    for (std::uint64_t n = random_.Below(3); n > 0; --n) units.push_back(Unit(view));
    return units;
  }

  // The attempt that holds a unit; now and then another.
  AttemptId Held(const ShardView& view, const UnitAddress& unit) {
    AttemptId held;
    for (const StoredUnitState& stored : view.units) {
      if (stored.unit == unit) held = stored.attempt;
    }
    if (Chance(6)) held.n += static_cast<std::uint32_t>(random_.Below(3));
    if (Chance(6) && held.n > 0) held.nonce ^= 1;
    return held;
  }
  std::vector<UnitGrant> Grants(const ShardView& view, bool next) {
    std::vector<UnitGrant> grants;
    for (std::uint64_t n = 1 + random_.Below(4); n > 0; --n) {
      const UnitAddress unit = Unit(view);
      AttemptId attempt = Held(view, unit);
      if (next && !Chance(10)) attempt = {attempt.n + 1, 0x10 + random_.Below(3)};
      grants.push_back({unit, attempt});
    }
    return grants;
  }

  v1::UnitState FailedState() {
    if (Chance(3)) return v1::UNIT_STATE_CANCELLED;
    if (Chance(3)) return v1::UNIT_STATE_DONE;
    return Chance(50) ? v1::UNIT_STATE_FAILED : v1::UNIT_STATE_QUARANTINED;
  }
  std::string Record(const UnitAddress& unit, std::uint64_t kinds) {
    if (Chance(2)) return "";
    if (Chance(2)) return std::string(kMaxRecordBytes + 1, 'r');
    std::string record = unit.stage + std::to_string(random_.Below(kinds));
    record.push_back('\0');
    record += "\xff\n";
    return record;
  }
  IntegerSums Sums() {
    IntegerSums sums;
    for (std::uint64_t n = random_.Below(3); n > 0; --n) {
      std::int64_t value = static_cast<std::int64_t>(random_.Below(2'000'001)) - 1'000'000;
      if (Chance(4)) value = Chance(50) ? kMaxSumAddend : -kMaxSumAddend;
      if (Chance(2)) value = Chance(50) ? kMaxSumAddend + 1 : -kMaxSumAddend - 1;
      sums["m" + std::to_string(random_.Below(3))] = value;
    }
    return sums;
  }

  CreateShard Create(const ShardKey& shard, const LeaderToken& leader, std::int32_t revision) {
    CreateShard create{shard, leader, revision, {}, Chance(30) ? Sums() : IntegerSums()};
    for (const char* stage : {"g.m.0", "g.m.1", "s.rules.m.0", "s.j.m.0", "s.j.m.1"}) {
      if (Chance(15)) continue;
      StageSeed seed{stage, std::string("cfg-") + stage, {}};
      for (int sample = 0; sample < kSamples; ++sample) seed.units.push_back(Seed(stage, sample));
      if (Chance(2)) seed.units.push_back(seed.units.front());
      create.stages.push_back(std::move(seed));
    }
    return create;
  }
  UnitSeed Seed(const std::string& stage, int sample) {
    UnitSeed seed;
    seed.sample_index = sample;
    seed.state = stage[0] == 'g' ? v1::UNIT_STATE_QUEUED : v1::UNIT_STATE_BLOCKED;
    if (!Chance(15)) return seed;
    const v1::UnitState ended[] = {v1::UNIT_STATE_DONE, v1::UNIT_STATE_FAILED,
                                   v1::UNIT_STATE_QUARANTINED, v1::UNIT_STATE_CANCELLED};
    seed.state = ended[random_.Below(4)];
    seed.attempt = {1, 0x77};
    seed.record = Chance(99) ? Record({stage, sample}, 2) : "";
    return seed;
  }

  Random random_;
  std::vector<Transition> last_;
};

// Everything that can be seen of a shard, and of a reply, as text.
inline std::string TextOf(const ShardCounts& counts) {
  std::string text = "counts";
  for (std::int64_t count : {counts.total, counts.blocked, counts.queued, counts.leased,
                             counts.done, counts.failed, counts.quarantined, counts.cancelled}) {
    text += " " + std::to_string(count);
  }
  return text;
}
inline std::string TextOf(const IntegerSums& sums) {
  std::string text;
  for (const auto& [name, value] : sums) text += " " + name + "=" + std::to_string(value);
  return text;
}
inline std::string TextOf(const ShardView& view) {
  std::string text = std::to_string(view.leader.epoch) + ":" + view.leader.nonce + " rev " +
                     std::to_string(view.revision) +
                     (view.state == ShardState::kRunning ? " running " : " sealing ") +
                     TextOf(view.counts) + TextOf(view.sums);
  for (const StoredUnitState& unit : view.units) {
    text += "\n" + unit.unit.stage + "/" + std::to_string(unit.unit.sample_index) + " " +
            std::to_string(unit.state) + " " + unit.attempt.ToString() + " " + unit.record;
  }
  return text;
}
inline std::string TextOf(const StoreReply& reply) {
  std::string text = StoreCodeName(reply.code) + (" " + reply.detail);
  for (StoreCode code : reply.units) text += std::string(" ") + StoreCodeName(code);
  return text + " " + TextOf(reply.counts) + TextOf(reply.sums);
}

}  // namespace assay
