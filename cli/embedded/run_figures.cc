#include "cli/embedded/run_figures.h"

#include <algorithm>
#include <cstdlib>

#include "cli/embedded/metric_labels.h"
#include "common/base/log.h"
#include "common/metrics/metric_names.h"

namespace assay {
namespace {

constexpr char kGenerate[] = "generate";
constexpr char kScoreRules[] = "score_rules";
constexpr char kScoreJudged[] = "score_judged";
constexpr char kScorePrograms[] = "score_programs";
constexpr char kScore[] = "score";

constexpr const char* kKinds[] = {kGenerate, kScoreRules, kScoreJudged, kScorePrograms};
constexpr const char* kBreakerStates[] = {"closed", "open", "probing"};
constexpr const char* kInvariants[] = {"I1", "integrity"};

void AddUnits(const UnitCounts& units, RunFigures::Units& sum) {
  sum.by_state["blocked"] += units.blocked;
  sum.by_state["queued"] += units.queued;
  sum.by_state["leased"] += units.leased;
  sum.by_state["done"] += units.done;
  sum.by_state["failed"] += units.failed;
  sum.by_state["quarantined"] += units.quarantined;
  sum.by_state["cancelled"] += units.cancelled;
}

std::int64_t Total(const std::map<v1::Outcome, std::int64_t>& outcomes) {
  std::int64_t total = 0;
  for (const auto& [outcome, count] : outcomes) total += count;
  return total;
}

RunFigures::EndpointFigures FiguresOf(const EndpointProgress& endpoint) {
  RunFigures::EndpointFigures figures;
  figures.limit = endpoint.max_in_flight;
  figures.leased = endpoint.leased;
  figures.paused = endpoint.paused != PauseReason::kNone;
  for (const LaneProgress& lane : endpoint.lanes) {
    figures.lanes[KindLabel(lane.kind)] = {lane.limit, lane.in_flight};
    figures.breakers["closed"] += lane.breakers_closed;
    figures.breakers["open"] += lane.breakers_open;
    figures.breakers["probing"] += lane.breakers_probing;
  }
  return figures;
}

void DeclareOutcomes(MetricRegistry& metrics) {
  for (const v1::Outcome outcome :
       {v1::OUTCOME_GENERATED, v1::OUTCOME_REFUSED, v1::OUTCOME_EMPTY, v1::OUTCOME_TOO_SLOW}) {
    metrics.GetGauge(metric::kOutcomes, {{"kind", kGenerate}, {"outcome", OutcomeLabel(outcome)}});
  }
  for (const v1::Outcome outcome : {v1::OUTCOME_SCORED, v1::OUTCOME_UNJUDGED}) {
    metrics.GetGauge(metric::kOutcomes, {{"kind", kScore}, {"outcome", OutcomeLabel(outcome)}});
  }
}

}  // namespace

std::int64_t RunFigures::Units::queued() const {
  const auto found = by_state.find("queued");
  return found == by_state.end() ? 0 : found->second;
}

std::int64_t RunFigures::Units::ended() const {
  std::int64_t count = 0;
  for (const auto& [state, units] : by_state) {
    if (state != "blocked" && state != "queued" && state != "leased") count += units;
  }
  return count;
}

std::int64_t UnaccountedOutcomes(const RunProgress& run) {
  if (run.phase == RunPhase::kStarting || run.phase == RunPhase::kCancelling) return 0;
  std::int64_t unaccounted = 0;
  for (const UnitCounts* units :
       {&run.generations, &run.rule_scorings, &run.judged_scorings, &run.preparations}) {
    unaccounted += std::abs(units->total - units->open() - units->ended());
  }
  unaccounted += std::abs(run.generations.ended() - Total(run.generation_outcomes));
  return unaccounted + std::abs(run.ended_scorings - Total(run.scoring_outcomes));
}

void RunFigures::Add(const RunProgress& run) {
  AddUnits(run.generations, units[kGenerate]);
  AddUnits(run.rule_scorings, units[kScoreRules]);
  AddUnits(run.judged_scorings, units[kScoreJudged]);
  for (const auto& [outcome, count] : run.generation_outcomes) {
    outcomes[{kGenerate, OutcomeLabel(outcome)}] += count;
  }
  for (const auto& [outcome, count] : run.scoring_outcomes) {
    outcomes[{kScore, OutcomeLabel(outcome)}] += count;
  }
  truncated += run.truncated;
  cost_usd += run.cost_usd;
  retries += run.retries;
  throttles += run.throttles;
  lost_leases += run.lost_leases;
  for (const auto& [scorer, progress] : run.verdicts) {
    verdicts[scorer].required += progress.required;
    verdicts[scorer].judged += progress.judged;
  }
  for (const auto& [kind, age] : run.oldest_queued) {
    absl::Duration& oldest = oldest_queued[KindLabel(kind)];
    oldest = std::max(oldest, age);
  }
  undurable += run.undurable;
  oldest_undurable = std::max(oldest_undurable, run.oldest_undurable);
  if (UnaccountedOutcomes(run) != 0) {
    ++violations["I1"];
    Log(LogLevel::kError, "outcomes_unaccounted",
        {{"run", run.run_id}, {"count", UnaccountedOutcomes(run)}});
  }
  if (run.pause_reason == PauseReason::kIntegrity) ++violations["integrity"];
  for (const EndpointProgress& endpoint : run.endpoints) {
    endpoints[endpoint.endpoint] = FiguresOf(endpoint);
  }
}

FiguresPublisher::FiguresPublisher(MetricRegistry& metrics) : metrics_(metrics) {
  for (const char* invariant : kInvariants) {
    metrics_.GetCounter(metric::kInvariantViolations, {{"invariant", invariant}});
  }
}

// A total that goes back is one of fewer runs, or of a coordinator that took over.
void FiguresPublisher::Advance(const MetricFamily& family, std::int64_t value) {
  std::int64_t& counted = counted_[family.name];
  metrics_.GetCounter(family, {})
      .Add(static_cast<double>(std::max<std::int64_t>(0, value - counted)));
  counted = value;
}

void FiguresPublisher::PublishUnits(const RunFigures& figures, absl::Duration now) {
  for (const auto& [kind, units] : figures.units) {
    for (const auto& [state, count] : units.by_state) {
      metrics_.GetGauge(metric::kUnits, {{"kind", kind}, {"state", state}})
          .Set(static_cast<double>(count));
    }
    const auto [moved, first] =
        movements_.try_emplace(kind, Movement{units.queued(), units.ended(), now});
    Movement& last = moved->second;
    if (units.queued() == 0 || units.queued() != last.queued || units.ended() != last.ended) {
      last = {units.queued(), units.ended(), now};
    }
    metrics_.GetGauge(metric::kQueueStalled, {{"kind", kind}})
        .Set(absl::ToDoubleSeconds(now - last.at));
  }
}

void FiguresPublisher::KeepWhatWasShown(RunFigures& figures) const {
  for (const auto& [kind, units] : last_.units) {
    for (const auto& [state, count] : units.by_state) {
      figures.units[kind].by_state.try_emplace(state, 0);
    }
  }
  for (const auto& [labels, count] : last_.outcomes) figures.outcomes.try_emplace(labels, 0);
  for (const auto& [scorer, progress] : last_.verdicts) figures.verdicts.try_emplace(scorer);
  for (const auto& [id, endpoint] : last_.endpoints) {
    auto& shown = figures.endpoints[id];
    for (const auto& [kind, lane] : endpoint.lanes) shown.lanes.try_emplace(kind, 0, 0);
  }
}

void FiguresPublisher::PublishEndpoints(const RunFigures& figures) {
  for (const auto& [id, endpoint] : figures.endpoints) {
    const MetricLabels labels = {{"endpoint", id}};
    metrics_.GetGauge(metric::kEndpointLimit, labels).Set(endpoint.limit);
    metrics_.GetGauge(metric::kEndpointLeased, labels).Set(endpoint.leased);
    metrics_.GetGauge(metric::kEndpointPaused, labels).Set(endpoint.paused ? 1 : 0);
    for (const auto& [kind, lane] : endpoint.lanes) {
      metrics_.GetGauge(metric::kLaneLimit, {{"endpoint", id}, {"kind", kind}}).Set(lane.first);
      metrics_.GetGauge(metric::kLaneInFlight, {{"endpoint", id}, {"kind", kind}}).Set(lane.second);
    }
    for (const char* state : kBreakerStates) {
      const auto breakers = endpoint.breakers.find(state);
      metrics_.GetGauge(metric::kBreakers, {{"endpoint", id}, {"state", state}})
          .Set(breakers == endpoint.breakers.end() ? 0 : breakers->second);
    }
  }
}

void FiguresPublisher::PublishVerdicts(const RunFigures& figures) {
  for (const auto& [scorer, progress] : figures.verdicts) {
    metrics_.GetGauge(metric::kRequiredVerdicts, {{"scorer", scorer}})
        .Set(static_cast<double>(progress.required));
    metrics_.GetGauge(metric::kJudgedVerdicts, {{"scorer", scorer}})
        .Set(static_cast<double>(progress.judged));
  }
  for (const auto& [invariant, runs] : figures.violations) {
    metrics_.GetCounter(metric::kInvariantViolations, {{"invariant", invariant}})
        .Add(static_cast<double>(runs));
  }
}

void FiguresPublisher::Publish(RunFigures figures, absl::Duration now) {
  KeepWhatWasShown(figures);
  PublishUnits(figures, now);
  PublishEndpoints(figures);
  PublishVerdicts(figures);
  for (const auto& [labels, count] : figures.outcomes) {
    metrics_.GetGauge(metric::kOutcomes, {{"kind", labels.first}, {"outcome", labels.second}})
        .Set(static_cast<double>(count));
  }
  for (const char* kind : kKinds) {
    const auto oldest = figures.oldest_queued.find(kind);
    metrics_.GetGauge(metric::kOldestQueued, {{"kind", kind}})
        .Set(oldest == figures.oldest_queued.end() ? 0 : absl::ToDoubleSeconds(oldest->second));
  }
  metrics_.GetGauge(metric::kUndurableResults, {}).Set(static_cast<double>(figures.undurable));
  metrics_.GetGauge(metric::kDurableLag, {}).Set(absl::ToDoubleSeconds(figures.oldest_undurable));
  metrics_.GetGauge(metric::kTruncated, {}).Set(static_cast<double>(figures.truncated));
  metrics_.GetGauge(metric::kCost, {}).Set(figures.cost_usd);
  Advance(metric::kRetries, figures.retries);
  Advance(metric::kThrottles, figures.throttles);
  Advance(metric::kLostLeases, figures.lost_leases);
  last_ = std::move(figures);
}

void DeclareCallMetrics(const std::string& endpoint, MetricRegistry& metrics) {
  for (int value = 0; value < v1::ErrorClass_ARRAYSIZE; ++value) {
    metrics.GetCounter(metric::kCalls, {{"class", ClassLabel(static_cast<v1::ErrorClass>(value))},
                                        {"endpoint", endpoint}});
  }
  for (const char* purpose : {"generate", "judge"}) {
    const MetricLabels labels = {{"endpoint", endpoint}, {"purpose", purpose}};
    metrics.GetGauge(metric::kCallsInFlight, labels);
    metrics.GetHistogram(metric::kCallSeconds, labels, metric::CallBounds());
    for (const char* kind : {"prompt", "completion", "reasoning"}) {
      metrics.GetCounter(metric::kTokens,
                         {{"endpoint", endpoint}, {"kind", kind}, {"purpose", purpose}});
    }
  }
  metrics.GetHistogram(metric::kFirstToken, {{"endpoint", endpoint}}, metric::FirstTokenBounds());
  metrics.GetHistogram(metric::kInterTokenGap, {{"endpoint", endpoint}},
                       metric::InterTokenGapBounds());
}

void DeclareAgentMetrics(MetricRegistry& metrics) {
  for (int value = 0; value < v1::ErrorClass_ARRAYSIZE; ++value) {
    metrics.GetCounter(metric::kUnitAttempts,
                       {{"class", ClassLabel(static_cast<v1::ErrorClass>(value))}});
  }
  for (int value = v1::SETTLEMENT_OK; value < v1::Settlement_ARRAYSIZE; ++value) {
    metrics.GetCounter(metric::kSettlements,
                       {{"settlement", SettlementLabel(static_cast<v1::Settlement>(value))}});
  }
  for (const char* reason : {"failed", "stale", "closed", "unknown"}) {
    metrics.GetCounter(metric::kWastedTokens, {{"reason", reason}});
  }
  for (const char* result : {"answered", "failed"}) {
    metrics.GetCounter(metric::kSyncs, {{"result", result}});
  }
  for (const char* kind : kKinds) {
    metrics.GetHistogram(metric::kLeaseHold, {{"kind", kind}}, metric::LeaseHoldBounds());
  }
  metrics.GetHistogram(metric::kJournalPut, {}, metric::PutBounds());
  metrics.GetHistogram(metric::kEnvelopePut, {}, metric::PutBounds());
}

void DeclareMetrics(const v1::RunRecord& record, MetricRegistry& metrics) {
  DeclareAgentMetrics(metrics);
  DeclareOutcomes(metrics);
  for (const v1::Endpoint& endpoint : record.spec().endpoints()) {
    DeclareCallMetrics(endpoint.id(), metrics);
  }
  const v1::RunSpec& spec = record.spec();
  for (const v1::Suite& suite : record.suites()) {
    const auto& scorers = spec.scorers().empty() ? suite.manifest().scorers() : spec.scorers();
    for (const v1::ScorerSpec& scorer : scorers) {
      for (const v1::Outcome outcome : {v1::OUTCOME_SCORED, v1::OUTCOME_UNJUDGED}) {
        metrics.GetCounter(metric::kVerdicts,
                           {{"outcome", OutcomeLabel(outcome)}, {"scorer", scorer.id()}});
      }
      if (!scorer.accepted().judged()) continue;
      for (const char* result : {"used", "unusable"}) {
        metrics.GetCounter(
            metric::kJudgeReplies,
            {{"judge", scorer.judge()}, {"result", result}, {"scorer", scorer.id()}});
      }
    }
  }
}

}  // namespace assay
