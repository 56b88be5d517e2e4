// What strategies of several calls share: asking, and gathering replies into one text. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "assay/v1/unit.pb.h"
#include "common/agent/step_machine.h"

namespace assay {

// `text` with every occurrence of each key replaced by its value, one key after the other: what an
// earlier value brings in is replaced by later keys too, as Python's chained str.replace does.
std::string FillTemplate(std::string text,
                         const std::vector<std::pair<std::string_view, std::string_view>>& values);

// `text` with every key replaced, in one pass: what a value holds stays as it is.
std::string FillPlaceholders(
    std::string_view text,
    const std::vector<std::pair<std::string_view, std::string_view>>& values);

// A whole-number parameter of a resolved strategy.
int StrategyNumber(const v1::Strategy& strategy, const std::string& name);

class WritingSteps {
 public:
  // `inputs` outlives this; its strategy is resolved (ResolveStrategy).
  explicit WritingSteps(const v1::UnitInputs& inputs) : inputs_(inputs) {}

  // A chat of one user message, after the model's system prompt. At most `max_tokens` tokens, or
  // the model's own cap where that is lower. Two calls of a unit with one prompt differ in `try_`.
  v1::Call Ask(const std::string& label, std::string prompt, int max_tokens, int try_ = 0) const;

  // Takes the replies over into the result (reasoning, flags). False when one of them ends the
  // unit: it is refused, blank, or a final error. `what` names them ("plan", "section 3").
  bool Take(std::span<const CallOutcome> outcomes, const std::string& what);

  // The same for replies that the text can do without: those that would end the unit are only
  // flagged, and come back as false, in the order of the outcomes.
  std::vector<bool> TakeOptional(std::span<const CallOutcome> outcomes, const std::string& what);

  // That the text stops before its end: the section behind this reply was cut at its cap.
  void NoteCut(const v1::Reply& reply, const std::string& what);

  // The unit ends without a text, for `reason`.
  Step Fail(const std::string& reason);

  // After Take said false.
  Step End() { return std::move(ended_); }

  // The text is whole.
  Step Finish(std::string text);

 private:
  // What a reply comes to; kGenerated: it can be used.
  static v1::Outcome OutcomeOf(const CallOutcome& outcome);
  void Gather(const v1::Reply& reply);
  Step Stop(v1::Outcome outcome, const std::string& flag);

  const v1::UnitInputs& inputs_;
  v1::Generation generation_;
  Step ended_;
};

}  // namespace assay
