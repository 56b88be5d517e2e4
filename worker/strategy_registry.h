// The strategies a worker can run, by the name in Model.strategy. Pure functions, thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/agent/step_machine.h"

namespace assay {

// Names that MakeStrategy knows, sorted.
std::vector<std::string> StrategyNames();

// Fills in the defaults of parameters and the built-in prompts, and checks the result; resolving
// again changes nothing. An empty name means "direct". A prompt that prompt_files names is taken to
// be read later. InvalidArgument: "<field>: <problem>".
absl::StatusOr<v1::Strategy> ResolveStrategy(v1::Strategy strategy);

// The machine of a generation unit; a MachineFactory. kInvalidArgument: a strategy that does not
// exist or is not resolved, a unit that is not a generation, or a sample without prompt.
absl::StatusOr<std::unique_ptr<StepMachine>> MakeStrategy(const v1::UnitInputs& inputs);

}  // namespace assay
