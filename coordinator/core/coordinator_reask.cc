// What a judge that gave nothing but garbage has left unjudged is asked again, after somebody has
// let the run go on: when all else has ended, in a new revision, as --retry-errors does it.
#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "common/base/log.h"
#include "coordinator/core/coordinator_state.h"
#include "coordinator/core/recovery.h"

namespace assay {
namespace {

// Empty: none is left.
v1::RevisionRecord SpoiltOf(const RunState& run, const std::set<std::int32_t>& judges) {
  std::set<UnitIndex> opened;
  for (UnitIndex unit = 0; unit < run.units.size(); ++unit) {
    if (run.units[unit].unit_outcome() != v1::OUTCOME_UNJUDGED) continue;
    if (judges.count(run.plan.RangeOf(unit).judge) == 0) continue;
    opened.insert(unit);
    for (const UnitIndex scoring : run.plan.PreparedBy(unit)) opened.insert(scoring);
  }
  v1::RevisionRecord record;
  record.set_revision(run.revision + 1);
  for (const UnitIndex unit : opened) record.add_reopened_unit_ids(run.plan.IdOf(unit));
  return record;
}

}  // namespace

void Coordinator::State::MarkJudgePause(RunState& run, int judge) {
  ++run.pending;
  Store(run,
        {{JudgePauseKey(run.plan.run_id(), run.revision, judge),
          run.record->spec().judges(judge).id()}},
        [this, &run](const absl::Status&) {
          --run.pending;
          ChainEnded(run);
        });
}

bool Coordinator::State::AskAgain(RunState& run) {
  if (run.cancelled) return false;
  const std::string prefix = JudgePausePrefix(run.plan.run_id(), run.revision);
  std::set<std::int32_t> judges;
  for (const BlobInfo& info : seams.blobs.List(prefix)) {
    std::int32_t judge = 0;
    if (absl::SimpleAtoi(info.key.substr(prefix.size()), &judge)) judges.insert(judge);
  }
  if (judges.empty()) return false;
  const v1::RevisionRecord record = SpoiltOf(run, judges);
  if (record.reopened_unit_ids().empty()) return false;
  if (run.phase == RunPhase::kPaused) return true;
  Log(LogLevel::kInfo, "judge_asked_again",
      {{"run", run.plan.run_id()}, {"units", std::to_string(record.reopened_unit_ids_size())}});
  if (run.phase != RunPhase::kDraining) run.phase = RunPhase::kStarting;
  ++run.pending;
  Store(run, {{RevisionKey(run.plan.run_id(), record.revision()), record.SerializeAsString()}},
        [this, &run](const absl::Status&) {
          // Stays pending: this state of the run is at its end.
          TakeUp(*run.record, &run, [this, &run](const absl::Status& status) {
            if (status.ok() || fenced) return;
            --run.pending;
            run.phase = RunPhase::kRunning;
            PauseRun(run, PauseReason::kIntegrity, std::string(MessageOf(status)));
          });
        });
  return true;
}

}  // namespace assay
