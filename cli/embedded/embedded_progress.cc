#include "cli/embedded/embedded_progress.h"

namespace assay {
namespace {

constexpr absl::Duration kRateWindow = absl::Seconds(10);

EmbeddedUnitCounts Fill(const UnitCounts& units, std::int64_t unusable) {
  EmbeddedUnitCounts counts;
  counts.expected = units.total;
  counts.open = units.blocked + units.queued;
  counts.running = units.leased;
  counts.succeeded = units.done - unusable;
  counts.lost = units.ended() - counts.succeeded;
  return counts;
}

EmbeddedUnitCounts Sum(const EmbeddedUnitCounts& a, const EmbeddedUnitCounts& b) {
  return {.expected = a.expected + b.expected,
          .open = a.open + b.open,
          .running = a.running + b.running,
          .succeeded = a.succeeded + b.succeeded,
          .lost = a.lost + b.lost};
}

std::int64_t CountOf(const std::map<v1::Outcome, std::int64_t>& outcomes, v1::Outcome outcome) {
  const auto found = outcomes.find(outcome);
  return found == outcomes.end() ? 0 : found->second;
}

}  // namespace

double TokenRate::Sample(absl::Duration now, std::int64_t tokens) {
  samples_.emplace_back(now, tokens);
  while (samples_.size() > 2 && samples_[1].first <= now - kRateWindow) samples_.pop_front();
  const absl::Duration span = now - samples_.front().first;
  if (span <= absl::ZeroDuration()) return 0;
  return static_cast<double>(tokens - samples_.front().second) / absl::ToDoubleSeconds(span);
}

EmbeddedProgress MakeEmbeddedProgress(RunProgress run) {
  EmbeddedProgress progress;
  const std::int64_t without_text =
      run.generations.done - CountOf(run.generation_outcomes, v1::OUTCOME_GENERATED);
  progress.generations = Fill(run.generations, without_text);
  progress.judged = Fill(run.judged_scorings, CountOf(run.scoring_outcomes, v1::OUTCOME_UNJUDGED));
  progress.scorings = Sum(progress.judged, Fill(run.rule_scorings, 0));
  progress.cost_usd = run.cost_usd;
  progress.priced = run.priced;
  progress.state = RunPhaseName(run.phase);
  progress.pause_reason = run.pause_detail;
  progress.run = std::move(run);
  return progress;
}

}  // namespace assay
