#include "coordinator/core/reopen.h"

#include <algorithm>
#include <array>
#include <map>

namespace assay {
namespace {

// Attempts of taken-over generations, which nobody was ever granted, have this nonce.
constexpr std::uint64_t kTakenNonce = 0x7ab3e00000000000;

}  // namespace

std::span<const v1::Outcome> RetryableOutcomes() {
  static constexpr std::array kOutcomes = {v1::OUTCOME_FAILED, v1::OUTCOME_INFRA_LOST,
                                           v1::OUTCOME_UNJUDGED, v1::OUTCOME_QUARANTINED};
  return kOutcomes;
}

absl::StatusOr<v1::RevisionRecord> PlanReopen(const RunPlan& plan, const RecoveredRun& run,
                                              std::span<const v1::Outcome> outcomes) {
  if (run.cancelled) return FailedPrecondition("the run was cancelled");
  std::vector<UnitIndex> opened;
  for (const auto& [unit, recovered] : run.commits) {
    if (std::find(outcomes.begin(), outcomes.end(), recovered.outcome) == outcomes.end()) continue;
    opened.push_back(unit);
    for (const UnitIndex scoring : plan.ScoringsOf(unit)) {
      if (run.commits.count(scoring) > 0) opened.push_back(scoring);
    }
    for (const UnitIndex scoring : plan.PreparedBy(unit)) {
      if (run.commits.count(scoring) > 0) opened.push_back(scoring);
    }
  }
  if (opened.empty()) return NotFound("no unit ended in a way that can be tried again");
  std::sort(opened.begin(), opened.end());
  opened.erase(std::unique(opened.begin(), opened.end()), opened.end());
  v1::RevisionRecord record;
  record.set_revision(run.revision + 1);
  for (const UnitIndex unit : opened) record.add_reopened_unit_ids(plan.IdOf(unit));
  return record;
}

absl::StatusOr<TakenGenerations> TakeGenerations(const RunPlan& plan, const RunPlan& source,
                                                 const RecoveredRun& source_run,
                                                 const BlobStore& source_blobs) {
  std::map<std::string, UnitIndex> by_name;
  const auto name_of = [](const RunPlan& p, UnitIndex unit) {
    const StageRange& range = p.RangeOf(unit);
    return p.record().suites(range.suite).digest() + "\n" +
           p.record().spec().models(range.model).id() + ", " + p.SampleOf(unit).id() + ", repeat " +
           std::to_string(range.repeat);
  };
  for (const auto& [unit, recovered] : source_run.commits) {
    if (source.RangeOf(unit).kind == v1::UNIT_KIND_GENERATE) by_name[name_of(source, unit)] = unit;
  }
  TakenGenerations taken;
  for (UnitIndex unit = 0; unit < plan.unit_count(); ++unit) {
    const StageRange& range = plan.RangeOf(unit);
    if (range.kind != v1::UNIT_KIND_GENERATE) continue;
    // A probe is made anew, at no cost.
    if (plan.record().spec().models(range.model).has_probe()) continue;
    const std::string name = name_of(plan, unit);
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      taken.missing.push_back(name.substr(name.find('\n') + 1));
      continue;
    }
    const v1::CommitRecord& commit = source_run.commits.at(found->second).commit;
    const std::string key =
        EnvelopeKey(source.run_id(), commit.unit_id(), *AttemptId::Parse(commit.attempt()));
    ASSAY_ASSIGN_OR_RETURN(auto envelope, ReadRecord<v1::Envelope>(source_blobs, key));
    const AttemptId attempt{1, kTakenNonce};
    if (envelope.provenance().reused_from().empty()) {
      envelope.mutable_provenance()->set_reused_from(source.run_id());
    }
    envelope.set_run_id(plan.run_id());
    envelope.set_unit_id(plan.IdOf(unit));
    envelope.set_attempt(attempt.ToString());
    taken.envelopes.push_back(
        {EnvelopeKey(plan.run_id(), plan.IdOf(unit), attempt), envelope.SerializeAsString()});
  }
  return taken;
}

}  // namespace assay
