// The event loop of a core thread, injected. All domain state of a process is touched only by tasks
// of one Executor, so that domain code has no locks.
#pragma once

#include <cstdint>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace assay {

using Task = absl::AnyInvocable<void()>;

// A completion: called exactly once, on the Executor of the object that was called, and never
// inside the call that was given it.
template <typename T>
using Callback = absl::AnyInvocable<void(T)>;

using TimerId = std::uint64_t;  // 0 is never a timer

class Executor {
 public:
  virtual ~Executor() = default;

  // Runs `task` after everything posted before it. Thread-safe.
  virtual void Post(Task task) = 0;

  // Runs `task` once `delay` has passed (at once when not positive). Thread-safe.
  virtual TimerId RunAfter(absl::Duration delay, Task task) = 0;

  // Prevents the task of a timer that has not run yet. Unknown ids are ignored. Thread-safe; only a
  // call on the loop's own thread is sure to win over a timer that is due.
  virtual void Cancel(TimerId timer) = 0;

  // True on the thread that runs the tasks.
  virtual bool InLoopThread() const = 0;
};

}  // namespace assay
