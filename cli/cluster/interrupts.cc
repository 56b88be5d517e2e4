#include "cli/cluster/interrupts.h"

#include <thread>
#include <utility>

#include "common/base/mutex.h"

namespace assay {

struct Interrupts::Shared {
  Mutex mutex;
  std::function<void(int)> handler;  // guarded by mutex
};

Interrupts::Interrupts(const CliContext& context, std::function<void(int)> handler)
    : shared_(std::make_shared<Shared>()) {
  shared_->handler = std::move(handler);
  // Detached, since nothing but a signal wakes it.
  std::thread([shared = shared_, wait = context.wait_for_interrupt] {
    for (int seen = 0;; ++seen) {
      wait(seen);
      MutexLock lock(shared->mutex);
      if (!shared->handler) return;
      shared->handler(seen + 1);
    }
  }).detach();
}

Interrupts::~Interrupts() {
  MutexLock lock(shared_->mutex);
  shared_->handler = nullptr;
}

}  // namespace assay
