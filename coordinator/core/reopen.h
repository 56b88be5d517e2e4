// Opening ended units of a run again, and taking generations over from another run. Reads only;
// what must be written is returned.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "coordinator/core/recovery.h"

namespace assay {

// The next revision: opens the units that ended in one of `outcomes`, and those that score an
// opened generation. kNotFound when there is none, kFailedPrecondition for a cancelled run. Store
// the record under RevisionKey, then RecoverRun again.
absl::StatusOr<v1::RevisionRecord> PlanReopen(const RunPlan& plan, const RecoveredRun& run,
                                              std::span<const v1::Outcome> outcomes);

// failed, infra_lost, unjudged and quarantined: what --retry-errors opens.
std::span<const v1::Outcome> RetryableOutcomes();

// For a run that scores the generations of another one again: envelopes of `plan`'s generation
// units made of those that count in `source`, to be stored before the run starts, which then adopts
// them. Provenance says which run they came from. Generations that the source does not have are
// named in `missing` (model, sample, repeat), and stay open.
struct TakenGenerations {
  std::vector<BlobRecord> envelopes;
  std::vector<std::string> missing;
};
absl::StatusOr<TakenGenerations> TakeGenerations(const RunPlan& plan, const RunPlan& source,
                                                 const RecoveredRun& source_run,
                                                 const BlobStore& source_blobs);

}  // namespace assay
