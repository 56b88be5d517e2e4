// What may be done at each endpoint, over all runs and agents: slots, waits after a 429, pauses.
// Pure: time and randomness are arguments. Owned by the coordinator; agents are told their share
// through SyncResponse.limits.
//
// Invariants, at every instant: units leased at an endpoint <= max_in_flight, and the call limits
// that agents may believe in add up to <= max_in_flight. An agent may believe in the last limit it
// was told and, until its next Sync shows that it got that, in the one before. Units whose agent is
// not known (taken over, not shown yet) are leased by the agent "" and count as one call each.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "assay/v1/spec.pb.h"
#include "assay/v1/unit.pb.h"
#include "assay/v1/work_service.pb.h"
#include "common/base/random.h"
#include "coordinator/core/progress.h"

namespace assay {

class EndpointLimits {
 public:
  // `retry_after_cap`: a server that asks for a longer wait parks the endpoint.
  explicit EndpointLimits(absl::Duration retry_after_cap) : retry_after_cap_(retry_after_cap) {}

  // An endpoint that two runs describe keeps the lower max_in_flight. 0 means the default, 16.
  void Register(const v1::Endpoint& endpoint);

  // Whether one more unit may be leased there now. An unknown or empty id always may: no calls.
  bool MayLease(const std::string& endpoint, absl::Duration now) const;
  void OnLeased(const std::string& endpoint, const std::string& agent);
  void OnReleased(const std::string& endpoint, const std::string& agent);

  // A 429: nobody calls before Retry-After has passed, or without one (or a silly one) before a
  // jittered, doubling backoff of 1 s to 16 s has. Reports of one episode count once. Longer than
  // the cap: parked with reason throttle until then.
  void OnThrottle(const std::string& endpoint, const v1::Error& error, absl::Duration now,
                  Random& random);
  // A unit got its reply there: the backoff starts anew.
  void OnSuccess(const std::string& endpoint);
  void Pause(const std::string& endpoint, PauseReason reason, const v1::Error& error);
  void Resume(const std::string& endpoint);
  // For LastError, of a failure that changes nothing here.
  void NoteError(const std::string& endpoint, const v1::Error& error);
  // What CallLanes has learned that the server takes: agents share no more than that, or what is
  // leased when that is more.
  void SetLearned(const std::string& endpoint, int calls);

  // Why no work can be had from it until someone acts or a long wait ends; kNone when it is open.
  PauseReason PausedFor(const std::string& endpoint, absl::Duration now) const;
  std::string LastError(const std::string& endpoint) const;
  // The earliest moment after `now` at which a wait ends; InfiniteDuration when nobody waits.
  absl::Duration NextChange(absl::Duration now) const;

  // An agent has shown that it received the last response.
  void OnSyncFrom(const std::string& agent);
  // The limits an agent is to be told now, sorted by endpoint; remembered as told.
  std::vector<v1::EndpointLimit> Tell(const std::string& agent, absl::Duration now);
  // Whether the agent should hear now: it may do more and needs it, another one needs what it has,
  // or everybody must wait.
  bool HasNewsFor(const std::string& agent, absl::Duration now) const;
  // Its process is gone: nothing it was told counts any more. Its leases stay until released.
  void ForgetTold(const std::string& agent);
  // The same, of an agent without leases.
  void Forget(const std::string& agent);

  // For tests and displays: limits that agents may believe in, summed.
  int BelievedInFlight(const std::string& endpoint) const;
  EndpointProgress ProgressOf(const std::string& endpoint, absl::Duration now) const;

 private:
  struct Share {
    int leased = 0;  // units
    int told = 0;    // calls, in the last response
    int before = 0;  // in the one before, while the last is not known to have arrived
    absl::Duration told_not_before = -absl::InfiniteDuration();
    int believed() const { return told > before ? told : before; }
  };
  struct State {
    int max_in_flight = 16;
    int learned = 65536;
    int leased = 0;
    int throttle_episodes = 0;  // in a row
    absl::Duration not_before = -absl::InfiniteDuration();
    absl::Duration parked_until = -absl::InfiniteDuration();
    PauseReason paused = PauseReason::kNone;
    std::string last_error;
    std::map<std::string, Share> shares;  // by agent
  };

  const State* Find(const std::string& endpoint) const;
  State* Find(const std::string& endpoint);
  int Wanted(const State& state, const std::string& agent) const;
  static absl::Duration WaitEnd(const State& state);

  absl::Duration retry_after_cap_;
  std::map<std::string, State> endpoints_;
};

}  // namespace assay
