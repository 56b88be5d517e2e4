// libevent in RAII form, and the only place of the folder besides connection.cc and simulator.cc
// that includes it: a loop for one thread, with tasks from other threads.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "common/base/status.h"

struct event;
struct event_base;

namespace assay {

struct EventDeleter {
  void operator()(event* e) const;
};
using EventPtr = std::unique_ptr<event, EventDeleter>;

class EventLoop {
 public:
  static absl::StatusOr<std::unique_ptr<EventLoop>> Create();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  event_base* base() { return base_; }

  // Runs until Quit. Call on the loop's thread.
  void Run();
  // Loop thread only.
  void Quit();

  // Seconds on a steady clock.
  double NowSeconds() const;

  // Runs `task` on the loop's thread. Thread-safe.
  void Post(std::function<void()> task);

  // An event for `fd` (EV_READ, EV_WRITE, EV_PERSIST as in libevent), or a timer with fd -1. Not
  // added yet. `context` goes to `callback`.
  EventPtr NewEvent(int fd, short what, void (*callback)(int, short, void*), void* context);
  static void Arm(event* timer, double seconds);

 private:
  EventLoop() = default;
  static void OnWake(int fd, short what, void* self);

  event_base* base_ = nullptr;
  int wake_fd_ = -1;
  EventPtr wake_;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;  // guarded by mutex_
};

}  // namespace assay
