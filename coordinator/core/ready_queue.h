// The queued units of a run in the order in which they are to be granted, one lane for each kind,
// endpoint and model. Order inside a lane: fresh work before retries, then the longest required
// length first (generations), then order of unit. Deterministic. Pure; owned by one run of the
// coordinator.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/time/time.h"
#include "coordinator/core/call_lanes.h"
#include "coordinator/core/run_plan.h"

namespace assay {

class ReadyQueue {
 public:
  explicit ReadyQueue(const RunPlan& plan);

  // REQUIRES: not in the queue. `not_before`: when it may be granted, on the steady clock.
  void Push(UnitIndex unit, bool retry, absl::Duration not_before, absl::Duration now);
  // Takes a unit out wherever it is; nothing when it is not there.
  void Remove(UnitIndex unit, bool retry);

  // Of a lane and the unit that is first in it.
  using MayLease = std::function<bool(const CallLane&, UnitIndex)>;
  // The first unit that an agent for `kinds` may have: scorings before generations; lanes whose
  // first unit `may_lease` refuses are passed over. The unit is taken out.
  std::optional<UnitIndex> Pop(const std::vector<v1::UnitKind>& kinds, absl::Duration now,
                               const MayLease& may_lease);
  // Where the calls of a unit go.
  const CallLane& CallsOf(UnitIndex unit) const;

  // When the next unit that has to wait after `now` may be granted; InfiniteDuration when none has.
  absl::Duration NextDue(absl::Duration now);
  // Lanes in which units wait, delayed ones included; those that make no calls too.
  std::vector<CallLane> LanesInNeed() const;
  // When the unit of a kind was pushed that waits longest, to the second; delayed ones count too.
  // Empty when none waits.
  std::optional<absl::Duration> OldestSince(v1::UnitKind kind) const;
  bool empty() const;
  std::size_t size() const;

 private:
  struct Key {
    std::uint32_t rank = 0;  // retry bit, then inverse length
    UnitIndex unit = 0;
    std::uint32_t since_s = 0;  // when it was pushed; no part of the order
    friend bool operator<(const Key& a, const Key& b) {
      return a.rank != b.rank ? a.rank < b.rank : a.unit < b.unit;
    }
  };
  struct Lane {
    CallLane calls;
    absl::btree_set<Key> ready;
    std::size_t delayed = 0;
    std::map<std::uint32_t, std::uint32_t> waiting;  // units by when they were pushed

    void Comes(const Key& key) { ++waiting[key.since_s]; }
    void Goes(const Key& key);
  };

  Key KeyOf(UnitIndex unit, bool retry) const;
  Lane& LaneOf(UnitIndex unit);
  std::size_t LaneIndexOf(UnitIndex unit) const;
  void Ripen(absl::Duration now);

  const RunPlan& plan_;
  std::vector<Lane> lanes_;  // judged scorings, rule scorings, generations
  std::vector<std::size_t> lane_of_range_;
  std::map<std::pair<absl::Duration, UnitIndex>, Key> delayed_;
  std::map<UnitIndex, absl::Duration> due_of_;
};

}  // namespace assay
