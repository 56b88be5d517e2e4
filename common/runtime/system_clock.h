// The production Clock. Thread-safe; mains make one.
#pragma once

#include "common/base/clock.h"

namespace assay {

class SystemClock : public Clock {
 public:
  absl::Duration SteadyNow() const override;
  absl::Time WallNow() const override;
};

}  // namespace assay
