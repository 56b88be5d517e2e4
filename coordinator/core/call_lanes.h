// What each server takes, as it has shown: for every lane a learned limit, a breaker and a budget
// for retries, and for every endpoint the provider's tokens and requests per minute. Beside
// EndpointLimits, which holds what the operator and Retry-After say. Pure: time is an argument.
// Owned by the coordinator; nothing here survives it, a new leader learns anew.
//
// A lane is one model at one endpoint, writing or judging: a judge that is overloaded does not
// hold back the models under test (reliability.md 3.10).
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "assay/v1/spec.pb.h"
#include "assay/v1/unit.pb.h"
#include "common/base/random.h"
#include "coordinator/core/aimd_limit.h"
#include "coordinator/core/breaker.h"
#include "coordinator/core/progress.h"
#include "coordinator/core/token_bucket.h"

namespace assay {

struct CallLane {
  std::string endpoint;  // empty: makes no calls, nothing is limited
  v1::UnitKind kind = v1::UNIT_KIND_UNSPECIFIED;
  std::string model;  // the string sent to the server
  friend auto operator<=>(const CallLane&, const CallLane&) = default;
};

// A unit that was handed out, as its lane counts it. Kept with the lease.
struct LaneCall {
  bool counted = false;  // not so after a takeover: another leader handed it out
  bool proven = false;   // the server has accepted it
  bool retry = false;
  int era = 0;  // of its lane
  absl::Duration started;
  std::int64_t expected_tokens = 0;
  TokenBucket::Ticket tokens = 0;
  TokenBucket::Ticket request = 0;
};

enum class CallEnd {
  kAnswered,   // a result, or a refusal of this request alone
  kThrottled,  // 429
  kTransient,  // 5xx, reset, timeouts before an answer; an error inside a stream or a cut one
  kNoAnswer,   // says nothing about the server: preempted, cancelled, lost, quota
};
CallEnd CallEndOf(const v1::Error& error);

// What is known of a call when its lease ends.
struct LeaseEnd {
  CallEnd end = CallEnd::kNoAnswer;
  std::int64_t tokens = 0;     // that it took, as far as is known
  absl::Duration retry_after;  // of a 429
};

class CallLanes {
 public:
  void Register(const v1::Endpoint& endpoint);

  // Whether a unit that is expected to take `tokens` may be handed out now. `retry`: it was before.
  bool MayStart(const CallLane& lane, std::int64_t tokens, bool retry, absl::Duration now);
  LaneCall OnStarted(const CallLane& lane, std::int64_t tokens, bool retry, absl::Duration now);
  // Content has arrived. Repeatable. True when more may start for it.
  bool OnProven(const CallLane& lane, LaneCall& call);
  void OnEnded(const CallLane& lane, const LaneCall& call, const LeaseEnd& end, absl::Duration now,
               Random& random);
  // Calls beyond the first that a unit made.
  void OnMoreCalls(const CallLane& lane, int calls, absl::Duration now);
  // An operator says that the endpoint is mended.
  void Resume(const std::string& endpoint, absl::Duration now);

  // Nothing has come from it for five minutes: the breaker's `gone`.
  bool Gone(const CallLane& lane, absl::Duration now) const;
  // Calls that all lanes of an endpoint may have in flight by what was learned.
  int Learned(const std::string& endpoint) const;
  // The earliest moment after `now` at which a refusal of MayStart may end by itself.
  absl::Duration NextChange(absl::Duration now) const;

  // For tests and displays.
  const AimdLimit* LimitOf(const CallLane& lane) const;
  const Breaker* BreakerOf(const CallLane& lane) const;
  std::vector<LaneProgress> ProgressOf(const std::string& endpoint) const;

 private:
  struct Rates {
    int max_in_flight = 0;
    TokenBucket tokens{0};
    TokenBucket requests{0};
    absl::Duration free_at = -absl::InfiniteDuration();  // of what was refused last
  };
  struct Lane {
    explicit Lane(int cap) : limit(cap) {}
    bool RetriesAreScarce() const;
    void NoLongerUnproven(const LaneCall& call);
    AimdLimit limit;
    Breaker breaker;
    int in_flight = 0;
    int era = 0;  // 429s so far: calls of earlier ones do not count as unproven
    int unproven = 0;
    int unproven_retries = 0;
    double retry_tokens = 10;  // gRPC's retry throttling (gRFC A6): 10, half of it holds back
  };

  Lane* Find(const CallLane& lane);
  const Lane* Find(const CallLane& lane) const;

  std::map<std::string, Rates> endpoints_;
  std::map<CallLane, Lane> lanes_;
};

}  // namespace assay
