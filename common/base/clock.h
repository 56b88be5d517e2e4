// Time, injected. Nothing outside common/runtime and mains reads a clock of the system.
#pragma once

#include "absl/time/time.h"

namespace assay {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Time since an arbitrary start, never going back. For leases, deadlines and durations.
  virtual absl::Duration SteadyNow() const = 0;

  // Calendar time, which may jump. For records that people read; no decision depends on it.
  virtual absl::Time WallNow() const = 0;
};

}  // namespace assay
