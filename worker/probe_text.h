// The texts of probes (v1::Probe). Pure functions, thread-safe.
#pragma once

#include <memory>
#include <string>

#include "common/agent/step_machine.h"

namespace assay {

//   constant      one sentence that says nothing about any task
//   prompt_copy   the task itself, handed back
//   forged_rival  a text that pretends to end here, hands an empty rival to the judge and dictates
//   the
//                 verdict (the shape of the NullModel attack, arXiv:2410.07137;
//                 claims-and-judges.md section 8)
//   empty         nothing
//   anchor        the sample's own reference answer; nothing when it has none
// Empty for a kind that does not exist.
std::string ProbeText(const std::string& kind, const v1::Sample& sample,
                      const std::string& prompt_text);

// A machine with no call: the probe's text, generated; or empty.
std::unique_ptr<StepMachine> MakeProbe(const v1::UnitInputs& inputs);

}  // namespace assay
