// Strategy "longeval": section by section along a plan, as LongEval does (arXiv 2502.19103,
// Wusiwei0410/LongEval inference.py), with the prompts that an imported suite carries. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/agent/step_machine.h"
#include "common/text/python_json.h"
#include "worker/writing_steps.h"

namespace assay {

// Sample.scorer_data `steps` is a JSON list with an object a section: `prompt`, a list of one text
// or of two, between which stands what was written so far, as Python prints a list; where there is
// `ask`, that is asked first, and an answer with "Yes" in it takes the prompt `yes` instead.
// Parameter: max_tokens of one call (default 4154). The text is the sections with a line of one
// form feed between them. A section that is refused, blank or lost ends the unit without a text;
// one that is cut at its cap makes the text truncated.
class LongEvalStrategy : public StepMachine {
 public:
  // `inputs` outlives the machine.
  explicit LongEvalStrategy(const v1::UnitInputs& inputs);

  // InvalidArgument also: the sample has no such steps.
  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override;

 private:
  absl::Status ReadSteps();
  Step AskNext();

  struct Section {
    std::string ask;  // empty: nothing is asked first
    std::vector<std::string> prompt;
    std::vector<std::string> yes;
  };

  const v1::UnitInputs& inputs_;
  const int max_tokens_;
  WritingSteps writing_;
  std::vector<Section> sections_;
  bool answered_ = false;  // the question of the next section
  bool yes_ = false;
  PythonValue written_;  // a list of texts
};

}  // namespace assay
