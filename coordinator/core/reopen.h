// Units of a run that are opened again, in a new revision (docs/unit_states.md). Pure functions,
// thread-safe.
#pragma once

#include <span>
#include <vector>

#include "coordinator/core/recovery.h"

namespace assay {

// The next revision: opens the units that ended in one of `outcomes`, and those that score an
// opened generation. kNotFound when there is none, kFailedPrecondition for a cancelled run. Store
// the record under RevisionKey, then RecoverRun again.
absl::StatusOr<v1::RevisionRecord> PlanReopen(const RunPlan& plan, const RecoveredRun& run,
                                              std::span<const v1::Outcome> outcomes);

// The same of these units.
absl::StatusOr<v1::RevisionRecord> PlanReopen(const RunPlan& plan, const RecoveredRun& run,
                                              std::vector<UnitIndex> opened);

// failed, infra_lost, unjudged and quarantined: what --retry-errors opens.
std::span<const v1::Outcome> RetryableOutcomes();

// What a judge that gave nothing but garbage has left of a run that has not ended: units that ended
// unjudged, `limit` or more of one scorer or one judge in a row, by the time at which they
// finished. Those of one scorer pause a run (CoordinatorOptions::unjudged_limit), and its judge
// spoils other scorers with it. In order.
std::vector<UnitIndex> UnjudgedInARow(const RunPlan& plan, const RecoveredRun& run, int limit);

}  // namespace assay
