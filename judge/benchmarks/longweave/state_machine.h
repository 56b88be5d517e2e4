// STATE_MACHINE: the trace of a machine of three states on an input (reference 3.3). Only the
// output column of a trace is looked at. Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "judge/benchmarks/longweave/templates.h"

namespace assay::longweave {

// The machine of the official configuration: as many states as input and output characters. From
// state s, input x leads to state (s + x) mod states, with that number as the output.
inline constexpr int kStates = 3;

// The input of an id, e.g. "STATE_MACHINE/1k_0".
std::string DrawInput(std::string_view id, std::int64_t length);

// What the machine puts out. REQUIRES: `input` consists of digits below kStates.
std::string OutputOf(std::string_view input);

// REQUIRES: at least three characters of input, digits below kStates.
absl::StatusOr<std::string> StateMachinePrompt(const Templates& templates, std::string_view input);

struct StateMachineScores {
  std::int64_t steps = 0;        // of the input
  std::int64_t valid_steps = 0;  // before the first that is wrong
  double match_ratio = 0;        // 0..1
  // The line that ended the comparison, and what stood in its output column; both empty when none
  // did. A line without an output column has `line` only.
  std::string line;
  std::string output;
};

StateMachineScores ScoreStateMachine(std::string_view input, std::string_view response);

}  // namespace assay::longweave
