// The one kind of thing that strategies and scorers are: a pure step machine. It does no I/O, reads
// no clock and draws no random numbers; the same inputs and replies always give the same calls and
// result, so that replaying a journal resumes a half-done unit for free.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "assay/v1/unit.pb.h"
#include "common/base/status.h"

namespace assay {

// What one call came to. Exactly one of the two is set. An error is only ever one that no retry can
// mend (classes request and too_slow); everything else is retried below the machine and never seen.
struct CallOutcome {
  std::optional<v1::Reply> reply;
  std::optional<v1::Error> error;
};

// Either calls to make, all of which may run at once, or the result. Never both, never neither.
struct Step {
  std::vector<v1::Call> calls;
  // outcome, and generation or verdicts, and error where the outcome is one. The runner fills the
  // rest.
  std::optional<v1::Envelope> result;
};

class StepMachine {
 public:
  virtual ~StepMachine() = default;

  // First called with no outcomes; then, after each returned batch, once with that batch's outcomes
  // in the order of its calls. Not called again after a result. Two calls of a unit never have the
  // same request and draw. An error status is a defect or an unusable configuration: the unit fails
  // with it.
  virtual absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) = 0;
};

// Makes the machine of a unit: worker/ has one for strategies, judge/ one for scorers. `inputs`
// must outlive the machine.
using MachineFactory =
    std::function<absl::StatusOr<std::unique_ptr<StepMachine>>(const v1::UnitInputs& inputs)>;

}  // namespace assay
