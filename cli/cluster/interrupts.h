// Signals as calls, for mains that block elsewhere: a thread that waits for SIGINT and SIGTERM.
#pragma once

#include <functional>
#include <memory>

#include "cli/context.h"

namespace assay {

class Interrupts {
 public:
  // `handler(n)` runs on a thread of its own for the n-th signal, from 1 on, until this is gone.
  Interrupts(const CliContext& context, std::function<void(int)> handler);
  // No call is under way afterwards.
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace assay
