#include "coordinator/store/memory_run_store.h"

#include <algorithm>
#include <utility>

namespace assay {
namespace {

bool IsOpen(v1::UnitState state) {
  return state == v1::UNIT_STATE_BLOCKED || state == v1::UNIT_STATE_QUEUED ||
         state == v1::UNIT_STATE_LEASED;
}

bool Holds(v1::UnitState state) {
  return state == v1::UNIT_STATE_QUEUED || state == v1::UNIT_STATE_LEASED;
}

StoreReply Refuse(StoreCode code, std::string detail = "") {
  StoreReply reply;
  reply.code = code;
  reply.detail = std::move(detail);
  return reply;
}

bool ValidRecord(const std::string& record) {
  return !record.empty() && record.size() <= kMaxRecordBytes;
}

bool ValidSums(const IntegerSums& sums) {
  return std::all_of(sums.begin(), sums.end(), [](const auto& sum) {
    return sum.second <= kMaxSumAddend && sum.second >= -kMaxSumAddend;
  });
}

}  // namespace

MemoryRunStore::Cell* MemoryRunStore::Shard::Find(const UnitAddress& unit) {
  const auto stage = stages.find(unit.stage);
  if (stage == stages.end()) return nullptr;
  std::vector<Cell>& cells = stage->second.cells;
  const auto found = std::lower_bound(
      cells.begin(), cells.end(), unit.sample_index,
      [](const Cell& cell, std::int32_t sample) { return cell.sample_index < sample; });
  return found != cells.end() && found->sample_index == unit.sample_index ? &*found : nullptr;
}

ShardCounts MemoryRunStore::Shard::Counts() const {
  ShardCounts counts;
  for (const auto& [name, stage] : stages) {
    for (const Cell& cell : stage.cells) {
      ++counts.total;
      counts.blocked += cell.state == v1::UNIT_STATE_BLOCKED;
      counts.queued += cell.state == v1::UNIT_STATE_QUEUED;
      counts.leased += cell.state == v1::UNIT_STATE_LEASED;
      counts.done += cell.state == v1::UNIT_STATE_DONE;
      counts.failed += cell.state == v1::UNIT_STATE_FAILED;
      counts.quarantined += cell.state == v1::UNIT_STATE_QUARANTINED;
      counts.cancelled += cell.state == v1::UNIT_STATE_CANCELLED;
    }
  }
  return counts;
}

template <typename T>
MemoryRunStore::Shard* MemoryRunStore::Open(const T& transition, StoreReply& refusal) {
  const auto found = shards_.find(transition.shard);
  if (found == shards_.end()) {
    refusal = Refuse(StoreCode::kNoShard);
    return nullptr;
  }
  Shard& shard = found->second;
  if (shard.leader != transition.leader) {
    refusal =
        Refuse(StoreCode::kFenced, std::to_string(shard.leader.epoch) + ":" + shard.leader.nonce);
    return nullptr;
  }
  if (shard.state != ShardState::kRunning) {
    refusal = Refuse(StoreCode::kClosed, "SEALING");
    return nullptr;
  }
  return &shard;
}

StoreReply MemoryRunStore::Run(CreateShard& t) {
  const auto found = shards_.find(t.shard);
  if (found != shards_.end()) {
    const LeaderToken& owner = found->second.leader;
    if (owner != t.leader && owner.epoch >= t.leader.epoch) {
      return Refuse(StoreCode::kFenced, std::to_string(owner.epoch) + ":" + owner.nonce);
    }
    if (found->second.revision >= t.revision) return Refuse(StoreCode::kExists);
  }
  Shard shard;
  shard.leader = t.leader;
  shard.revision = t.revision;
  shard.sums = std::move(t.sums);
  for (StageSeed& seed : t.stages) {
    Stage& stage = shard.stages[seed.stage];
    stage.config_digest = std::move(seed.config_digest);
    stage.cells.reserve(stage.cells.size() + seed.units.size());
    for (UnitSeed& unit : seed.units) {
      if (!IsOpen(unit.state) && !ValidRecord(unit.record)) return Refuse(StoreCode::kBadArgument);
      stage.cells.push_back({unit.sample_index, unit.state, unit.attempt, std::move(unit.record)});
    }
    std::sort(stage.cells.begin(), stage.cells.end(),
              [](const Cell& a, const Cell& b) { return a.sample_index < b.sample_index; });
    if (std::adjacent_find(stage.cells.begin(), stage.cells.end(),
                           [](const auto& a, const auto& b) {
                             return a.sample_index == b.sample_index;
                           }) != stage.cells.end()) {
      return Refuse(StoreCode::kBadArgument, "a unit stands twice in " + seed.stage);
    }
  }
  shards_.insert_or_assign(t.shard, std::move(shard));
  return {};
}

StoreReply MemoryRunStore::Run(AdoptShard& t) {
  const auto found = shards_.find(t.shard);
  if (found == shards_.end()) return Refuse(StoreCode::kNoShard);
  LeaderToken& owner = found->second.leader;
  if (owner == t.leader) return Refuse(StoreCode::kDuplicate);
  if (owner.epoch >= t.leader.epoch) {
    return Refuse(StoreCode::kFenced, std::to_string(owner.epoch) + ":" + owner.nonce);
  }
  owner = t.leader;
  return {};
}

StoreReply MemoryRunStore::Run(GrantUnits& t) {
  StoreReply reply;
  Shard* shard = Open(t, reply);
  if (shard == nullptr) return reply;
  for (const UnitGrant& grant : t.grants) {
    Cell* cell = shard->Find(grant.unit);
    StoreCode code = StoreCode::kOk;
    if (cell == nullptr) {
      code = StoreCode::kNoUnit;
    } else if (grant.attempt.none()) {
      code = StoreCode::kBadArgument;
    } else if (cell->state == v1::UNIT_STATE_LEASED && cell->attempt == grant.attempt) {
      code = StoreCode::kDuplicate;
    } else if (cell->state != v1::UNIT_STATE_QUEUED) {
      code = StoreCode::kNotOpen;
    } else if (grant.attempt.n <= cell->attempt.n) {
      code = StoreCode::kStale;
    } else {
      cell->state = v1::UNIT_STATE_LEASED;
      cell->attempt = grant.attempt;
    }
    reply.units.push_back(code);
  }
  return reply;
}

StoreReply MemoryRunStore::Run(CommitUnit& t) {
  StoreReply refusal;
  Shard* shard = Open(t, refusal);
  if (shard == nullptr) return refusal;
  Cell* cell = shard->Find(t.unit);
  if (cell == nullptr) return Refuse(StoreCode::kNoUnit);
  if (cell->state == v1::UNIT_STATE_DONE) {
    return Refuse(cell->record == t.record ? StoreCode::kDuplicate : StoreCode::kAlready);
  }
  if (!Holds(cell->state)) return Refuse(StoreCode::kNotOpen, v1::UnitState_Name(cell->state));
  if (cell->attempt != t.attempt) return Refuse(StoreCode::kStale, cell->attempt.ToString());
  if (shard->stages.find(t.unit.stage)->second.config_digest != t.config_digest) {
    return Refuse(StoreCode::kSkew);
  }
  if (!ValidRecord(t.record) || !ValidSums(t.sums)) return Refuse(StoreCode::kBadArgument);
  cell->state = v1::UNIT_STATE_DONE;
  cell->record = std::move(t.record);
  for (const UnitAddress& address : t.dependents) {
    Cell* dependent = shard->Find(address);
    if (dependent != nullptr && dependent->state == v1::UNIT_STATE_BLOCKED) {
      dependent->state = v1::UNIT_STATE_QUEUED;
    }
  }
  for (const auto& [name, value] : t.sums) shard->sums[name] += value;
  return {};
}

StoreReply MemoryRunStore::Run(FailUnit& t) {
  StoreReply refusal;
  Shard* shard = Open(t, refusal);
  if (shard == nullptr) return refusal;
  Cell* cell = shard->Find(t.unit);
  if (cell == nullptr) return Refuse(StoreCode::kNoUnit);
  if (cell->state == v1::UNIT_STATE_DONE) return Refuse(StoreCode::kAlready);
  if (cell->state == t.state && cell->attempt == t.attempt && cell->record == t.record) {
    return Refuse(StoreCode::kDuplicate);
  }
  if (!Holds(cell->state)) return Refuse(StoreCode::kNotOpen, v1::UnitState_Name(cell->state));
  if (cell->attempt != t.attempt) return Refuse(StoreCode::kStale, cell->attempt.ToString());
  if (!ValidRecord(t.record) ||
      (t.state != v1::UNIT_STATE_FAILED && t.state != v1::UNIT_STATE_QUARANTINED)) {
    return Refuse(StoreCode::kBadArgument);
  }
  cell->state = t.state;
  cell->record = std::move(t.record);
  for (const UnitAddress& address : t.dependents) {
    Cell* dependent = shard->Find(address);
    if (dependent != nullptr && dependent->state == v1::UNIT_STATE_BLOCKED) {
      dependent->state = v1::UNIT_STATE_QUEUED;
    }
  }
  return {};
}

StoreReply MemoryRunStore::Run(RequeueUnits& t) {
  StoreReply reply;
  Shard* shard = Open(t, reply);
  if (shard == nullptr) return reply;
  for (const UnitGrant& unit : t.units) {
    Cell* cell = shard->Find(unit.unit);
    StoreCode code = StoreCode::kOk;
    if (cell == nullptr) {
      code = StoreCode::kNoUnit;
    } else if (!Holds(cell->state)) {
      code = StoreCode::kNotOpen;
    } else if (cell->attempt != unit.attempt) {
      code = StoreCode::kStale;
    } else if (cell->state == v1::UNIT_STATE_QUEUED) {
      code = StoreCode::kDuplicate;
    } else {
      cell->state = v1::UNIT_STATE_QUEUED;
    }
    reply.units.push_back(code);
  }
  return reply;
}

StoreReply MemoryRunStore::Run(UnblockUnits& t) {
  StoreReply reply;
  Shard* shard = Open(t, reply);
  if (shard == nullptr) return reply;
  for (const UnitAddress& unit : t.units) {
    Cell* cell = shard->Find(unit);
    StoreCode code = StoreCode::kOk;
    if (cell == nullptr) {
      code = StoreCode::kNoUnit;
    } else if (cell->state == v1::UNIT_STATE_QUEUED) {
      code = StoreCode::kDuplicate;
    } else if (cell->state != v1::UNIT_STATE_BLOCKED) {
      code = StoreCode::kNotOpen;
    } else {
      cell->state = v1::UNIT_STATE_QUEUED;
    }
    reply.units.push_back(code);
  }
  return reply;
}

StoreReply MemoryRunStore::Run(CancelShard& t) {
  StoreReply reply;
  Shard* shard = Open(t, reply);
  if (shard == nullptr) return reply;
  reply.code = StoreCode::kDuplicate;
  for (auto& [name, stage] : shard->stages) {
    for (Cell& cell : stage.cells) {
      if (!IsOpen(cell.state)) continue;
      cell.state = v1::UNIT_STATE_CANCELLED;
      reply.code = StoreCode::kOk;
    }
  }
  return reply;
}

StoreReply MemoryRunStore::Run(SealCheck& t) {
  StoreReply reply;
  const auto found = shards_.find(t.shard);
  if (found == shards_.end()) return Refuse(StoreCode::kNoShard);
  Shard& shard = found->second;
  if (shard.leader != t.leader) {
    return Refuse(StoreCode::kFenced,
                  std::to_string(shard.leader.epoch) + ":" + shard.leader.nonce);
  }
  reply.counts = shard.Counts();
  reply.sums = shard.sums;
  if (reply.counts.open() > 0) {
    reply.code = StoreCode::kNotOpen;
  } else if (t.close) {
    shard.state = ShardState::kSealing;
  }
  return reply;
}

void MemoryRunStore::Apply(Transition transition, Callback<absl::StatusOr<StoreReply>> done) {
  StoreReply reply = std::visit([this](auto& t) { return Run(t); }, transition);
  executor_.Post([reply = std::move(reply), done = std::move(done)]() mutable {
    std::move(done)(std::move(reply));
  });
}

void MemoryRunStore::ReadShard(const ShardKey& key, Callback<absl::StatusOr<ShardView>> done) {
  absl::StatusOr<ShardView> answer =
      NotFound("no shard " + std::to_string(key.shard) + " of run " + key.run_id);
  const auto found = shards_.find(key);
  if (found != shards_.end()) {
    const Shard& shard = found->second;
    ShardView view;
    view.leader = shard.leader;
    view.revision = shard.revision;
    view.state = shard.state;
    view.counts = shard.Counts();
    view.sums = shard.sums;
    for (const auto& [name, stage] : shard.stages) {
      for (const Cell& cell : stage.cells) {
        view.units.push_back({{name, cell.sample_index}, cell.state, cell.attempt, cell.record});
      }
    }
    answer = std::move(view);
  }
  executor_.Post([answer = std::move(answer), done = std::move(done)]() mutable {
    std::move(done)(std::move(answer));
  });
}

void MemoryRunStore::WaitAll(Callback<absl::Status> done) {
  executor_.Post([done = std::move(done)]() mutable { std::move(done)(absl::OkStatus()); });
}

void MemoryRunStore::ListShards(const std::string& run_id,
                                Callback<absl::StatusOr<std::vector<ShardKey>>> done) {
  std::vector<ShardKey> keys;
  for (auto it = shards_.lower_bound({run_id, 0}); it != shards_.end(); ++it) {
    if (it->first.run_id != run_id) break;
    keys.push_back(it->first);
  }
  executor_.Post([keys = std::move(keys), done = std::move(done)]() mutable {
    std::move(done)(std::move(keys));
  });
}

}  // namespace assay
