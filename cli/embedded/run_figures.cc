#include "cli/embedded/run_figures.h"

#include <algorithm>

#include "cli/embedded/metric_labels.h"
#include "common/metrics/metric_names.h"

namespace assay {
namespace {

constexpr char kGenerate[] = "generate";
constexpr char kScoreRules[] = "score_rules";
constexpr char kScoreJudged[] = "score_judged";
constexpr char kScore[] = "score";

v1::UnitCounts MessageOf(const UnitCounts& units) {
  v1::UnitCounts message;
  message.set_blocked(units.blocked);
  message.set_queued(units.queued);
  message.set_leased(units.leased);
  message.set_done(units.done);
  message.set_failed(units.failed);
  message.set_quarantined(units.quarantined);
  message.set_cancelled(units.cancelled);
  return message;
}

void AddUnits(const v1::UnitCounts& units, RunFigures::Units& sum) {
  sum.by_state["blocked"] += units.blocked();
  sum.by_state["queued"] += units.queued();
  sum.by_state["leased"] += units.leased();
  sum.by_state["done"] += units.done();
  sum.by_state["failed"] += units.failed();
  sum.by_state["quarantined"] += units.quarantined();
  sum.by_state["cancelled"] += units.cancelled();
}

void DeclareCalls(const std::string& endpoint, MetricRegistry& metrics) {
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

void DeclareAttempts(MetricRegistry& metrics) {
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
  for (const char* result : {"used", "unusable"}) {
    metrics.GetCounter(metric::kJudgeReplies, {{"result", result}});
  }
  for (const char* result : {"answered", "failed"}) {
    metrics.GetCounter(metric::kSyncs, {{"result", result}});
  }
  for (const char* kind : {kGenerate, kScoreRules, kScoreJudged}) {
    metrics.GetHistogram(metric::kLeaseHold, {{"kind", kind}}, metric::LeaseHoldBounds());
  }
  metrics.GetHistogram(metric::kJournalPut, {}, metric::PutBounds());
  metrics.GetHistogram(metric::kEnvelopePut, {}, metric::PutBounds());
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

void RunFigures::Add(const RunProgress& run) {
  AddUnits(MessageOf(run.generations), units[kGenerate]);
  AddUnits(MessageOf(run.rule_scorings), units[kScoreRules]);
  AddUnits(MessageOf(run.judged_scorings), units[kScoreJudged]);
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
  for (const EndpointProgress& endpoint : run.endpoints) {
    endpoints[endpoint.endpoint] = {endpoint.max_in_flight, endpoint.leased,
                                    endpoint.paused != PauseReason::kNone};
  }
}

void RunFigures::Add(const v1::RunStatus& run) {
  AddUnits(run.generations(), units[kGenerate]);
  AddUnits(run.rule_scorings(), units[kScoreRules]);
  AddUnits(run.judged_scorings(), units[kScoreJudged]);
  for (const v1::OutcomeCount& outcome : run.generation_outcomes()) {
    outcomes[{kGenerate, OutcomeLabel(outcome.outcome())}] += outcome.count();
  }
  for (const v1::OutcomeCount& outcome : run.scoring_outcomes()) {
    outcomes[{kScore, OutcomeLabel(outcome.outcome())}] += outcome.count();
  }
  truncated += run.truncated();
  cost_usd += run.cost_usd();
  retries += run.retries();
  throttles += run.throttles();
  lost_leases += run.lost_leases();
  for (const v1::EndpointStatus& endpoint : run.endpoints()) {
    endpoints[endpoint.endpoint()] = {endpoint.max_in_flight(), endpoint.leased(),
                                      !endpoint.paused().empty()};
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

void FiguresPublisher::Publish(RunFigures figures, absl::Duration now) {
  for (const auto& [kind, units] : last_.units) {
    for (const auto& [state, count] : units.by_state) {
      figures.units[kind].by_state.try_emplace(state, 0);
    }
  }
  for (const auto& [labels, count] : last_.outcomes) figures.outcomes.try_emplace(labels, 0);
  for (const auto& [id, endpoint] : last_.endpoints) figures.endpoints.try_emplace(id);
  PublishUnits(figures, now);
  for (const auto& [labels, count] : figures.outcomes) {
    metrics_.GetGauge(metric::kOutcomes, {{"kind", labels.first}, {"outcome", labels.second}})
        .Set(static_cast<double>(count));
  }
  metrics_.GetGauge(metric::kTruncated, {}).Set(static_cast<double>(figures.truncated));
  metrics_.GetGauge(metric::kCost, {}).Set(figures.cost_usd);
  Advance(metric::kRetries, figures.retries);
  Advance(metric::kThrottles, figures.throttles);
  Advance(metric::kLostLeases, figures.lost_leases);
  for (const auto& [id, endpoint] : figures.endpoints) {
    const MetricLabels labels = {{"endpoint", id}};
    metrics_.GetGauge(metric::kEndpointLimit, labels).Set(endpoint.limit);
    metrics_.GetGauge(metric::kEndpointLeased, labels).Set(endpoint.leased);
    metrics_.GetGauge(metric::kEndpointPaused, labels).Set(endpoint.paused ? 1 : 0);
  }
  last_ = std::move(figures);
}

void DeclareMetrics(const v1::RunRecord& record, MetricRegistry& metrics) {
  DeclareAttempts(metrics);
  DeclareOutcomes(metrics);
  for (const v1::Endpoint& endpoint : record.spec().endpoints()) {
    DeclareCalls(endpoint.id(), metrics);
  }
  const v1::RunSpec& spec = record.spec();
  std::map<std::string, std::int64_t> required;
  for (const v1::Suite& suite : record.suites()) {
    const auto& scorers = spec.scorers().empty() ? suite.manifest().scorers() : spec.scorers();
    for (const v1::ScorerSpec& scorer : scorers) {
      required[scorer.id()] +=
          std::int64_t{suite.samples_size()} * spec.models_size() * std::max(1, spec.repeats());
    }
  }
  for (const auto& [scorer, count] : required) {
    metrics.GetGauge(metric::kRequiredVerdicts, {{"scorer", scorer}})
        .Set(static_cast<double>(count));
    for (const v1::Outcome outcome : {v1::OUTCOME_SCORED, v1::OUTCOME_UNJUDGED}) {
      metrics.GetCounter(metric::kVerdicts,
                         {{"outcome", OutcomeLabel(outcome)}, {"scorer", scorer}});
    }
  }
}

}  // namespace assay
