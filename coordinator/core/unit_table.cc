#include "coordinator/core/unit_table.h"

#include "common/base/check.h"

namespace assay {

std::optional<v1::UnitState> NextState(v1::UnitState from, UnitEvent event) {
  const bool blocked = from == v1::UNIT_STATE_BLOCKED;
  const bool queued = from == v1::UNIT_STATE_QUEUED;
  const bool leased = from == v1::UNIT_STATE_LEASED;
  switch (event) {
    case UnitEvent::kUnblock:
      if (blocked) return v1::UNIT_STATE_QUEUED;
      break;
    case UnitEvent::kGrant:
      if (queued) return v1::UNIT_STATE_LEASED;
      break;
    case UnitEvent::kRequeue:
      if (leased) return v1::UNIT_STATE_QUEUED;
      break;
    case UnitEvent::kCommit:
      if (queued || leased) return v1::UNIT_STATE_DONE;
      break;
    case UnitEvent::kFail:
      if (queued || leased) return v1::UNIT_STATE_FAILED;
      break;
    case UnitEvent::kQuarantine:
      if (queued || leased) return v1::UNIT_STATE_QUARANTINED;
      break;
    case UnitEvent::kCancel:
      if (blocked || queued || leased) return v1::UNIT_STATE_CANCELLED;
      break;
  }
  return std::nullopt;
}

bool IsOpenState(v1::UnitState state) {
  return state == v1::UNIT_STATE_BLOCKED || state == v1::UNIT_STATE_QUEUED ||
         state == v1::UNIT_STATE_LEASED;
}

UnitTable::UnitTable(const RunPlan& plan) : plan_(plan), cells_(plan.unit_count()) {
  for (const StageRange& range : plan.ranges()) {
    const bool scores = IsScoring(range.kind);
    UnitCounts& counts = counts_[range.kind - v1::UNIT_KIND_GENERATE];
    counts.total += range.samples;
    (scores ? counts.blocked : counts.queued) += range.samples;
    for (UnitIndex i = 0; i < static_cast<UnitIndex>(range.samples); ++i) {
      cells_[range.first + i].state =
          static_cast<std::uint8_t>(scores ? v1::UNIT_STATE_BLOCKED : v1::UNIT_STATE_QUEUED);
    }
  }
}

void UnitTable::Apply(UnitIndex unit, UnitEvent event) {
  const std::optional<v1::UnitState> next = NextState(cells_[unit].unit_state(), event);
  ASSAY_CHECK(next.has_value());
  Restore(unit, *next);
}

void UnitTable::Restore(UnitIndex unit, v1::UnitState state) {
  UnitCounts& counts = CountsFor(unit);
  const bool had_ended = !IsOpenState(cells_[unit].unit_state());
  --CountOf(counts, cells_[unit].unit_state());
  ++CountOf(counts, state);
  if (had_ended == IsOpenState(state)) {
    const StageRange& range = plan_.RangeOf(unit);
    const auto scorings =
        static_cast<std::int64_t>(IsScoring(range.kind) ? range.scorers.size() : 0);
    ended_scorings_ += had_ended ? -scorings : scorings;
  }
  cells_[unit].state = static_cast<std::uint8_t>(state);
  ASSAY_CHECK(counts.open() + counts.ended() == counts.total);
}

const UnitCounts& UnitTable::CountsOf(v1::UnitKind kind) const {
  ASSAY_CHECK(kind >= v1::UNIT_KIND_GENERATE && kind <= v1::UNIT_KIND_SCORE_PROGRAMS);
  return counts_[kind - v1::UNIT_KIND_GENERATE];
}

std::int64_t UnitTable::open() const {
  std::int64_t open = 0;
  for (const UnitCounts& counts : counts_) open += counts.open();
  return open;
}

std::int64_t UnitTable::leased() const {
  std::int64_t leased = 0;
  for (const UnitCounts& counts : counts_) leased += counts.leased;
  return leased;
}

UnitCounts& UnitTable::CountsFor(UnitIndex unit) {
  return counts_[plan_.RangeOf(unit).kind - v1::UNIT_KIND_GENERATE];
}

std::int64_t& UnitTable::CountOf(UnitCounts& counts, v1::UnitState state) {
  switch (state) {
    case v1::UNIT_STATE_BLOCKED:
      return counts.blocked;
    case v1::UNIT_STATE_QUEUED:
      return counts.queued;
    case v1::UNIT_STATE_LEASED:
      return counts.leased;
    case v1::UNIT_STATE_DONE:
      return counts.done;
    case v1::UNIT_STATE_FAILED:
      return counts.failed;
    case v1::UNIT_STATE_QUARANTINED:
      return counts.quarantined;
    case v1::UNIT_STATE_CANCELLED:
      return counts.cancelled;
    default:
      ASSAY_CHECK(false);
  }
  return counts.total;
}

}  // namespace assay
