#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/log.h"
#include "coordinator/store/redis_codec.h"
#include "coordinator/store/redis_layout.h"

namespace assay {
namespace {

absl::Status Odd(std::string_view what) {
  return Internal("a script of the run store answered " + std::string(what));
}
absl::Status Corrupt(const ShardKey& shard, std::string_view what) {
  return DataLoss("shard " + std::to_string(shard.shard) + " of run " + shard.run_id +
                  " in Redis: " + EscapeForTerminal(what) + " is damaged");
}

std::optional<StoreCode> CodeOfName(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(StoreCode::kBadArgument); ++i) {
    const StoreCode code = static_cast<StoreCode>(i);
    if (name == StoreCodeName(code)) return code;
  }
  return std::nullopt;
}

template <typename T>
std::optional<T> ParseInteger(std::string_view text) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Name and value pairs of a hash as HGETALL gives them; empty when it is no such list.
std::optional<std::map<std::string, std::string>> FieldsOf(const RedisReply& reply) {
  if (reply.kind != RedisReply::Kind::kArray || reply.elements.size() % 2 != 0) return std::nullopt;
  std::map<std::string, std::string> fields;
  for (std::size_t i = 0; i < reply.elements.size(); i += 2) {
    fields.emplace(reply.elements[i].text, reply.elements[i + 1].text);
  }
  return fields;
}

absl::StatusOr<IntegerSums> SumsOf(const ShardKey& shard, const RedisReply& reply) {
  const auto fields = FieldsOf(reply);
  if (!fields) return Odd("no sums");
  IntegerSums sums;
  for (const auto& [name, text] : *fields) {
    const auto value = ParseInteger<std::int64_t>(text);
    if (!value) return Corrupt(shard, "sum " + name);
    sums[name] = *value;
  }
  return sums;
}

void Count(v1::UnitState state, ShardCounts& counts) {
  ++counts.total;
  counts.blocked += state == v1::UNIT_STATE_BLOCKED;
  counts.queued += state == v1::UNIT_STATE_QUEUED;
  counts.leased += state == v1::UNIT_STATE_LEASED;
  counts.done += state == v1::UNIT_STATE_DONE;
  counts.failed += state == v1::UNIT_STATE_FAILED;
  counts.quarantined += state == v1::UNIT_STATE_QUARANTINED;
  counts.cancelled += state == v1::UNIT_STATE_CANCELLED;
}

absl::Status DecodeCounts(const ShardKey& shard, const RedisReply& reply, StoreReply& result) {
  if (reply.elements.size() != 10) return Odd("counts of another shape");
  std::int64_t* const counts[] = {&result.counts.total,       &result.counts.blocked,
                                  &result.counts.queued,      &result.counts.leased,
                                  &result.counts.done,        &result.counts.failed,
                                  &result.counts.quarantined, &result.counts.cancelled};
  for (std::size_t i = 0; i < 8; ++i) *counts[i] = reply.elements[1 + i].integer;
  ASSAY_ASSIGN_OR_RETURN(result.sums, SumsOf(shard, reply.elements[9]));
  return absl::OkStatus();
}

absl::Status AddStage(const ShardKey& shard, const std::string& stage, const RedisReply& cells,
                      const std::map<std::string, std::string>& failures, const RedisReply& records,
                      ShardView& view) {
  const auto units = FieldsOf(cells);
  const auto stored = FieldsOf(records);
  if (!units || !stored) return Odd("units of another shape");
  const std::size_t first = view.units.size();
  for (const auto& [field, cell] : *units) {
    StoredUnitState unit;
    const auto sample = ParseInteger<std::int32_t>(field);
    const auto state = cell.size() > 2 && cell[1] == '|' ? StateOfLetter(cell[0]) : std::nullopt;
    const auto attempt = state ? AttemptId::Parse(cell.substr(2)) : std::nullopt;
    if (!sample || !attempt) return Corrupt(shard, "unit " + stage + "/" + field);
    unit.unit = {stage, *sample};
    unit.state = *state;
    unit.attempt = *attempt;
    const bool done = unit.state == v1::UNIT_STATE_DONE;
    const auto& from = done ? *stored : failures;
    const auto record = from.find(done ? field : FailureField(unit.unit));
    if (record != from.end()) {
      unit.record = record->second;
    } else if (done) {
      return Corrupt(shard, "record of unit " + stage + "/" + field);
    }
    Count(unit.state, view.counts);
    view.units.push_back(std::move(unit));
  }
  std::sort(view.units.begin() + static_cast<std::ptrdiff_t>(first), view.units.end(),
            [](const StoredUnitState& a, const StoredUnitState& b) { return a.unit < b.unit; });
  return absl::OkStatus();
}

absl::Status DecodeMeta(const ShardKey& shard, const RedisReply& reply, ShardView& view) {
  const auto meta = FieldsOf(reply);
  if (!meta) return Odd("no meta fields");
  const auto value = [&meta](const char* field) {
    const auto found = meta->find(field);
    return found == meta->end() ? std::string() : found->second;
  };
  const std::string leader = value("leader");
  const auto token = ParseToken(leader);
  const auto revision = ParseInteger<std::int32_t>(value("rev"));
  const std::string state = value("state");
  if (!token) return Corrupt(shard, "its leader");
  if (!revision) return Corrupt(shard, "its revision");
  if (state != "RUNNING" && state != "SEALING") return Corrupt(shard, "its state");
  view.leader = *token;
  view.revision = *revision;
  view.state = state == "RUNNING" ? ShardState::kRunning : ShardState::kSealing;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ScriptVerdict> DecodeVerdict(const Transition& transition, const RedisReply& reply) {
  const ShardKey& shard = ShardOf(transition);
  if (reply.kind != RedisReply::Kind::kArray || reply.elements.empty()) return Odd("no list");
  const std::string& name = reply.elements[0].text;
  const std::string detail = reply.elements.size() > 1 ? reply.elements[1].text : "";
  ScriptVerdict verdict;
  if (name == "CORRUPT") return Corrupt(shard, detail);
  if (name == "RESTAGE") {
    verdict.restage = true;
    for (std::size_t i = 1; i < reply.elements.size(); ++i) {
      verdict.stages.push_back(reply.elements[i].text);
    }
    return verdict;
  }
  const std::optional<StoreCode> code = CodeOfName(name);
  if (!code) return Odd("'" + EscapeForTerminal(name) + "'");
  verdict.reply.code = *code;
  const bool counted = std::holds_alternative<SealCheck>(transition) &&
                       (*code == StoreCode::kOk || *code == StoreCode::kNotOpen);
  if (counted) {
    ASSAY_RETURN_IF_ERROR(DecodeCounts(shard, reply, verdict.reply));
  } else if (*code == StoreCode::kOk) {
    for (std::size_t i = 1; i < reply.elements.size(); ++i) {
      const std::optional<StoreCode> unit = CodeOfName(reply.elements[i].text);
      if (!unit) return Odd("'" + EscapeForTerminal(reply.elements[i].text) + "' for a unit");
      verdict.reply.units.push_back(*unit);
    }
  } else if (*code == StoreCode::kNotOpen) {
    const auto state = detail.size() == 1 ? StateOfLetter(detail[0]) : std::nullopt;
    if (!state) return Corrupt(shard, "the state of a unit");
    verdict.reply.detail = v1::UnitState_Name(*state);
  } else {
    verdict.reply.detail = detail;
  }
  return verdict;
}

absl::StatusOr<ReadVerdict> DecodeRead(const ShardKey& shard,
                                       const std::vector<std::string>& stages,
                                       const RedisReply& reply) {
  if (reply.kind != RedisReply::Kind::kArray || reply.elements.empty()) return Odd("no list");
  ReadVerdict verdict;
  const std::string& name = reply.elements[0].text;
  if (name == "RESTAGE") {
    verdict.restage = true;
    return verdict;
  }
  if (name == "NOSHARD") {
    return NotFound("no shard " + std::to_string(shard.shard) + " of run " + shard.run_id);
  }
  if (name != "OK" || reply.elements.size() != 4 + 2 * stages.size()) return Odd("no shard");
  ASSAY_RETURN_IF_ERROR(DecodeMeta(shard, reply.elements[1], verdict.view));
  ASSAY_ASSIGN_OR_RETURN(verdict.view.sums, SumsOf(shard, reply.elements[2]));
  const auto failures = FieldsOf(reply.elements[3]);
  if (!failures) return Odd("no failures");
  for (std::size_t i = 0; i < stages.size(); ++i) {
    ASSAY_RETURN_IF_ERROR(AddStage(shard, stages[i], reply.elements[4 + 2 * i], *failures,
                                   reply.elements[5 + 2 * i], verdict.view));
  }
  return verdict;
}

std::vector<std::string> StagesOf(const RedisReply& keys) {
  std::set<std::string> stages;
  for (const RedisReply& field : keys.elements) {
    if (field.text.rfind(kConfigField, 0) == 0) {
      stages.insert(field.text.substr(kConfigField.size()));
    }
  }
  return {stages.begin(), stages.end()};
}

}  // namespace assay
