// The production Executor: one Asio loop. Owned by main (or by an adapter that wants a thread of
// its own); the thread inside Run() is the loop thread. Everything but Run and RunUntilStopped is
// thread-safe.
#pragma once

#include <memory>

#include "common/base/executor.h"

namespace assay {

class AsioExecutor : public Executor {
 public:
  AsioExecutor();
  // Drops tasks and timers that have not run. REQUIRES: no thread is inside Run.
  ~AsioExecutor() override;
  AsioExecutor(const AsioExecutor&) = delete;
  AsioExecutor& operator=(const AsioExecutor&) = delete;

  void Post(Task task) override;
  TimerId RunAfter(absl::Duration delay, Task task) override;
  void Cancel(TimerId timer) override;
  bool InLoopThread() const override;

  // Runs tasks on the calling thread until nothing is posted and no timer is pending, or until
  // Stop. May be called again afterwards.
  void Run();

  // Runs tasks on the calling thread, waiting for more when there are none, until Stop. A Stop that
  // came before is honoured: the call then returns at once.
  void RunUntilStopped();

  // Makes Run or RunUntilStopped return after the task that is running now. Tasks left over stay
  // queued. Safe in a task and from other threads.
  void Stop();

  // The asio::io_context, for adapters that wait for file descriptors on this loop; without its
  // type so that Asio stays out of headers.
  void* native_loop();

 private:
  struct Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace assay
