#include "coordinator/core/ready_queue.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "common/base/check.h"

namespace assay {
namespace {

constexpr std::uint32_t kRetryBit = std::uint32_t{1} << 31;

CallLane LaneFor(const RunPlan& plan, const StageRange& range) {
  CallLane lane;
  lane.endpoint = range.endpoint;
  lane.kind = range.kind;
  if (range.endpoint.empty()) return lane;
  const v1::RunSpec& spec = plan.record().spec();
  lane.model =
      range.judge >= 0 ? spec.judges(range.judge).model() : spec.models(range.model).model();
  return lane;
}

}  // namespace

void ReadyQueue::Lane::Goes(const Key& key) {
  const auto units = waiting.find(key.since_s);
  ASSAY_CHECK(units != waiting.end());
  if (--units->second == 0) waiting.erase(units);
}

ReadyQueue::ReadyQueue(const RunPlan& plan) : plan_(plan) {
  const auto later_kinds_first = [](const CallLane& a, const CallLane& b) {
    return std::tie(b.kind, a.endpoint, a.model) < std::tie(a.kind, b.endpoint, b.model);
  };
  std::map<CallLane, std::size_t, decltype(later_kinds_first)> lanes(later_kinds_first);
  for (const StageRange& range : plan.ranges()) lanes.emplace(LaneFor(plan, range), 0);
  for (auto& [calls, index] : lanes) {
    index = lanes_.size();
    lanes_.emplace_back().calls = calls;
  }
  for (const StageRange& range : plan.ranges()) {
    lane_of_range_.push_back(lanes.at(LaneFor(plan, range)));
  }
}

ReadyQueue::Key ReadyQueue::KeyOf(UnitIndex unit, bool retry) const {
  const bool generates = plan_.RangeOf(unit).kind == v1::UNIT_KIND_GENERATE;
  const auto words = static_cast<std::uint32_t>(
      generates ? std::max(0, plan_.SampleOf(unit).required_words()) : 0);
  return {(retry ? kRetryBit : 0) | (kRetryBit - 1 - words), unit, 0};
}

std::size_t ReadyQueue::LaneIndexOf(UnitIndex unit) const {
  return lane_of_range_[static_cast<std::size_t>(&plan_.RangeOf(unit) - plan_.ranges().data())];
}

ReadyQueue::Lane& ReadyQueue::LaneOf(UnitIndex unit) { return lanes_[LaneIndexOf(unit)]; }

const CallLane& ReadyQueue::CallsOf(UnitIndex unit) const {
  return lanes_[LaneIndexOf(unit)].calls;
}

void ReadyQueue::Push(UnitIndex unit, bool retry, absl::Duration not_before, absl::Duration now) {
  Key key = KeyOf(unit, retry);
  key.since_s = static_cast<std::uint32_t>(absl::ToInt64Seconds(now));
  Lane& lane = LaneOf(unit);
  lane.Comes(key);
  if (not_before <= now) {
    const bool added = lane.ready.insert(key).second;
    ASSAY_CHECK(added);
    return;
  }
  const bool added = due_of_.emplace(unit, not_before).second;
  ASSAY_CHECK(added);
  delayed_.emplace(std::make_pair(not_before, unit), key);
  ++lane.delayed;
}

void ReadyQueue::Remove(UnitIndex unit, bool retry) {
  Lane& lane = LaneOf(unit);
  if (const auto ready = lane.ready.find(KeyOf(unit, retry)); ready != lane.ready.end()) {
    lane.Goes(*ready);
    lane.ready.erase(ready);
  }
  const auto due = due_of_.find(unit);
  if (due == due_of_.end()) return;
  const auto delayed = delayed_.find({due->second, unit});
  lane.Goes(delayed->second);
  delayed_.erase(delayed);
  due_of_.erase(due);
  --lane.delayed;
}

void ReadyQueue::Ripen(absl::Duration now) {
  while (!delayed_.empty() && delayed_.begin()->first.first <= now) {
    const Key key = delayed_.begin()->second;
    delayed_.erase(delayed_.begin());
    due_of_.erase(key.unit);
    Lane& lane = LaneOf(key.unit);
    --lane.delayed;
    lane.ready.insert(key);
  }
}

std::optional<UnitIndex> ReadyQueue::Pop(const std::vector<v1::UnitKind>& kinds, absl::Duration now,
                                         const MayLease& may_lease) {
  Ripen(now);
  Lane* best = nullptr;
  for (Lane& lane : lanes_) {
    if (lane.ready.empty()) continue;
    if (std::find(kinds.begin(), kinds.end(), lane.calls.kind) == kinds.end()) continue;
    if (best != nullptr &&
        (best->calls.kind != lane.calls.kind || *best->ready.begin() < *lane.ready.begin())) {
      continue;
    }
    if (may_lease(lane.calls, lane.ready.begin()->unit)) best = &lane;
  }
  if (best == nullptr) return std::nullopt;
  const UnitIndex unit = best->ready.begin()->unit;
  best->Goes(*best->ready.begin());
  best->ready.erase(best->ready.begin());
  return unit;
}

absl::Duration ReadyQueue::NextDue(absl::Duration now) {
  Ripen(now);
  return delayed_.empty() ? absl::InfiniteDuration() : delayed_.begin()->first.first;
}

std::vector<CallLane> ReadyQueue::LanesInNeed() const {
  std::vector<CallLane> lanes;
  for (const Lane& lane : lanes_) {
    if (!lane.ready.empty() || lane.delayed > 0) lanes.push_back(lane.calls);
  }
  return lanes;
}

std::optional<absl::Duration> ReadyQueue::OldestSince(v1::UnitKind kind) const {
  std::optional<absl::Duration> oldest;
  for (const Lane& lane : lanes_) {
    if (lane.calls.kind != kind || lane.waiting.empty()) continue;
    const absl::Duration since = absl::Seconds(lane.waiting.begin()->first);
    if (!oldest.has_value() || since < *oldest) oldest = since;
  }
  return oldest;
}

bool ReadyQueue::empty() const { return size() == 0; }

std::size_t ReadyQueue::size() const {
  std::size_t count = delayed_.size();
  for (const Lane& lane : lanes_) count += lane.ready.size();
  return count;
}

}  // namespace assay
