#include "simulator/event_loop.h"

#include <event2/event.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace assay {

void EventDeleter::operator()(event* e) const { event_free(e); }

absl::StatusOr<std::unique_ptr<EventLoop>> EventLoop::Create() {
  std::unique_ptr<EventLoop> loop(new EventLoop);
  loop->base_ = event_base_new();
  loop->wake_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (loop->base_ == nullptr || loop->wake_fd_ < 0) return Unavailable("no event loop");
  loop->wake_ = loop->NewEvent(loop->wake_fd_, EV_READ | EV_PERSIST, &OnWake, loop.get());
  event_add(loop->wake_.get(), nullptr);
  return loop;
}

EventLoop::~EventLoop() {
  wake_.reset();
  if (wake_fd_ >= 0) close(wake_fd_);
  if (base_ != nullptr) event_base_free(base_);
}

void EventLoop::Run() { event_base_dispatch(base_); }

void EventLoop::Quit() { event_base_loopbreak(base_); }

double EventLoop::NowSeconds() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

void EventLoop::Post(std::function<void()> task) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  const std::uint64_t one = 1;
  // Full means that a wake-up is pending already.
  (void)!write(wake_fd_, &one, sizeof one);
}

EventPtr EventLoop::NewEvent(int fd, short what, void (*callback)(int, short, void*),
                             void* context) {
  return EventPtr(event_new(base_, fd, what, callback, context));
}

void EventLoop::Arm(event* timer, double seconds) {
  const double clamped = std::clamp(seconds, 0.0, 1e8);
  timeval time{};
  time.tv_sec = static_cast<time_t>(clamped);
  time.tv_usec = static_cast<suseconds_t>((clamped - static_cast<double>(time.tv_sec)) * 1e6);
  event_add(timer, &time);
}

void EventLoop::OnWake(int fd, short, void* self) {
  auto* loop = static_cast<EventLoop*>(self);
  std::uint64_t count = 0;
  (void)!read(fd, &count, sizeof count);
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard<std::mutex> lock(loop->mutex_);
    tasks.swap(loop->tasks_);
  }
  for (auto& task : tasks) task();
}

}  // namespace assay
