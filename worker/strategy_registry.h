// The strategies a worker can run, by the name in Model.strategy.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/agent/step_machine.h"

namespace assay {

// Names that MakeStrategy knows, sorted. For validation of run specs.
std::vector<std::string> StrategyNames();

// The machine of a generation unit; a MachineFactory. An empty name means "direct".
// kInvalidArgument: a strategy that does not exist, parameters it does not have, a unit that is not
// a generation, or a sample without prompt.
absl::StatusOr<std::unique_ptr<StepMachine>> MakeStrategy(const v1::UnitInputs& inputs);

}  // namespace assay
