// Executor and Clock with virtual time, for tests of everything that runs on a core thread. Tasks
// run only inside RunReady, Advance and RunUntil; timers fire in order of (due time, order of
// creation). Single-threaded.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <utility>

#include "common/base/clock.h"
#include "common/base/executor.h"

namespace assay {

// Steady and wall time move only when told.
class FakeClock : public Clock {
 public:
  absl::Duration SteadyNow() const override { return steady_; }
  absl::Time WallNow() const override { return wall_start_ + steady_ + wall_jump_; }

  void Advance(absl::Duration by) { steady_ += by; }
  // Moves calendar time alone, as an operator or NTP would.
  void JumpWall(absl::Duration by) { wall_jump_ += by; }

 private:
  absl::Duration steady_ = absl::Seconds(1000);
  absl::Duration wall_jump_ = absl::ZeroDuration();
  absl::Time wall_start_ = absl::FromUnixSeconds(1'700'000'000);
};

class FakeExecutor : public Executor {
 public:
  void Post(Task task) override { ready_.push_back(std::move(task)); }

  TimerId RunAfter(absl::Duration delay, Task task) override {
    const TimerId id = next_timer_++;
    const absl::Duration due = clock_.SteadyNow() + std::max(delay, absl::ZeroDuration());
    timers_.emplace(std::make_pair(due, id), std::move(task));
    due_of_[id] = due;
    return id;
  }

  void Cancel(TimerId timer) override {
    const auto found = due_of_.find(timer);
    if (found == due_of_.end()) return;
    timers_.erase({found->second, timer});
    due_of_.erase(found);
  }

  bool InLoopThread() const override { return true; }

  FakeClock& clock() { return clock_; }
  std::size_t pending_timers() const { return timers_.size(); }
  bool idle() const { return ready_.empty(); }

  // Runs one posted task, or one timer that is due now. False when there is none.
  bool RunOne() {
    Task task;
    if (!ready_.empty()) {
      task = std::move(ready_.front());
      ready_.pop_front();
    } else if (!timers_.empty() && timers_.begin()->first.first <= clock_.SteadyNow()) {
      task = std::move(timers_.begin()->second);
      due_of_.erase(timers_.begin()->first.second);
      timers_.erase(timers_.begin());
    } else {
      return false;
    }
    std::move(task)();
    return true;
  }

  // Runs everything that can run without time passing. Returns how many tasks ran.
  int RunReady() {
    int ran = 0;
    while (RunOne()) ++ran;
    return ran;
  }

  // Lets `by` pass, running each timer at its own time.
  void Advance(absl::Duration by) {
    const absl::Duration end = clock_.SteadyNow() + by;
    RunReady();
    while (!timers_.empty() && timers_.begin()->first.first <= end) {
      clock_.Advance(timers_.begin()->first.first - clock_.SteadyNow());
      RunReady();
    }
    clock_.Advance(end - clock_.SteadyNow());
  }

  // Runs tasks and timers, letting time pass as needed, until `done()` or until `limit` of virtual
  // time has gone by, or nothing is left to run. Returns done().
  bool RunUntil(const std::function<bool()>& done, absl::Duration limit) {
    const absl::Duration end = clock_.SteadyNow() + limit;
    while (!done()) {
      if (RunOne()) continue;
      if (timers_.empty() || timers_.begin()->first.first > end) return done();
      clock_.Advance(timers_.begin()->first.first - clock_.SteadyNow());
    }
    return true;
  }

 private:
  FakeClock clock_;
  std::deque<Task> ready_;
  std::map<std::pair<absl::Duration, TimerId>, Task> timers_;
  std::map<TimerId, absl::Duration> due_of_;
  TimerId next_timer_ = 1;
};

}  // namespace assay
