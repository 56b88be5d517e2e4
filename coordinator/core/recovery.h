// Rebuilding a run from its blobs, and opening ended units again. Reads only; what must be written
// is returned. The keys of a run:
//
//   run/<run>/record                                        v1.RunRecord
//   run/<run>/journal/<unit>/<call hash>.<repeat>.<try>     v1.JournalRecord, in revision 0
//   run/<run>/journal/<unit>/r<revision>/<call hash>...     the same, of a unit opened again
//   run/<run>/envelope/<unit>/<attempt>                     v1.Envelope
//   run/<run>/commit/<unit>/<revision>[.<epoch>]            v1.CommitRecord; epoch 1 is left out
//   run/<run>/revision/<n>                                  v1.RevisionRecord
//   run/<run>/term/<epoch>                                  a leader's epoch; epoch 1 is left out
//   run/<run>/cancelled                                     v1.CancelRecord
//   run/<run>/judge_pause/<revision>/<judge>                the judge's id
//   run/<run>/manifest/<revision>                           v1.Manifest
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
#include "coordinator/core/run_plan.h"
#include "coordinator/store/attempt_id.h"
#include "coordinator/store/run_store.h"

namespace assay {

std::string RecordKey(std::string_view run_id);
std::string JournalPrefix(std::string_view run_id, std::string_view unit_id);  // all revisions
std::string JournalKey(std::string_view run_id, std::string_view unit_id, int revision,
                       const v1::JournalRecord& record);
std::string EnvelopeKey(std::string_view run_id, std::string_view unit_id,
                        const AttemptId& attempt);
// Every leader has keys of its own, so that a record that a leader of the past writes late stands
// beside that of its successor, never in its place.
std::string CommitKey(std::string_view run_id, std::string_view unit_id, int revision,
                      std::uint64_t epoch = 1);
std::string RevisionKey(std::string_view run_id, int revision);
std::string CancelKey(std::string_view run_id);
std::string TermKey(std::string_view run_id, std::uint64_t epoch);
// A revision in which a run paused because of a judge, by its place in the spec.
std::string JudgePausePrefix(std::string_view run_id, int revision);
std::string JudgePauseKey(std::string_view run_id, int revision, int judge);
std::string ManifestKey(std::string_view run_id, int revision);

// The ids of all runs that have a record, sorted.
std::vector<std::string> StoredRunIds(const BlobStore& blobs);

// The record of the highest epoch of a revision. kNotFound when there is none.
absl::StatusOr<v1::CommitRecord> ReadCommit(const BlobStore& blobs, std::string_view run_id,
                                            std::string_view unit_id, int revision);

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

// The journal that a unit goes on with, in order of key: records of its revision, and finished
// replies of earlier ones, unless it was opened again because they could not be used (unjudged).
// Errors of earlier revisions are left out, so that their calls are made again.
absl::StatusOr<std::vector<v1::JournalRecord>> ReadJournal(const RunPlan& plan, UnitIndex unit,
                                                           int revision, const BlobStore& blobs);

}  // namespace assay
