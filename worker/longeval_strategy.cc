#include "worker/longeval_strategy.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/text/python_repr.h"

namespace assay {
namespace {

constexpr char kBoundary[] = "\n\f\n";  // LongEval's scorer cuts the text there

// The texts of a list of texts under `key`; empty where there is none.
std::vector<std::string> TextsOf(const PythonValue& step, const std::string& key) {
  const auto found = step.dict.find(key);
  std::vector<std::string> texts;
  if (found == step.dict.end()) return texts;
  for (const PythonValue& one : found->second.list) texts.push_back(one.text);
  return texts;
}

}  // namespace

LongEvalStrategy::LongEvalStrategy(const v1::UnitInputs& inputs)
    : inputs_(inputs),
      max_tokens_(StrategyNumber(inputs.model().strategy(), "max_tokens")),
      writing_(inputs) {
  written_.kind = PythonValue::Kind::kList;
}

absl::Status LongEvalStrategy::ReadSteps() {
  const auto found = inputs_.sample().scorer_data().find("steps");
  const auto steps = found == inputs_.sample().scorer_data().end()
                         ? absl::StatusOr<PythonValue>(NotFound("steps"))
                         : PythonJsonLoads(found->second);
  for (std::size_t i = 0; steps.ok() && i < steps->list.size(); ++i) {
    const PythonValue& step = steps->list[i];
    const auto ask = step.dict.find("ask");
    sections_.push_back({ask == step.dict.end() ? "" : ask->second.text, TextsOf(step, "prompt"),
                         TextsOf(step, "yes")});
    const Section& section = sections_.back();
    const bool complete = !section.prompt.empty() && section.ask.empty() == section.yes.empty();
    if (!complete) return InvalidArgument(absl::StrCat("scorer_data.steps: ", i, " has no prompt"));
  }
  if (!sections_.empty()) return absl::OkStatus();
  return InvalidArgument(absl::StrCat("sample \"", EscapeForTerminal(inputs_.sample().id()),
                                      "\": strategy longeval needs scorer_data.steps, which the "
                                      "suites of `assay import longeval` have"));
}

Step LongEvalStrategy::AskNext() {
  const std::size_t number = written_.list.size();
  const Section& section = sections_[number];
  Step step;
  if (!section.ask.empty() && !answered_) {
    step.calls.push_back(
        writing_.Ask(absl::StrCat("question_", number + 1), section.ask, max_tokens_));
    return step;
  }
  const std::vector<std::string>& parts = yes_ ? section.yes : section.prompt;
  std::string prompt = parts[0];
  for (std::size_t i = 1; i < parts.size(); ++i) prompt += PythonRepr(written_) + parts[i];
  step.calls.push_back(
      writing_.Ask(absl::StrCat("section_", number + 1), std::move(prompt), max_tokens_));
  return step;
}

absl::StatusOr<Step> LongEvalStrategy::Advance(std::span<const CallOutcome> outcomes) {
  if (sections_.empty()) {
    ASSAY_RETURN_IF_ERROR(ReadSteps());
    return AskNext();
  }
  if (outcomes.size() != 1) return Internal("one call was asked for");
  const std::size_t number = written_.list.size();
  const bool question = !sections_[number].ask.empty() && !answered_;
  const std::string what = absl::StrCat(question ? "question_" : "section_", number + 1);
  if (!writing_.Take(outcomes, what)) return writing_.End();
  const v1::Reply& reply = *outcomes[0].reply;
  if (question) {
    answered_ = true;
    yes_ = reply.text().find("Yes") != std::string::npos;
    return AskNext();
  }
  writing_.NoteCut(reply, what);
  answered_ = false;
  yes_ = false;
  PythonValue& section = written_.list.emplace_back();
  section.kind = PythonValue::Kind::kString;
  section.text = reply.text();
  if (written_.list.size() < sections_.size()) return AskNext();
  std::string text;
  for (const PythonValue& one : written_.list) {
    absl::StrAppend(&text, text.empty() ? "" : kBoundary, one.text);
  }
  return writing_.Finish(std::move(text));
}

}  // namespace assay
