#include "coordinator/core/reopen.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace assay {

std::span<const v1::Outcome> RetryableOutcomes() {
  static constexpr std::array kOutcomes = {v1::OUTCOME_FAILED, v1::OUTCOME_INFRA_LOST,
                                           v1::OUTCOME_UNJUDGED, v1::OUTCOME_QUARANTINED};
  return kOutcomes;
}

absl::StatusOr<v1::RevisionRecord> PlanReopen(const RunPlan& plan, const RecoveredRun& run,
                                              std::span<const v1::Outcome> outcomes) {
  std::vector<UnitIndex> opened;
  for (const auto& [unit, recovered] : run.commits) {
    if (std::find(outcomes.begin(), outcomes.end(), recovered.outcome) != outcomes.end())
      opened.push_back(unit);
  }
  return PlanReopen(plan, run, std::move(opened));
}

absl::StatusOr<v1::RevisionRecord> PlanReopen(const RunPlan& plan, const RecoveredRun& run,
                                              std::vector<UnitIndex> opened) {
  if (run.cancelled) return FailedPrecondition("the run was cancelled");
  if (opened.empty()) return NotFound("no unit ended in a way that can be tried again");
  const std::size_t ended = opened.size();
  for (std::size_t i = 0; i < ended; ++i) {
    for (const auto& scorings : {plan.ScoringsOf(opened[i]), plan.PreparedBy(opened[i])}) {
      for (const UnitIndex scoring : scorings) {
        if (run.commits.count(scoring) > 0) opened.push_back(scoring);
      }
    }
  }
  std::sort(opened.begin(), opened.end());
  opened.erase(std::unique(opened.begin(), opened.end()), opened.end());
  v1::RevisionRecord record;
  record.set_revision(run.revision + 1);
  for (const UnitIndex unit : opened) record.add_reopened_unit_ids(plan.IdOf(unit));
  return record;
}

std::vector<UnitIndex> UnjudgedInARow(const RunPlan& plan, const RecoveredRun& run, int limit) {
  const bool ended = run.sealed || run.cancelled || run.commits.size() == plan.unit_count();
  if (ended || limit <= 0) return {};
  using Verdicts = std::vector<std::pair<std::int64_t, UnitIndex>>;
  std::map<std::string, Verdicts> rows;  // of each scorer, and of each judge
  for (const auto& [unit, recovered] : run.commits) {
    const StageRange& range = plan.RangeOf(unit);
    if (range.judge < 0 || range.kind != v1::UNIT_KIND_SCORE_JUDGED) continue;
    const bool counts =
        recovered.outcome == v1::OUTCOME_SCORED || recovered.outcome == v1::OUTCOME_UNJUDGED;
    if (!counts) continue;
    const auto scorer = static_cast<std::size_t>(range.scorers[0]);
    rows["scorer " + plan.ScorersOf(range.suite)[scorer].id()].emplace_back(
        recovered.finished_unix_ms, unit);
    rows["judge " + std::to_string(range.judge)].emplace_back(recovered.finished_unix_ms, unit);
  }
  std::set<UnitIndex> units;
  for (auto& [name, verdicts] : rows) {
    std::sort(verdicts.begin(), verdicts.end());
    std::vector<UnitIndex> row;
    const auto end_row = [&] {
      if (row.size() >= static_cast<std::size_t>(limit)) units.insert(row.begin(), row.end());
      row.clear();
    };
    for (const auto& [finished, unit] : verdicts) {
      if (run.commits.at(unit).outcome == v1::OUTCOME_UNJUDGED) {
        row.push_back(unit);
      } else {
        end_row();
      }
    }
    end_row();
  }
  return {units.begin(), units.end()};
}

}  // namespace assay
