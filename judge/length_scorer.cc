#include "judge/length_scorer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/text/words.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

constexpr char kVersion[] = "length/1";
constexpr char kLongBenchCounting[] = "longbench_write";

absl::Status Resolve(v1::ScorerSpec& scorer) {
  v1::LengthScorer& length = *scorer.mutable_length();
  if (length.counting().empty()) length.set_counting(kLongBenchCounting);
  if (length.counting() == kLongBenchCounting) return absl::OkStatus();
  return InvalidArgument(absl::StrCat("length.counting: \"", EscapeForTerminal(length.counting()),
                                      "\" is not known, use ", kLongBenchCounting));
}

}  // namespace

ScorerModule LengthModule() {
  ScorerModule module;
  module.type = v1::ScorerSpec::kLength;
  module.version = kVersion;
  module.resolve = Resolve;
  module.metric_names = [](const v1::ScorerSpec&) {
    return std::vector<std::string>{"S_l", "words"};
  };
  module.score = ScoreLength;
  return module;
}

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
  if (reason && (!empty || excluded)) return NotApplicable(scorer, kVersion, *reason);
  if (inputs.sample().required_words() <= 0) {
    return NotApplicable(scorer, kVersion, "the sample asks for no length");
  }
  const std::string_view text = empty ? std::string_view() : std::string_view(inputs.text());
  const std::int64_t words = CountLongBenchWords(text);
  v1::Verdict verdict = NewVerdict(scorer, kVersion);
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
