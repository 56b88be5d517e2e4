#include "cli/embedded/stored_run.h"

#include <memory>
#include <utility>

#include "cli/embedded/embedded_run.h"
#include "cli/embedded/run_directory.h"
#include "common/runtime/asio_executor.h"
#include "coordinator/core/recovery.h"
#include "coordinator/core/reopen.h"
#include "coordinator/core/run_plan.h"
#include "judge/scorer_registry.h"

namespace assay {
namespace {

absl::StatusOr<v1::RunRecord> RecordOf(const BlobStore& blobs, const std::string& run_dir) {
  ASSAY_ASSIGN_OR_RETURN(std::optional<v1::RunRecord> record, FindRunRecord(blobs));
  if (!record) return NotFound("no run in " + run_dir + " (its store has no run record)");
  return *std::move(record);
}

}  // namespace

absl::StatusOr<StoredRun> LoadRun(const std::string& run_dir) {
  AsioExecutor executor;
  ASSAY_ASSIGN_OR_RETURN(const std::unique_ptr<SegmentBlobStore> blobs,
                         OpenRunStore(run_dir, /*read_only=*/true, &executor));
  StoredRun run;
  ASSAY_ASSIGN_OR_RETURN(run.record, RecordOf(*blobs, run_dir));
  ASSAY_ASSIGN_OR_RETURN(const RunPlan plan, RunPlan::Make(run.record, ScorerNeedsCalls));
  ASSAY_ASSIGN_OR_RETURN(
      const RecoveredRun recovered,
      RecoverRun(plan, *blobs, [&](UnitIndex unit, const v1::Envelope& envelope) {
        run.units[plan.IdOf(unit)].envelope = envelope;
      }));
  run.revision = recovered.revision;
  run.cancelled = recovered.cancelled;
  for (const auto& [unit, commit] : recovered.commits) {
    run.units[plan.IdOf(unit)].commit = commit.commit;
  }
  if (recovered.sealed) {
    const std::string key = ManifestKey(run.record.run_id(), run.revision);
    ASSAY_ASSIGN_OR_RETURN(const std::string value, blobs->Get(key));
    if (!run.manifest.emplace().ParseFromString(value)) return DataLoss(key + " is not a manifest");
  }
  return run;
}

absl::Status CreateRun(const std::string& run_dir, const v1::RunRecord& record) {
  return StoreNewRun(run_dir, {}, record);
}

absl::Status CreateRejudgeRun(const std::string& run_dir, v1::RunRecord record,
                              const std::string& source_run_dir, bool allow_missing) {
  AsioExecutor executor;
  ASSAY_ASSIGN_OR_RETURN(const std::unique_ptr<SegmentBlobStore> source_blobs,
                         OpenRunStore(source_run_dir, /*read_only=*/true, &executor));
  ASSAY_ASSIGN_OR_RETURN(const v1::RunRecord source, RecordOf(*source_blobs, source_run_dir));
  ASSAY_ASSIGN_OR_RETURN(const RunPlan source_plan, RunPlan::Make(source, ScorerNeedsCalls));
  ASSAY_ASSIGN_OR_RETURN(const RecoveredRun recovered, RecoverRun(source_plan, *source_blobs));
  record.set_source_run(source.run_id());
  ASSAY_ASSIGN_OR_RETURN(const RunPlan plan, RunPlan::Make(record, ScorerNeedsCalls));
  ASSAY_ASSIGN_OR_RETURN(TakenGenerations taken,
                         TakeGenerations(plan, source_plan, recovered, *source_blobs));
  if (!taken.missing.empty() && !allow_missing) {
    return FailedPrecondition("run " + source.run_id() + " lacks " +
                              std::to_string(taken.missing.size()) +
                              " of the generations, the first is " + taken.missing.front());
  }
  return StoreNewRun(run_dir, std::move(taken.envelopes), record);
}

}  // namespace assay
