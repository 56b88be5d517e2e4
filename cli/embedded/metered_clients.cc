#include "cli/embedded/metered_clients.h"

#include <algorithm>
#include <set>
#include <utility>

#include "cli/embedded/metric_labels.h"
#include "cli/embedded/run_figures.h"
#include "common/metrics/metric_names.h"

namespace assay {
namespace {

constexpr double kMillisecondsPerSecond = 1000.0;

void CountReply(MetricRegistry& metrics, const std::string& endpoint, const std::string& purpose,
                const v1::Reply& reply) {
  const v1::Usage& usage = reply.usage();
  const std::pair<const char*, std::int64_t> kinds[] = {
      {"prompt", usage.prompt_tokens()},
      {"completion", usage.completion_tokens()},
      {"reasoning", usage.reasoning_tokens()},
  };
  for (const auto& [kind, tokens] : kinds) {
    if (tokens <= 0) continue;
    metrics
        .GetCounter(metric::kTokens, {{"endpoint", endpoint}, {"kind", kind}, {"purpose", purpose}})
        .Add(static_cast<double>(tokens));
  }
  const v1::Timings& timings = reply.timings();
  if (timings.first_token_ms() < 0) return;  // not streamed
  metrics.GetHistogram(metric::kFirstToken, {{"endpoint", endpoint}}, metric::FirstTokenBounds())
      .Observe(static_cast<double>(timings.first_token_ms()) / kMillisecondsPerSecond);
  metrics
      .GetHistogram(metric::kInterTokenGap, {{"endpoint", endpoint}}, metric::InterTokenGapBounds())
      .Observe(static_cast<double>(timings.max_gap_ms()) / kMillisecondsPerSecond);
}

void CountJudge(MetricRegistry& metrics, const std::string& judge, const v1::Verdict& verdict) {
  const v1::JudgeStats& stats = verdict.judge_stats();
  const std::string& scorer = verdict.scorer_id();
  const auto count = [&](const MetricFamily& family, const char* result, int more) {
    metrics.GetCounter(family, {{"judge", judge}, {"result", result}, {"scorer", scorer}})
        .Add(std::max(0, more));
  };
  count(metric::kJudgeReplies, "used", stats.calls() - stats.unusable_replies());
  count(metric::kJudgeReplies, "unusable", stats.unusable_replies());
  count(metric::kJudgeItems, "judged", stats.items() - stats.unjudged_items());
  count(metric::kJudgeItems, "unjudged", stats.unjudged_items());
  count(metric::kJudgeRepeats, "agree", stats.repeat_agreements());
  count(metric::kJudgeRepeats, "differ", stats.repeat_pairs() - stats.repeat_agreements());
  metrics.GetCounter(metric::kJudgeForgeries, {{"judge", judge}, {"scorer", scorer}})
      .Add(stats.injections());
}

void CountVerdicts(MetricRegistry& metrics, const std::string& judge,
                   const v1::Envelope& envelope) {
  for (const v1::Verdict& verdict : envelope.verdicts()) {
    metrics
        .GetCounter(metric::kVerdicts,
                    {{"outcome", OutcomeLabel(verdict.outcome())}, {"scorer", verdict.scorer_id()}})
        .Add();
    if (verdict.has_judge_stats()) CountJudge(metrics, judge, verdict);
  }
}

}  // namespace

LlmCallId MeteredChatClient::Start(LlmCall call, Callback<const LlmProgress&> progress,
                                   Callback<LlmResult> done) {
  std::string endpoint = call.endpoint.id();
  if (in_flight_->try_emplace(endpoint, 0).second) DeclareCallMetrics(endpoint, metrics_);
  const auto count = [&metrics = metrics_, purpose = purpose_, in_flight = in_flight_,
                      endpoint](int change) {
    int& calls = (*in_flight)[endpoint];
    calls += change;
    metrics.GetGauge(metric::kCallsInFlight, {{"endpoint", endpoint}, {"purpose", purpose}})
        .Set(calls);
  };
  count(1);
  return inner_.Start(
      std::move(call), std::move(progress),
      [&metrics = metrics_, &clock = clock_, purpose = purpose_, count, endpoint,
       began = clock_.SteadyNow(), done = std::move(done)](LlmResult result) mutable {
        count(-1);
        v1::ErrorClass error_class = v1::ERROR_CLASS_UNSPECIFIED;
        if (const auto* reply = std::get_if<v1::Reply>(&result)) {
          CountReply(metrics, endpoint, purpose, *reply);
        } else {
          error_class = std::get<v1::Error>(result).error_class();
        }
        metrics
            .GetCounter(metric::kCalls,
                        {{"class", ClassLabel(error_class)}, {"endpoint", endpoint}})
            .Add();
        metrics
            .GetHistogram(metric::kCallSeconds, {{"endpoint", endpoint}, {"purpose", purpose}},
                          metric::CallBounds())
            .Observe(absl::ToDoubleSeconds(clock.SteadyNow() - began));
        done(std::move(result));
      });
}

// An attempt that its agent has shown and shows no more was lost without a settlement.
void MeteredWorkClient::DropLost(const v1::SyncRequest& request) {
  std::set<std::string> shown;
  for (const v1::RunningAttempt& attempt : request.running()) shown.insert(attempt.attempt());
  for (const v1::FinishedAttempt& attempt : request.finished()) shown.insert(attempt.attempt());
  auto& leases = leases_[request.agent_id()];
  for (auto lease = leases.begin(); lease != leases.end();) {
    const bool now = shown.count(lease->first) > 0;
    if (lease->second.shown && !now) {
      judges_.erase(lease->first);
      lease = leases.erase(lease);
      continue;
    }
    lease->second.shown = now;
    ++lease;
  }
}

void MeteredWorkClient::PublishLeases() {
  const absl::Duration now = clock_.SteadyNow();
  absl::Duration oldest = absl::ZeroDuration();
  std::size_t count = 0;
  for (const auto& [agent, leases] : leases_) {
    count += leases.size();
    for (const auto& [attempt, lease] : leases) oldest = std::max(oldest, now - lease.since);
  }
  metrics_.GetGauge(metric::kLeases, {}).Set(static_cast<double>(count));
  metrics_.GetGauge(metric::kOldestLease, {}).Set(absl::ToDoubleSeconds(oldest));
}

void MeteredWorkClient::OnSettled(const std::string& agent, const v1::FinishedAttempt& attempt,
                                  v1::Settlement settlement) {
  metrics_.GetCounter(metric::kSettlements, {{"settlement", SettlementLabel(settlement)}}).Add();
  auto& leases = leases_[agent];
  if (const auto lease = leases.find(attempt.attempt()); lease != leases.end()) {
    metrics_
        .GetHistogram(metric::kLeaseHold, {{"kind", KindLabel(lease->second.kind)}},
                      metric::LeaseHoldBounds())
        .Observe(absl::ToDoubleSeconds(clock_.SteadyNow() - lease->second.since));
    judges_.erase(lease->first);
    leases.erase(lease);
  }
  if (settlement == v1::SETTLEMENT_DUPLICATE) return;
  metrics_.GetCounter(metric::kUnitAttempts, {{"class", ClassLabel(attempt.error().error_class())}})
      .Add();
  const bool failed = attempt.outcome() == v1::OUTCOME_UNSPECIFIED;
  if (settlement == v1::SETTLEMENT_OK && !failed) return;
  const std::string reason =
      settlement == v1::SETTLEMENT_OK ? "failed" : SettlementLabel(settlement);
  metrics_.GetCounter(metric::kWastedTokens, {{"reason", reason}})
      .Add(static_cast<double>(std::max<std::int64_t>(0, attempt.usage().prompt_tokens()) +
                               std::max<std::int64_t>(0, attempt.usage().completion_tokens())));
}

void MeteredWorkClient::OnSync(const std::string& agent,
                               const std::map<std::string, v1::FinishedAttempt>& finished,
                               const absl::StatusOr<v1::SyncResponse>& response) {
  metrics_.GetCounter(metric::kSyncs, {{"result", response.ok() ? "answered" : "failed"}}).Add();
  if (!response.ok()) return PublishLeases();
  for (const v1::Assignment& start : response->start()) {
    leases_[agent].try_emplace(start.attempt(),
                               Lease{clock_.SteadyNow(), start.unit().kind(), false});
  }
  for (const v1::SettledAttempt& settled : response->settled()) {
    const auto attempt = finished.find(settled.attempt());
    if (attempt != finished.end()) OnSettled(agent, attempt->second, settled.settlement());
  }
  PublishLeases();
}

void MeteredWorkClient::Sync(v1::SyncRequest request,
                             Callback<absl::StatusOr<v1::SyncResponse>> done) {
  DropLost(request);
  PublishLeases();
  std::map<std::string, v1::FinishedAttempt> finished;
  for (const v1::FinishedAttempt& attempt : request.finished()) {
    finished[attempt.attempt()] = attempt;
  }
  std::string agent = request.agent_id();
  inner_.Sync(std::move(request),
              [this, alive = std::weak_ptr<bool>(alive_), agent = std::move(agent),
               finished = std::move(finished),
               done = std::move(done)](absl::StatusOr<v1::SyncResponse> response) mutable {
                if (alive.lock() != nullptr) OnSync(agent, finished, response);
                done(std::move(response));
              });
}

void MeteredWorkClient::FetchInputs(v1::FetchInputsRequest request,
                                    Callback<absl::StatusOr<v1::UnitInputs>> done) {
  std::string attempt = request.attempt();
  inner_.FetchInputs(std::move(request),
                     [this, alive = std::weak_ptr<bool>(alive_), attempt = std::move(attempt),
                      done = std::move(done)](absl::StatusOr<v1::UnitInputs> inputs) mutable {
                       if (alive.lock() != nullptr && inputs.ok() && inputs->has_judge()) {
                         judges_[attempt] = inputs->judge().id();
                       }
                       done(std::move(inputs));
                     });
}

void MeteredWorkClient::AppendJournal(v1::AppendJournalRequest request,
                                      Callback<absl::Status> done) {
  inner_.AppendJournal(std::move(request),
                       [&metrics = metrics_, &clock = clock_, began = clock_.SteadyNow(),
                        done = std::move(done)](absl::Status status) mutable {
                         metrics.GetHistogram(metric::kJournalPut, {}, metric::PutBounds())
                             .Observe(absl::ToDoubleSeconds(clock.SteadyNow() - began));
                         done(std::move(status));
                       });
}

void MeteredWorkClient::PutEnvelope(v1::Envelope envelope,
                                    Callback<absl::StatusOr<std::string>> done) {
  v1::Envelope verdicts;
  *verdicts.mutable_verdicts() = envelope.verdicts();
  const auto known = judges_.find(envelope.attempt());
  std::string judge = known == judges_.end() ? "" : known->second;
  inner_.PutEnvelope(std::move(envelope),
                     [&metrics = metrics_, &clock = clock_, began = clock_.SteadyNow(),
                      judge = std::move(judge), verdicts = std::move(verdicts),
                      done = std::move(done)](absl::StatusOr<std::string> digest) mutable {
                       metrics.GetHistogram(metric::kEnvelopePut, {}, metric::PutBounds())
                           .Observe(absl::ToDoubleSeconds(clock.SteadyNow() - began));
                       if (digest.ok()) CountVerdicts(metrics, judge, verdicts);
                       done(std::move(digest));
                     });
}

}  // namespace assay
