// What a run keeps in its blob store, by key, and how single records are read. Reads only.
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

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/run_record.pb.h"
#include "common/base/status.h"
#include "common/blob/blob_store.h"
#include "coordinator/core/run_plan.h"
#include "coordinator/store/attempt_id.h"

namespace assay {

std::string RunKey(std::string_view run_id, std::string_view what);  // "run/<run>/<what>"
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

// The record under a key. kDataLoss: it is not of its kind.
template <typename Message>
absl::StatusOr<Message> ReadRecord(const BlobStore& blobs, const std::string& key) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, blobs.Get(key));
  Message message;
  if (!message.ParseFromString(bytes)) return DataLoss(key + ": not a record of its kind");
  return message;
}

// A whole number, nothing around it.
std::optional<int> ParseInt(std::string_view text);

// The journal that a unit goes on with, in order of key: records of its revision, and finished
// replies of earlier ones, unless it was opened again because they could not be used (unjudged).
// Errors of earlier revisions are left out, so that their calls are made again.
absl::StatusOr<std::vector<v1::JournalRecord>> ReadJournal(const RunPlan& plan, UnitIndex unit,
                                                           int revision, const BlobStore& blobs);

}  // namespace assay
