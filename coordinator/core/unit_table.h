// The schedule's view of every unit of a run, 40 bytes each, and the one table of legal transitions
// (docs/unit_states.md). Pure. Owned by one run of the coordinator.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "assay/v1/unit.pb.h"
#include "coordinator/core/progress.h"
#include "coordinator/core/run_plan.h"
#include "coordinator/store/attempt_id.h"

namespace assay {

enum class UnitEvent { kUnblock, kGrant, kRequeue, kCommit, kFail, kQuarantine, kCancel };

// The state after `event`; empty when a unit in `from` cannot have it.
std::optional<v1::UnitState> NextState(v1::UnitState from, UnitEvent event);

bool IsOpenState(v1::UnitState state);

struct UnitCell {
  AttemptId attempt;  // the last one granted
  // Seconds of the steady clock at the first grant by this process; 0: none yet.
  std::uint32_t first_granted_s = 0;
  std::uint16_t opened_in = 0;     // revision in which it was opened last
  std::uint16_t committed_in = 0;  // revision of its commit record, once it has ended
  std::uint8_t state = v1::UNIT_STATE_QUEUED;
  std::uint8_t outcome = v1::OUTCOME_UNSPECIFIED;  // once ended: see WorstOutcome
  std::uint8_t infra_failures = 0;
  std::uint8_t protocol_failures = 0;
  std::uint8_t unknown_failures = 0;
  bool retry = false;    // it was granted before: after fresh work of its kind
  bool busy = false;     // a transition is on its way to the store; nothing else may start
  bool durable = false;  // its commit record is stored

  v1::UnitState unit_state() const { return static_cast<v1::UnitState>(state); }
  v1::Outcome unit_outcome() const { return static_cast<v1::Outcome>(outcome); }
};

class UnitTable {
 public:
  // Generations and preparations queued, scorings blocked.
  explicit UnitTable(const RunPlan& plan);

  UnitCell& operator[](UnitIndex unit) { return cells_[unit]; }
  const UnitCell& operator[](UnitIndex unit) const { return cells_[unit]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(cells_.size()); }

  // A transition that is not in the table is a failed check.
  void Apply(UnitIndex unit, UnitEvent event);
  // Puts a recovered unit into its state. Not a transition.
  void Restore(UnitIndex unit, v1::UnitState state);

  const UnitCounts& CountsOf(v1::UnitKind kind) const;
  std::int64_t open() const;
  std::int64_t leased() const;
  // Verdicts that the units which have ended owe, one a scorer of each.
  std::int64_t ended_scorings() const { return ended_scorings_; }

 private:
  UnitCounts& CountsFor(UnitIndex unit);
  static std::int64_t& CountOf(UnitCounts& counts, v1::UnitState state);

  const RunPlan& plan_;
  std::vector<UnitCell> cells_;
  UnitCounts counts_[5];  // by kind: generate, rules, judged, prepare, programs
  std::int64_t ended_scorings_ = 0;
};

}  // namespace assay
