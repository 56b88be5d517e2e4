// An Executor for adapter tests: other threads post, the test thread runs what was posted.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "common/base/check.h"
#include "common/base/executor.h"

namespace assay {

class QueueExecutor : public Executor {
 public:
  void Post(Task task) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    posted_.notify_all();
  }
  TimerId RunAfter(absl::Duration, Task) override {
    ASSAY_CHECK(false);
    return 0;
  }
  void Cancel(TimerId) override {}
  bool InLoopThread() const override { return true; }

  // Waits for one task and runs it.
  void RunOne() {
    Task task;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      posted_.wait(lock, [this] { return !tasks_.empty(); });
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }

  // Waits until `condition` holds, running tasks.
  template <typename Condition>
  void RunUntil(Condition condition) {
    while (!condition()) RunOne();
  }

 private:
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<Task> tasks_;
};

}  // namespace assay
