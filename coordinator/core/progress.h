// What a run looks like at one instant, for displays, metrics and tests. A value.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "assay/v1/unit.pb.h"

namespace assay {

enum class RunPhase {
  kStarting,  // its shards are being made
  kRunning,
  kPaused,    // no new leases; see pause reason
  kDraining,  // no new leases until the process ends
  kDrained,   // draining, and no attempt is left running
  kCancelling,
  kSealing,
  kSealed,
};
const char* RunPhaseName(RunPhase phase);

enum class PauseReason {
  kNone,
  kOperator,
  kQuota,
  kAuth,
  kConfig,
  kThrottle,   // the server asks to wait longer than two minutes
  kInfra,      // nothing but infrastructure errors for five minutes
  kStorage,    // a record could not be stored
  kIntegrity,  // stored envelopes and live sums disagree
  kJudge,      // none of the last fifty verdicts of a judge could be used
};
const char* PauseReasonName(PauseReason reason);

// Units of one kind by state. The states sum to total at every instant (invariant I1).
struct UnitCounts {
  std::int64_t total = 0;
  std::int64_t blocked = 0;
  std::int64_t queued = 0;
  std::int64_t leased = 0;
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t quarantined = 0;
  std::int64_t cancelled = 0;
  std::int64_t open() const { return blocked + queued + leased; }
  std::int64_t ended() const { return done + failed + quarantined + cancelled; }
  UnitCounts& operator+=(const UnitCounts& other) {
    total += other.total;
    blocked += other.blocked;
    queued += other.queued;
    leased += other.leased;
    done += other.done;
    failed += other.failed;
    quarantined += other.quarantined;
    cancelled += other.cancelled;
    return *this;
  }
};

// What was learned of the calls of one kind at one endpoint, its models taken together.
struct LaneProgress {
  v1::UnitKind kind = v1::UNIT_KIND_UNSPECIFIED;
  int limit = 0;  // learned: calls that may be in flight
  int in_flight = 0;
  int breakers_closed = 0;
  int breakers_open = 0;     // nothing starts
  int breakers_probing = 0;  // open, and one call tries
};

struct EndpointProgress {
  std::string endpoint;
  int max_in_flight = 0;
  int leased = 0;  // units of all runs
  PauseReason paused = PauseReason::kNone;
  absl::Duration wait;              // until the next call may start; zero: now
  std::string last_error;           // class and message, escaped
  std::vector<LaneProgress> lanes;  // by kind; those that were in use
};

// Of one scorer, one verdict a generation.
struct VerdictProgress {
  std::int64_t required = 0;  // in the whole run
  std::int64_t judged = 0;    // committed with outcome scored
};

struct RunProgress {
  std::string run_id;
  RunPhase phase = RunPhase::kStarting;
  PauseReason pause_reason = PauseReason::kNone;
  std::string pause_detail;  // for people; may name endpoint and error
  int revision = 0;
  UnitCounts generations;
  UnitCounts rule_scorings;  // without a judge; those that run programs too
  UnitCounts judged_scorings;
  UnitCounts preparations;  // made once per sample for a judged scorer
  std::map<v1::Outcome, std::int64_t> generation_outcomes;
  std::map<v1::Outcome, std::int64_t> scoring_outcomes;  // one a (generation, scorer)
  std::int64_t truncated = 0;
  std::int64_t words = 0;      // of committed generations
  v1::Usage generation_usage;  // of committed units
  v1::Usage judge_usage;
  double cost_usd = 0;                // of committed units at endpoints that have a price
  bool priced = false;                // every endpoint in use has a price
  std::int64_t generated_tokens = 0;  // reported by agents since their processes began
  std::int64_t output_bytes = 0;      // of attempts that are running
  std::int64_t retries = 0;           // attempts that ended in an error and were queued again
  std::int64_t throttles = 0;         // of these, 429s
  std::int64_t lost_leases = 0;
  std::map<std::string, VerdictProgress> verdicts;  // by scorer
  // Verdicts that the units which have ended owe: the sum of scoring_outcomes (invariant I1), but
  // for the moments in which a run starts or is cancelled.
  std::int64_t ended_scorings = 0;
  // How long the unit waits that was queued first, of kinds with a unit to hand out.
  std::map<v1::UnitKind, absl::Duration> oldest_queued;
  // Results that are stored and not yet known to survive every failover.
  std::int64_t undurable = 0;
  absl::Duration oldest_undurable;
  std::vector<EndpointProgress> endpoints;
  std::vector<v1::Error> recent_errors;  // distinct, newest last, at most 8
};

}  // namespace assay
