#include "judge/engine/ask_group.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/log.h"

namespace assay {

AskItems& AskGroup::Add(AskItems ask) {
  ASSAY_CHECK(open_calls_.empty());
  return asks_.emplace_back(std::move(ask));
}

std::vector<v1::Call> AskGroup::Next(std::span<const CallOutcome> outcomes) {
  const bool first = open_calls_.empty();
  open_calls_.resize(asks_.size());
  std::vector<v1::Call> calls;
  std::size_t at = 0;
  for (std::size_t i = 0; i < asks_.size(); ++i) {
    if (!first && open_calls_[i] == 0) continue;
    const std::size_t n = open_calls_[i];
    std::vector<v1::Call> next = asks_[i].Next(outcomes.subspan(at, n));
    at += n;
    open_calls_[i] = next.size();
    for (v1::Call& call : next) calls.push_back(std::move(call));
  }
  ASSAY_CHECK(at == outcomes.size());
  return calls;
}

const std::optional<v1::Error>& AskGroup::failure() const {
  static const std::optional<v1::Error> kNone;
  for (const AskItems& ask : asks_) {
    if (ask.failure()) return ask.failure();
  }
  return kNone;
}

v1::Verdict RefusedVerdict(v1::Verdict verdict, const v1::Error& error) {
  verdict.set_outcome(v1::OUTCOME_FAILED);
  verdict.set_reason(
      absl::StrCat("the judge's endpoint refused: ", EscapeForTerminal(error.message(), 200)));
  return verdict;
}

Step EndPreparation(const std::string& text, const std::string& problem) {
  Step step;
  v1::Envelope& envelope = step.result.emplace();
  envelope.set_outcome(text.empty() ? v1::OUTCOME_EMPTY : v1::OUTCOME_GENERATED);
  envelope.mutable_generation()->set_text(text);
  envelope.mutable_generation()->set_finish_reason("stop");
  if (!problem.empty()) envelope.mutable_generation()->add_flags(problem);
  return step;
}

Step EndPreparation(const v1::Error& error) {
  Step step;
  v1::Envelope& envelope = step.result.emplace();
  envelope.set_outcome(v1::OUTCOME_FAILED);
  *envelope.mutable_error() = error;
  return step;
}

}  // namespace assay
