#include "judge/repetition_scorer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/words.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

constexpr char kVersion[] = "repetition/1";
constexpr int kDefaultNgram = 20;
constexpr int kMaxNgram = 1000;
constexpr int kMinParagraphWords = 8;
constexpr double kRepetitiveFraction = 0.2;
constexpr std::size_t kRepetitiveParagraphs = 3;
constexpr std::size_t kMaxParagraphFindings = 20;

void AddSpan(v1::Finding& finding, const TextRange& range) {
  v1::Span* span = finding.add_spans();
  span->set_source("output");
  span->set_begin_byte(static_cast<std::int64_t>(range.begin));
  span->set_end_byte(static_cast<std::int64_t>(range.end));
}

void AddFinding(v1::Verdict& verdict, const std::string& kind, const std::string& text,
                const TextRange& first, const TextRange& repeat) {
  v1::Finding* finding = verdict.add_findings();
  finding->set_kind(kind);
  finding->set_text(text);
  AddSpan(*finding, first);
  AddSpan(*finding, repeat);
}

absl::Status Resolve(v1::ScorerSpec& scorer) {
  v1::RepetitionScorer& repetition = *scorer.mutable_repetition();
  if (repetition.ngram() == 0) repetition.set_ngram(kDefaultNgram);
  if (repetition.ngram() >= 2 && repetition.ngram() <= kMaxNgram) return absl::OkStatus();
  return InvalidArgument(
      absl::StrCat("repetition.ngram: ", repetition.ngram(), " is not between 2 and ", kMaxNgram));
}

std::vector<std::string> Metrics(const v1::ScorerSpec& scorer) {
  return {RepeatedFractionName(scorer.repetition().ngram()), "looping_paragraphs",
          "longest_repeat_words"};
}

}  // namespace

ScorerModule RepetitionModule() {
  ScorerModule module;
  module.type = v1::ScorerSpec::kRepetition;
  module.version = kVersion;
  module.resolve = Resolve;
  module.metric_names = Metrics;
  module.score = ScoreRepetition;
  return module;
}

std::string RepeatedFractionName(int ngram) {
  return "repeated_" + std::to_string(ngram) + "gram_fraction";
}

v1::Verdict ScoreRepetition(const v1::ScorerSpec& scorer, const v1::UnitInputs& inputs) {
  if (const std::optional<std::string> reason = WhyNotApplicable(inputs)) {
    return NotApplicable(scorer, kVersion, *reason);
  }
  const int ngram = scorer.repetition().ngram();
  const Repetition repetition = MeasureRepetition(inputs.text(), ngram);
  const ParagraphLoops loops = FindParagraphLoops(inputs.text(), kMinParagraphWords);
  v1::Verdict verdict = NewVerdict(scorer, kVersion);
  verdict.set_outcome(v1::OUTCOME_SCORED);
  AddScore(verdict, RepeatedFractionName(ngram), repetition.repeated_fraction());
  AddScore(verdict, "looping_paragraphs", static_cast<double>(loops.repeats.size()));
  AddScore(verdict, "longest_repeat_words", static_cast<double>(repetition.longest_repeat_words));
  if (repetition.repeated_fraction() >= kRepetitiveFraction ||
      loops.repeats.size() >= kRepetitiveParagraphs) {
    verdict.add_flags("repetitive");
  }
  if (repetition.longest_repeat_words > 0) {
    AddFinding(verdict, "repeated_passage",
               std::to_string(repetition.longest_repeat_words) + " words stand earlier in the text",
               repetition.longest_repeat_source, repetition.longest_repeat);
  }
  for (std::size_t i = 0; i < std::min(loops.repeats.size(), kMaxParagraphFindings); ++i) {
    AddFinding(verdict, "repeated_paragraph", "the paragraph was written before",
               loops.originals[i], loops.repeats[i]);
  }
  return verdict;
}

}  // namespace assay
