// FakeExecutor that other threads may post to, for tests of adapters with a thread of their own.
// Tasks run only inside RunUntil and Advance, on the test's thread; timers go by virtual time,
// which moves only in Advance, while RunUntil waits for posts in real time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "tests/fakes/fake_executor.h"

namespace assay {

class InboxExecutor : public Executor {
 public:
  void Post(Task task) override {
    {
      const std::lock_guard lock(mutex_);
      inbox_.push_back(std::move(task));
    }
    arrived_.notify_all();
  }
  TimerId RunAfter(absl::Duration delay, Task task) override {
    return timers_.RunAfter(delay, std::move(task));
  }
  void Cancel(TimerId timer) override { timers_.Cancel(timer); }
  bool InLoopThread() const override { return true; }

  FakeClock& clock() { return timers_.clock(); }

  // Runs what is posted until `done()`. False when that takes longer than `limit` of real time.
  bool RunUntil(const std::function<bool()>& done,
                std::chrono::milliseconds limit = std::chrono::seconds(30)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done()) {
      if (timers_.RunOne()) continue;
      Task task;
      {
        std::unique_lock lock(mutex_);
        if (!arrived_.wait_until(lock, end, [this] { return !inbox_.empty(); })) return false;
        task = std::move(inbox_.front());
        inbox_.pop_front();
      }
      std::move(task)();
    }
    return true;
  }

  // Runs what is posted, letting virtual time follow real time, until `done()`.
  bool RunInRealTime(const std::function<bool()>& done,
                     std::chrono::milliseconds limit = std::chrono::seconds(60)) {
    const auto start = std::chrono::steady_clock::now();
    auto last = start;
    while (!done()) {
      RunUntil(done, std::chrono::milliseconds(2));
      const auto now = std::chrono::steady_clock::now();
      timers_.Advance(absl::FromChrono(now - last));
      last = now;
      if (now - start > limit) return done();
    }
    return true;
  }

  // Lets virtual time pass, running timers that are due.
  void Advance(absl::Duration by) { timers_.Advance(by); }

 private:
  FakeExecutor timers_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Task> inbox_;
};

}  // namespace assay
