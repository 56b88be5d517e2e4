// What an error does to a unit and to its endpoint: one rule per class (reliability.md 1.9, 3.3).
// Pure.
#pragma once

#include <optional>

#include "absl/time/time.h"
#include "assay/v1/spec.pb.h"
#include "assay/v1/unit.pb.h"
#include "common/base/random.h"
#include "coordinator/core/progress.h"
#include "coordinator/core/unit_table.h"

namespace assay {

// Limits with the defaults filled in.
struct RetryPolicy {
  int infra_attempts = 5;
  absl::Duration backoff_initial = absl::Seconds(1);
  absl::Duration backoff_max = absl::Seconds(60);
  absl::Duration unit_deadline = absl::Hours(24);
};
RetryPolicy RetryPolicyOf(const v1::RetryLimits& limits);

struct RetryDecision {
  // Set: the unit ends so (failed, infra_lost, too_slow or unjudged). Empty: it is queued again.
  std::optional<v1::Outcome> outcome;
  absl::Duration delay;                    // before the unit may be granted again
  bool throttled = false;                  // the endpoint is to wait
  PauseReason pause = PauseReason::kNone;  // the endpoint is to be paused
};

// Counts the failure in `cell` and decides. infra: up to infra_attempts, then infra_lost. protocol
// and unknown: one retry each, then infra_lost. throttle, quota, auth, config, preempted and
// cancelled spend nothing. request and internal: failed. too_slow: the generation is too_slow, a
// scoring unjudged. Anything that would queue a unit again `past_deadline` ends it as infra_lost.
RetryDecision DecideRetry(const v1::Error& error, v1::UnitKind kind, bool past_deadline,
                          const RetryPolicy& policy, UnitCell& cell, Random& random);

// Full jitter: uniform in [0, min(max, initial * 2^(failures - 1))] (Brooker, "Exponential backoff
// and jitter", AWS architecture blog 2015). REQUIRES: failures >= 1.
absl::Duration FullJitterBackoff(int failures, absl::Duration initial, absl::Duration max,
                                 Random& random);

}  // namespace assay
