// Strategy "agentwrite": AgentWrite of LongWriter (arXiv:2408.07055, THUDM/LongWriter agentwrite/),
// with the user's plan.txt and write.txt. One call for a plan, then one call for each of its lines,
// in order, each with all that was written before. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/agent/step_machine.h"
#include "worker/writing_steps.h"

namespace assay {

// The plan's lines as AgentWrite takes them: the reply stripped, each empty line between two lines
// taken out once, then cut at line ends. Steps may be empty where there were more empty lines.
std::vector<std::string> AgentWriteSteps(std::string_view plan);

// Parameters: max_steps (default 50: a longer plan is not written, outcome failed), max_tokens of
// one call (default 4096). The text is the sections with an empty line between them. A section that
// is refused, blank or lost ends the unit without a text; a section cut at its cap makes the text
// truncated.
class AgentWriteStrategy : public StepMachine {
 public:
  // `inputs` outlives the machine; prompt_text() is the instruction.
  explicit AgentWriteStrategy(const v1::UnitInputs& inputs);

  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override;

 private:
  Step AskNext();

  const v1::UnitInputs& inputs_;
  const v1::Strategy& strategy_;
  WritingSteps writing_;
  bool asked_ = false;
  bool planned_ = false;
  std::string plan_;
  std::vector<std::string> steps_;
  std::size_t next_ = 0;
  std::string text_;
};

}  // namespace assay
