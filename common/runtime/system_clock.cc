#include "common/runtime/system_clock.h"

#include <chrono>

#include "absl/time/clock.h"

namespace assay {

absl::Duration SystemClock::SteadyNow() const {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

absl::Time SystemClock::WallNow() const { return absl::Now(); }

}  // namespace assay
