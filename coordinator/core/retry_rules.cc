#include "coordinator/core/retry_rules.h"

#include <algorithm>
#include <limits>

namespace assay {
namespace {

void Count(std::uint8_t& counter) {
  if (counter < std::numeric_limits<std::uint8_t>::max()) ++counter;
}

PauseReason PauseFor(v1::ErrorClass error_class) {
  switch (error_class) {
    case v1::ERROR_CLASS_QUOTA:
      return PauseReason::kQuota;
    case v1::ERROR_CLASS_AUTH:
      return PauseReason::kAuth;
    case v1::ERROR_CLASS_CONFIG:
      return PauseReason::kConfig;
    default:
      return PauseReason::kNone;
  }
}

RetryDecision DecideByClass(const v1::Error& error, v1::UnitKind kind, const RetryPolicy& policy,
                            UnitCell& cell, Random& random) {
  RetryDecision decision;
  decision.delay = absl::ZeroDuration();
  const auto retry_at_most = [&](std::uint8_t& failures, int allowed) {
    Count(failures);
    if (failures > allowed) {
      decision.outcome = v1::OUTCOME_INFRA_LOST;
    } else {
      decision.delay =
          FullJitterBackoff(failures, policy.backoff_initial, policy.backoff_max, random);
    }
  };
  switch (error.error_class()) {
    case v1::ERROR_CLASS_INFRA:
      retry_at_most(cell.infra_failures, policy.infra_attempts - 1);
      break;
    case v1::ERROR_CLASS_PROTOCOL:
      retry_at_most(cell.protocol_failures, 1);
      break;
    case v1::ERROR_CLASS_THROTTLE:
      decision.throttled = true;
      break;
    case v1::ERROR_CLASS_QUOTA:
    case v1::ERROR_CLASS_AUTH:
    case v1::ERROR_CLASS_CONFIG:
      decision.pause = PauseFor(error.error_class());
      break;
    case v1::ERROR_CLASS_PREEMPTED:
    case v1::ERROR_CLASS_CANCELLED:
      break;
    case v1::ERROR_CLASS_REQUEST:
    case v1::ERROR_CLASS_INTERNAL:
      decision.outcome = v1::OUTCOME_FAILED;
      break;
    case v1::ERROR_CLASS_TOO_SLOW:
      decision.outcome =
          IsScoring(kind) ? v1::OUTCOME_UNJUDGED : v1::OUTCOME_TOO_SLOW;
      break;
    default:
      retry_at_most(cell.unknown_failures, 1);
      break;
  }
  return decision;
}

}  // namespace

RetryPolicy RetryPolicyOf(const v1::RetryLimits& limits) {
  RetryPolicy policy;
  if (limits.infra_attempts() > 0) policy.infra_attempts = std::min(limits.infra_attempts(), 200);
  if (limits.backoff_initial_s() > 0) {
    policy.backoff_initial = absl::Seconds(limits.backoff_initial_s());
  }
  if (limits.backoff_max_s() > 0) policy.backoff_max = absl::Seconds(limits.backoff_max_s());
  if (limits.unit_deadline_s() > 0) policy.unit_deadline = absl::Seconds(limits.unit_deadline_s());
  return policy;
}

RetryDecision DecideRetry(const v1::Error& error, v1::UnitKind kind, bool past_deadline,
                          const RetryPolicy& policy, UnitCell& cell, Random& random) {
  RetryDecision decision = DecideByClass(error, kind, policy, cell, random);
  if (!decision.outcome.has_value() && past_deadline) decision.outcome = v1::OUTCOME_INFRA_LOST;
  return decision;
}

absl::Duration FullJitterBackoff(int failures, absl::Duration initial, absl::Duration max,
                                 Random& random) {
  absl::Duration ceiling = initial;
  for (int i = 1; i < failures && ceiling < max; ++i) ceiling *= 2;
  return std::min(ceiling, max) * random.Unit();
}

}  // namespace assay
