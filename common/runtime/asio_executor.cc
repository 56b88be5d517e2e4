#include "common/runtime/asio_executor.h"

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <thread>
#include <unordered_map>
#include <utility>

#include "common/base/check.h"

namespace assay {

struct AsioExecutor::Loop {
  void StartTimer(TimerId id, std::chrono::steady_clock::time_point due, Task task) {
    auto [entry, added] = timers.try_emplace(id, context);
    ASSAY_CHECK(added);
    entry->second.expires_at(due);
    entry->second.async_wait([this, id, task = std::move(task)](const asio::error_code&) mutable {
      if (timers.erase(id) == 1) task();
    });
  }

  // The restart comes first: a Stop after the question then still stops the context.
  bool MayRun() {
    context.restart();
    return !stop_asked.exchange(false);
  }

  void RunOnThisThread() {
    ASSAY_CHECK(thread.load() == std::thread::id());
    thread.store(std::this_thread::get_id());
    context.run();
    thread.store(std::thread::id());
    stop_asked.store(false);
  }

  asio::io_context context{1};
  std::atomic<TimerId> last_timer{0};
  std::atomic<std::thread::id> thread{};
  std::atomic<bool> stop_asked{false};
  // Touched by the loop thread only. A handler whose timer is gone from here was cancelled.
  std::unordered_map<TimerId, asio::steady_timer> timers;
};

AsioExecutor::AsioExecutor() : loop_(std::make_unique<Loop>()) {}

AsioExecutor::~AsioExecutor() { ASSAY_CHECK(loop_->thread.load() == std::thread::id()); }

void AsioExecutor::Post(Task task) { asio::post(loop_->context, std::move(task)); }

TimerId AsioExecutor::RunAfter(absl::Duration delay, Task task) {
  const TimerId id = ++loop_->last_timer;
  // A year is longer than any process lives and cannot overflow the clock.
  const absl::Duration bounded = std::clamp(delay, absl::ZeroDuration(), absl::Hours(24 * 366));
  const auto due = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(bounded);
  if (InLoopThread()) {
    loop_->StartTimer(id, due, std::move(task));
  } else {
    asio::post(loop_->context, [loop = loop_.get(), id, due, task = std::move(task)]() mutable {
      loop->StartTimer(id, due, std::move(task));
    });
  }
  return id;
}

void AsioExecutor::Cancel(TimerId timer) {
  if (InLoopThread()) {
    loop_->timers.erase(timer);
  } else {
    asio::post(loop_->context, [loop = loop_.get(), timer] { loop->timers.erase(timer); });
  }
}

bool AsioExecutor::InLoopThread() const {
  return loop_->thread.load() == std::this_thread::get_id();
}

void AsioExecutor::Run() {
  if (loop_->MayRun()) loop_->RunOnThisThread();
}

void AsioExecutor::RunUntilStopped() {
  const auto guard = asio::make_work_guard(loop_->context);
  if (loop_->MayRun()) loop_->RunOnThisThread();
}

void AsioExecutor::Stop() {
  loop_->stop_asked.store(true);
  loop_->context.stop();
}

void* AsioExecutor::native_loop() { return &loop_->context; }

}  // namespace assay
