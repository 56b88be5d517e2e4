// FaultPlan: what may go wrong in one simulated run, and how often. Drawn from the seed like
// TigerBeetle's swarm options: each kind of fault is off in some runs, so that the others are not
// always hidden behind it.
#pragma once

#include "absl/time/time.h"
#include "common/base/random.h"

namespace assay {

struct FaultPlan {
  // --- network: probabilities for each message ---
  double drop = 0;
  double duplicate = 0;
  double reset = 0;  // the caller sees a broken connection while the server goes on
  absl::Duration latency = absl::Milliseconds(1);
  absl::Duration latency_spread = absl::Milliseconds(4);
  double straggle = 0;  // a message takes up to 20 s

  // --- run store: probabilities for each operation ---
  double store_lost = 0;        // not applied, and an error
  double store_reply_lost = 0;  // applied, and an error
  double store_slow = 0;        // up to 3 s
  double store_doubt = 0;       // for each failover and client: what it had kept is gone
  bool replicas_lag = false;    // up to 6 s instead of 300 ms

  // --- blob store: for each Put ---
  double blob_fail = 0;  // an error; may be found stored later
  double blob_slow = 0;  // up to 2 s

  // --- endpoint: for each call ---
  double throttle = 0;
  double server_error = 0;
  double cut = 0;     // the stream ends early
  double hang = 0;    // nothing comes; the client gives up
  int malformed = 0;  // of 16 judge replies

  // --- events, mean time between two; infinite: never ---
  absl::Duration crash_coordinator = absl::InfiniteDuration();
  absl::Duration crash_agent = absl::InfiniteDuration();
  absl::Duration drain_agent = absl::InfiniteDuration();
  absl::Duration partition = absl::InfiniteDuration();
  absl::Duration store_outage = absl::InfiniteDuration();
  absl::Duration failover = absl::InfiniteDuration();
  absl::Duration wipe_store = absl::InfiniteDuration();
  absl::Duration blob_outage = absl::InfiniteDuration();
  absl::Duration depose = absl::InfiniteDuration();
  absl::Duration jump_wall = absl::InfiniteDuration();
  double old_believes = 0;  // a deposed leader is not told for a while
  double same_epoch = 0;    // the counter of epochs lost its last step
  double skew = 0;          // most deviation of a steady clock's rate
  bool wall_skew = false;   // wall clocks differ by up to an hour
  bool cancel = false;      // the run is cancelled at some moment

  // One seed in ten has no faults at all.
  static FaultPlan FromSeed(Random& random) {
    FaultPlan plan;
    if (random.Below(10) == 0) return plan;
    const auto rate = [&](double& rate, double most) {
      if (random.Below(2) == 0) rate = most * random.Unit();
    };
    const auto every = [&](absl::Duration& mean, int shortest_s, int longest_s) {
      if (random.Below(2) != 0) return;
      mean = absl::Seconds(shortest_s + static_cast<int>(random.Below(
                                            static_cast<std::uint64_t>(longest_s - shortest_s))));
    };
    rate(plan.drop, 0.1);
    rate(plan.duplicate, 0.2);
    rate(plan.reset, 0.05);
    rate(plan.straggle, 0.02);
    if (random.Below(2) == 0) plan.latency_spread = absl::Milliseconds(1 + random.Below(2000));
    rate(plan.store_lost, 0.05);
    rate(plan.store_reply_lost, 0.05);
    rate(plan.store_slow, 0.05);
    if (random.Below(2) == 0) plan.store_doubt = 0.5;
    plan.replicas_lag = random.Below(2) == 0;
    rate(plan.blob_fail, 0.03);
    rate(plan.blob_slow, 0.2);
    rate(plan.throttle, 0.15);
    rate(plan.server_error, 0.15);
    rate(plan.cut, 0.1);
    rate(plan.hang, 0.05);
    plan.malformed = static_cast<int>(random.Below(10));
    every(plan.crash_coordinator, 5, 60);
    every(plan.crash_agent, 5, 60);
    every(plan.drain_agent, 20, 90);
    every(plan.partition, 5, 40);
    every(plan.store_outage, 10, 90);
    every(plan.failover, 5, 60);
    if (random.Below(4) == 0) every(plan.wipe_store, 30, 120);
    every(plan.blob_outage, 10, 90);
    every(plan.depose, 5, 60);
    every(plan.jump_wall, 5, 60);
    if (random.Below(2) == 0) plan.old_believes = 0.7;
    if (random.Below(2) == 0) plan.same_epoch = 0.5;
    rate(plan.skew, 0.02);
    plan.wall_skew = random.Below(2) == 0;
    plan.cancel = random.Below(6) == 0;
    return plan;
  }

  // Nothing goes wrong from here on. Clocks stay off, slow stays slow within reason.
  void Heal() {
    const FaultPlan none;
    const double kept_skew = skew;
    const int kept_malformed = malformed;
    *this = none;
    skew = kept_skew;
    malformed = kept_malformed;
  }
};

// Parts of the protocol taken out, for the test of the simulation itself: each must be found.
struct Mutants {
  bool no_fence = false;              // the store does not compare leader tokens
  bool no_nonce = false;              // leader tokens are numbers
  bool pointer_before_blob = false;   // a Put is acknowledged before it is durable
  bool publish_without_wait = false;  // WaitAll does not wait
  bool double_count = false;          // a commit that is repeated is added again
  bool lost_requeue = false;          // a unit that is given back is lost, one time in eight
  bool ignore_retry_after = false;    // agents do not hear how long to wait
  bool journal_after_step = false;    // the next step does not wait for the journal
};

}  // namespace assay
