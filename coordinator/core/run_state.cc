#include "coordinator/core/run_state.h"

#include <algorithm>

#include "common/text/words.h"
#include "coordinator/core/envelope_facts.h"

namespace assay {
namespace {

constexpr std::size_t kRecentErrors = 8;

const v1::Endpoint* EndpointOf(const v1::RunSpec& spec, const std::string& id) {
  const auto found = std::find_if(spec.endpoints().begin(), spec.endpoints().end(),
                                  [&](const v1::Endpoint& e) { return e.id() == id; });
  return found == spec.endpoints().end() ? nullptr : &*found;
}

}  // namespace

const char* RunPhaseName(RunPhase phase) {
  switch (phase) {
    case RunPhase::kStarting:
      return "starting";
    case RunPhase::kRunning:
      return "running";
    case RunPhase::kPaused:
      return "paused";
    case RunPhase::kDraining:
      return "draining";
    case RunPhase::kDrained:
      return "drained";
    case RunPhase::kCancelling:
      return "cancelling";
    case RunPhase::kSealing:
      return "sealing";
    case RunPhase::kSealed:
      return "sealed";
  }
  return "?";
}

const char* PauseReasonName(PauseReason reason) {
  switch (reason) {
    case PauseReason::kNone:
      return "";
    case PauseReason::kOperator:
      return "operator";
    case PauseReason::kQuota:
      return "quota";
    case PauseReason::kAuth:
      return "auth";
    case PauseReason::kConfig:
      return "config";
    case PauseReason::kThrottle:
      return "throttle";
    case PauseReason::kInfra:
      return "infra";
    case PauseReason::kStorage:
      return "storage";
    case PauseReason::kIntegrity:
      return "integrity";
    case PauseReason::kJudge:
      return "judge";
  }
  return "?";
}

void AddUsageTo(v1::Usage& sum, const v1::Usage& part) {
  sum.set_prompt_tokens(sum.prompt_tokens() + part.prompt_tokens());
  sum.set_completion_tokens(sum.completion_tokens() + part.completion_tokens());
  sum.set_reasoning_tokens(sum.reasoning_tokens() + part.reasoning_tokens());
  sum.set_cached_tokens(sum.cached_tokens() + part.cached_tokens());
  sum.set_estimated(sum.estimated() || part.estimated());
}

EnvelopeFacts FactsOf(const RunPlan& plan, UnitIndex unit, const v1::Envelope& envelope,
                      std::string digest) {
  EnvelopeFacts facts;
  facts.outcome = OutcomeOf(envelope);
  facts.record = PackRecord(envelope, digest);
  facts.digest = std::move(digest);
  if (FinalStateOf(facts.outcome) == v1::UNIT_STATE_DONE) {
    facts.sums = LiveSumsOf(plan, unit, envelope);
  }
  facts.usage = envelope.usage();
  facts.calls = envelope.calls();
  if (envelope.has_generation()) {
    facts.truncated = envelope.generation().truncated();
    facts.words = CountLongBenchWords(envelope.generation().text());
  }
  const std::size_t scorers = plan.RangeOf(unit).scorers.size();
  for (const v1::Verdict& verdict : envelope.verdicts()) {
    facts.scorings.push_back(verdict.outcome());
    if (verdict.outcome() == v1::OUTCOME_SCORED) facts.scored.push_back(verdict.scorer_id());
  }
  facts.scorings.resize(scorers, envelope.outcome());
  return facts;
}

RunState::RunState(std::unique_ptr<const v1::RunRecord> run_record, RunPlan run_plan)
    : record(std::move(run_record)),
      plan(std::move(run_plan)),
      units(plan),
      ready(plan),
      retry(RetryPolicyOf(record->spec().retry())) {}

void RunState::Count(UnitIndex unit, const EnvelopeFacts& facts) {
  const StageRange& range = plan.RangeOf(unit);
  if (range.kind == v1::UNIT_KIND_GENERATE) {
    ++totals.generation_outcomes[facts.outcome];
    totals.truncated += facts.truncated ? 1 : 0;
    totals.words += facts.words;
    AddUsageTo(totals.generation_usage, facts.usage);
  } else if (range.kind == v1::UNIT_KIND_PREPARE) {
    AddUsageTo(totals.judge_usage, facts.usage);
  } else {
    for (const v1::Outcome outcome : facts.scorings) ++totals.scoring_outcomes[outcome];
    for (const std::string& scorer : facts.scored) ++totals.judged[scorer];
    AddUsageTo(totals.judge_usage, facts.usage);
  }
  const v1::Endpoint* endpoint = EndpointOf(record->spec(), range.endpoint);
  if (endpoint != nullptr && endpoint->has_price()) {
    const v1::Price& price = endpoint->price();
    totals.cost_usd +=
        static_cast<double>(facts.usage.prompt_tokens()) * price.input_usd_per_mtok() / 1e6 +
        static_cast<double>(facts.usage.completion_tokens()) * price.output_usd_per_mtok() / 1e6;
  }
}

void RunState::Remember(const v1::Error& error) {
  const auto same = [&](const v1::Error& other) {
    return other.error_class() == error.error_class() && other.endpoint() == error.endpoint() &&
           other.http_status() == error.http_status() && other.message() == error.message();
  };
  const auto found = std::find_if(recent_errors.begin(), recent_errors.end(), same);
  if (found != recent_errors.end()) recent_errors.erase(found);
  recent_errors.push_back(error);
  if (recent_errors.size() > kRecentErrors) recent_errors.pop_front();
}

bool RunState::EverGranted(UnitIndex unit, const AttemptId& attempt) const {
  if (attempt.none()) return false;
  if (units[unit].attempt == attempt) return true;
  const auto earlier = earlier_attempts.find(unit);
  return earlier != earlier_attempts.end() &&
         std::find(earlier->second.begin(), earlier->second.end(), attempt) !=
             earlier->second.end();
}

void RunState::SetAttempt(UnitIndex unit, const AttemptId& attempt) {
  AttemptId& current = units[unit].attempt;
  if (!current.none()) earlier_attempts[unit].push_back(current);
  current = attempt;
  undurable.erase(unit);
}

UnitAddress RunState::AddressOf(UnitIndex unit) const {
  return {plan.RangeOf(unit).stage, plan.SampleIndexOf(unit)};
}

ShardKey RunState::ShardKeyOf(UnitIndex unit) const { return {plan.run_id(), plan.ShardOf(unit)}; }

std::vector<UnitAddress> RunState::DependentsOf(UnitIndex unit) const {
  std::vector<UnitAddress> addresses;
  for (const UnitIndex scoring : plan.ScoringsOf(unit)) addresses.push_back(AddressOf(scoring));
  return addresses;
}

absl::StatusOr<std::unique_ptr<RunState>> MakeRunState(v1::RunRecord record,
                                                       const NeedsCalls& needs_calls) {
  auto owned = std::make_unique<const v1::RunRecord>(std::move(record));
  ASSAY_ASSIGN_OR_RETURN(RunPlan plan, RunPlan::Make(*owned, needs_calls));
  return std::make_unique<RunState>(std::move(owned), std::move(plan));
}

}  // namespace assay
