#include "coordinator/core/ready_queue.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/check.h"

namespace assay {
namespace {

constexpr std::uint32_t kRetryBit = std::uint32_t{1} << 31;

}  // namespace

ReadyQueue::ReadyQueue(const RunPlan& plan) : plan_(plan) {
  std::set<std::pair<int, std::string>> lanes;
  for (const StageRange& range : plan.ranges()) {
    lanes.emplace(-static_cast<int>(range.kind), range.endpoint);
  }
  for (const auto& [kind, endpoint] : lanes) {
    Lane lane;
    lane.kind = static_cast<v1::UnitKind>(-kind);
    lane.endpoint = endpoint;
    lanes_.push_back(std::move(lane));
  }
  for (const StageRange& range : plan.ranges()) {
    const auto lane = std::find_if(lanes_.begin(), lanes_.end(), [&](const Lane& l) {
      return l.kind == range.kind && l.endpoint == range.endpoint;
    });
    lane_of_range_.push_back(static_cast<std::size_t>(lane - lanes_.begin()));
  }
}

ReadyQueue::Key ReadyQueue::KeyOf(UnitIndex unit, bool retry) const {
  const bool generates = plan_.RangeOf(unit).kind == v1::UNIT_KIND_GENERATE;
  const auto words = static_cast<std::uint32_t>(
      generates ? std::max(0, plan_.SampleOf(unit).required_words()) : 0);
  return {(retry ? kRetryBit : 0) | (kRetryBit - 1 - words), unit};
}

ReadyQueue::Lane& ReadyQueue::LaneOf(UnitIndex unit) {
  const auto range = static_cast<std::size_t>(&plan_.RangeOf(unit) - plan_.ranges().data());
  return lanes_[lane_of_range_[range]];
}

void ReadyQueue::Push(UnitIndex unit, bool retry, absl::Duration not_before, absl::Duration now) {
  const Key key = KeyOf(unit, retry);
  if (not_before <= now) {
    const bool added = LaneOf(unit).ready.insert(key).second;
    ASSAY_CHECK(added);
    return;
  }
  const bool added = due_of_.emplace(unit, not_before).second;
  ASSAY_CHECK(added);
  delayed_.emplace(std::make_pair(not_before, unit), key);
  ++LaneOf(unit).delayed;
}

void ReadyQueue::Remove(UnitIndex unit, bool retry) {
  LaneOf(unit).ready.erase(KeyOf(unit, retry));
  const auto due = due_of_.find(unit);
  if (due == due_of_.end()) return;
  delayed_.erase({due->second, unit});
  due_of_.erase(due);
  --LaneOf(unit).delayed;
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
                                         const std::function<bool(const std::string&)>& may_lease) {
  Ripen(now);
  Lane* best = nullptr;
  for (Lane& lane : lanes_) {
    if (lane.ready.empty()) continue;
    if (std::find(kinds.begin(), kinds.end(), lane.kind) == kinds.end()) continue;
    if (best != nullptr &&
        (best->kind != lane.kind || *best->ready.begin() < *lane.ready.begin())) {
      continue;
    }
    if (may_lease(lane.endpoint)) best = &lane;
  }
  if (best == nullptr) return std::nullopt;
  const UnitIndex unit = best->ready.begin()->unit;
  best->ready.erase(best->ready.begin());
  return unit;
}

absl::Duration ReadyQueue::NextDue(absl::Duration now) {
  Ripen(now);
  return delayed_.empty() ? absl::InfiniteDuration() : delayed_.begin()->first.first;
}

std::vector<std::string> ReadyQueue::EndpointsInNeed() const {
  std::set<std::string> endpoints;
  for (const Lane& lane : lanes_) {
    if (!lane.ready.empty() || lane.delayed > 0) endpoints.insert(lane.endpoint);
  }
  return {endpoints.begin(), endpoints.end()};
}

bool ReadyQueue::empty() const { return size() == 0; }

std::size_t ReadyQueue::size() const {
  std::size_t count = delayed_.size();
  for (const Lane& lane : lanes_) count += lane.ready.size();
  return count;
}

}  // namespace assay
