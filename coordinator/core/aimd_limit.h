// AimdLimit: how many calls a server takes at once, learned from its 429s. Additive increase,
// multiplicative decrease (reliability.md 3.10; Chiu and Jain, "Analysis of the increase and
// decrease algorithms for congestion avoidance", 1989). Pure: time is an argument. Owned by
// CallLanes, one for each lane.
//
// Two bounds. `limit` is on everything in flight: the operator's cap until the first 429, which
// cuts it to 0.8 of what was in flight; then it grows by 5 % for each clean round, up to the cap. A
// round is as many accepted calls as the limit. `ramp` is on calls that the server has not accepted
// yet (no content seen, no end) and that began after the last 429: without bound until the first,
// then 1, and 1 more for each accepted call, so that it doubles in a round. What has been accepted
// goes on; a server that still refuses is asked with one call at a time.
#pragma once

#include "absl/time/time.h"

namespace assay {

class AimdLimit {
 public:
  // REQUIRES: cap >= 1.
  explicit AimdLimit(int cap);
  // A cap below the limit lowers it.
  void SetCap(int cap);

  bool MayStart(int in_flight, int unproven) const;
  int limit() const { return static_cast<int>(limit_); }
  int ramp() const;  // no more than the limit

  // A call that began at `started` was refused with a 429; `in_flight` counts it. The limit is cut
  // once an episode, which ends when a call that began after its last 429 is accepted, and at most
  // once in 15 s, or `retry_after` when that is longer (up to 120 s).
  void OnThrottle(int in_flight, absl::Duration started, absl::Duration now,
                  absl::Duration retry_after);
  // A call that began at `started` was accepted; `in_flight` counts it. One that began before the
  // last 429 says nothing about now. Growth needs a limit that is used by half at least (RFC 7661).
  void OnAccepted(int in_flight, absl::Duration started);
  // 5xx, reset, cut stream: the round is not clean.
  void OnTransient();

 private:
  int cap_;
  double limit_;
  int ramp_;
  int clean_ = 0;         // accepted calls of this round
  int used_ = 0;          // most in flight in this round
  bool refused_ = false;  // since a call was last accepted
  bool ever_refused_ = false;
  absl::Duration last_refusal_ = -absl::InfiniteDuration();
  absl::Duration next_cut_ = -absl::InfiniteDuration();
};

}  // namespace assay
