#include "worker/agentwrite_strategy.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/agent/prompt_text.h"
#include "common/text/python_text.h"

namespace assay {

std::vector<std::string> AgentWriteSteps(std::string_view plan) {
  const std::string lines = FillTemplate(std::string(PythonStrip(plan)), {{"\n\n", "\n"}});
  return absl::StrSplit(lines, '\n');
}

AgentWriteStrategy::AgentWriteStrategy(const v1::UnitInputs& inputs)
    : inputs_(inputs), strategy_(inputs.model().strategy()), writing_(inputs) {}

Step AgentWriteStrategy::AskNext() {
  const std::string instruction = PromptText(inputs_.sample());
  const int max_tokens = StrategyNumber(strategy_, "max_tokens");
  Step step;
  if (!planned_) {
    step.calls.push_back(writing_.Ask(
        "plan", FillTemplate(strategy_.prompts().at("plan"), {{"$INST$", instruction}}),
        max_tokens));
    return step;
  }
  step.calls.push_back(writing_.Ask(
      "write",
      FillTemplate(strategy_.prompts().at("write"), {{"$INST$", instruction},
                                                     {"$PLAN$", PythonStrip(plan_)},
                                                     {"$TEXT$", PythonStrip(text_)},
                                                     {"$STEP$", PythonStrip(steps_[next_])}}),
      max_tokens));
  return step;
}

absl::StatusOr<Step> AgentWriteStrategy::Advance(std::span<const CallOutcome> outcomes) {
  if (!asked_) {
    asked_ = true;
    return AskNext();
  }
  if (outcomes.size() != 1) return Internal("one call was asked for");
  const std::string what = planned_ ? absl::StrCat("section_", next_ + 1) : "plan";
  if (!writing_.Take(outcomes, what)) return writing_.End();
  const v1::Reply& reply = *outcomes[0].reply;
  if (!planned_) {
    planned_ = true;
    steps_ = AgentWriteSteps(reply.text());
    plan_ = absl::StrJoin(steps_, "\n");
    const int most = StrategyNumber(strategy_, "max_steps");
    if (steps_.size() > static_cast<std::size_t>(most)) {
      return writing_.Fail(absl::StrCat("the plan has ", steps_.size(),
                                        " lines; at most max_steps = ", most, " are written"));
    }
    writing_.NoteCut(reply, what);
    return AskNext();
  }
  writing_.NoteCut(reply, what);
  absl::StrAppend(&text_, reply.text(), "\n\n");
  if (++next_ < steps_.size()) return AskNext();
  return writing_.Finish(std::string(PythonStrip(text_)));
}

}  // namespace assay
