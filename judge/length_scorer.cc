#include "judge/length_scorer.h"

#include <algorithm>

#include "common/text/words.h"
#include "judge/applicability.h"

namespace assay {

double LongBenchLengthScore(std::int64_t required, std::int64_t actual) {
  if (actual == 0) return 0;
  const auto x = static_cast<double>(required);
  const auto y = static_cast<double>(actual);
  if (y > x) return 100 * std::max(0.0, 1 - (y / x - 1) / 3);
  return 100 * std::max(0.0, 1 - (x / y - 1) / 2);
}

v1::Verdict ScoreLength(const v1::ScorerSpec& scorer, const v1::UnitInputs& inputs) {
  const bool empty = inputs.generation_outcome() == v1::OUTCOME_EMPTY;
  const bool excluded = inputs.truncated() && inputs.on_truncation() == v1::ON_TRUNCATION_EXCLUDE;
  const std::optional<std::string> reason = WhyNotApplicable(inputs);
  if (reason && (!empty || excluded)) return NotApplicable(scorer, *reason);
  if (inputs.sample().required_words() <= 0) {
    return NotApplicable(scorer, "the sample asks for no length");
  }
  const std::string_view text = empty ? std::string_view() : std::string_view(inputs.text());
  const std::int64_t words = CountLongBenchWords(text);
  v1::Verdict verdict = NewVerdict(scorer);
  verdict.set_outcome(v1::OUTCOME_SCORED);
  AddScore(verdict, "S_l", LongBenchLengthScore(inputs.sample().required_words(), words));
  AddScore(verdict, "words", static_cast<double>(words));
  if (text.empty()) {
    verdict.add_flags("empty_output");
  } else if (words == 0) {
    verdict.add_flags("no_countable_words");
  }
  return verdict;
}

}  // namespace assay
