// Rebuilding a run from its blobs (run_blobs.h). Reads only.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "assay/v1/run_record.pb.h"
#include "common/base/status.h"
#include "common/blob/blob_store.h"
#include "coordinator/core/run_blobs.h"
#include "coordinator/core/run_plan.h"
#include "coordinator/store/attempt_id.h"
#include "coordinator/store/run_store.h"

namespace assay {

// A unit that has an envelope that counts.
struct RecoveredCommit {
  v1::CommitRecord commit;
  v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;  // of the generation, or the worst of the verdicts
  bool adopted = false;  // the envelope was found without a commit record, which must be written
};

// What a run store knows of units, when it does. It may have lost its newest writes, and it may
// know of results whose commit records were not written.
struct StoredUnit {
  v1::UnitState state = v1::UNIT_STATE_UNSPECIFIED;
  AttemptId attempt;
};
using StoredUnits = std::map<UnitIndex, StoredUnit>;

struct RecoveredRun {
  int revision = 0;
  std::uint64_t last_epoch = 0;  // of the leaders that have taken the run up
  bool sealed = false;           // the manifest of `revision` exists
  bool cancelled = false;        // a cancel was accepted
  std::map<UnitIndex, RecoveredCommit> commits;
  std::map<UnitIndex, AttemptId> last_attempt;  // the highest seen; grants continue after it
  std::map<UnitIndex, int> opened_in;           // units opened again, by newest revision
};

// The state of a run after its process ended at any moment. Newest commit record of each unit,
// unless the unit was opened again later; envelopes without one are adopted: the one of the lowest
// attempt that is newer than the commit of an earlier revision. kDataLoss: a record that cannot be
// read, does not belong to its key, or a commit without its envelope. `visit`, when given, sees
// every envelope that counts, once: committed ones in order of unit, then adopted ones.
using EnvelopeVisitor = std::function<void(UnitIndex unit, const v1::Envelope& envelope)>;
//
// With `stored`, which this leader has made its own before the blobs were listed, a unit that ended
// there counts as it ended there (kDataLoss without its envelope). One that is open there counts
// with its commit record unless that is older than the last grant (nobody was told of it:
// ADR 10), otherwise with the newest envelope at or after the last grant: if any attempt ever was
// committed, it is that one.
absl::StatusOr<RecoveredRun> RecoverRun(const RunPlan& plan, const BlobStore& blobs,
                                        const EnvelopeVisitor& visit = {},
                                        const StoredUnits& stored = {});

// Whether the envelopes that count are those of the manifest of a sealed run. kDataLoss names the
// first that is not, or says that there is no manifest.
absl::Status CheckAgainstManifest(const RunPlan& plan, const RecoveredRun& run,
                                  const BlobStore& blobs);

}  // namespace assay
