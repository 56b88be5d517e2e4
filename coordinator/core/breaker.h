// Breaker: keeps calls from a server that is down (reliability.md 3.10). Closed, it counts 5xx,
// resets, cut and failed streams; it opens after 6 in a row, or when half of at least 20 ends of
// the last 30 s were such. Open, nothing may start but one probe at a time: after 5 s, and after
// each probe that fails, after 10, 20, 40 and then 60 s, each up to a fifth longer at random, so
// that it does not fall into step with a server that flaps. A probe that ends well closes it. After
// 5 minutes without a success it says that the server is gone. Pure; owned by CallLanes, one
// for each lane.
#pragma once

#include <deque>
#include <utility>

#include "absl/time/time.h"

namespace assay {

class Breaker {
 public:
  // Whether a call may start now; when it is open, the call is the probe.
  bool MayStart(absl::Duration now) const;
  void OnStarted(absl::Duration now);
  // The probe ended without saying anything about the server: preempted, lease lost, 429.
  // `jitter`: from 0 to 1, here and below.
  void OnNoAnswer(absl::Duration started, absl::Duration now, double jitter);
  // Ends of calls that began at `started`. An answer to a call from before it opened does not close
  // it, and a failure of such a call does not count again.
  void OnSuccess(absl::Duration started, absl::Duration now);
  void OnFailure(absl::Duration started, absl::Duration now, double jitter);
  // An operator says that it is mended: the next probe may start at once.
  void ProbeNow(absl::Duration now);

  bool open() const { return open_; }
  bool probing() const { return probing_; }
  // No success for 5 minutes, and the time for the next probe has not come.
  bool gone(absl::Duration now) const { return gone_ && now < next_probe_; }
  // When the next probe may start; -InfiniteDuration while closed or while a probe runs.
  absl::Duration next_probe() const;

 private:
  void Open(absl::Duration now, double jitter);
  void ScheduleProbe(absl::Duration now, double jitter);
  void Note(bool failed, absl::Duration now);

  bool open_ = false;
  bool probing_ = false;
  bool gone_ = false;
  int in_a_row_ = 0;
  int failed_probes_ = 0;
  absl::Duration opened_at_ = -absl::InfiniteDuration();
  absl::Duration probe_started_ = -absl::InfiniteDuration();
  absl::Duration next_probe_ = -absl::InfiniteDuration();
  std::deque<std::pair<absl::Duration, bool>> ends_;  // of the last 30 s; true: failed
  int failed_ends_ = 0;
};

}  // namespace assay
