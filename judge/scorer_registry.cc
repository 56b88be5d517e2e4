#include "judge/scorer_registry.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "judge/length_scorer.h"
#include "judge/repetition_scorer.h"
#include "judge/rubric_scoring.h"

namespace assay {
namespace {

constexpr char kLengthVersion[] = "length/1";
constexpr char kRubricVersion[] = "rubric/1";
constexpr char kRepetitionVersion[] = "repetition/1";

// Every scorer that needs no call, in one step.
class RuleScoring : public StepMachine {
 public:
  explicit RuleScoring(const v1::UnitInputs& inputs) : inputs_(inputs) {}

  absl::StatusOr<Step> Advance(std::span<const CallOutcome>) override {
    Step step;
    v1::Envelope& envelope = step.result.emplace();
    for (const v1::ScorerSpec& scorer : inputs_.scorers()) {
      *envelope.add_verdicts() =
          scorer.has_length() ? ScoreLength(scorer, inputs_) : ScoreRepetition(scorer, inputs_);
    }
    // The unit's outcome is the best of its verdicts'; each verdict has its own.
    envelope.set_outcome(v1::OUTCOME_NOT_APPLICABLE);
    for (const v1::Verdict& verdict : envelope.verdicts()) {
      if (verdict.outcome() == v1::OUTCOME_SCORED) envelope.set_outcome(v1::OUTCOME_SCORED);
    }
    return step;
  }

 private:
  const v1::UnitInputs& inputs_;
};

absl::Status Unusable(const v1::ScorerSpec& scorer, std::string_view problem) {
  return InvalidArgument(absl::StrCat("scorer \"", scorer.id(), "\": ", std::string(problem)));
}

absl::StatusOr<std::unique_ptr<StepMachine>> MakeRuleScoring(const v1::UnitInputs& inputs) {
  if (inputs.scorers().empty()) return InvalidArgument("a scoring unit without a scorer");
  for (const v1::ScorerSpec& scorer : inputs.scorers()) {
    if (scorer.type_case() == v1::ScorerSpec::TYPE_NOT_SET) return Unusable(scorer, "no type");
    if (ScorerNeedsCalls(scorer)) return Unusable(scorer, "needs a judge, in a unit without one");
    if (scorer.has_repetition() && scorer.repetition().ngram() < 1) {
      return Unusable(scorer, "not resolved: repetition.ngram is 0");
    }
  }
  return std::unique_ptr<StepMachine>(std::make_unique<RuleScoring>(inputs));
}

absl::StatusOr<std::unique_ptr<StepMachine>> MakeJudgedScoring(const v1::UnitInputs& inputs) {
  if (inputs.scorers_size() != 1) return InvalidArgument("a judged unit has exactly one scorer");
  const v1::ScorerSpec& scorer = inputs.scorers(0);
  if (!scorer.has_rubric()) return Unusable(scorer, "asks no judge");
  if (!inputs.has_judge()) return Unusable(scorer, "no judge");
  const v1::RubricScorer& rubric = scorer.rubric();
  if (rubric.prompt().empty()) return Unusable(scorer, "rubric.prompt is empty");
  if (rubric.dimensions().empty() || rubric.max_tries() < 1 ||
      rubric.scale_min() >= rubric.scale_max() || rubric.instruction_placeholder().empty() ||
      rubric.response_placeholder().empty()) {
    return Unusable(scorer, "the rubric is not resolved");
  }
  if (scorer.compat() != v1::COMPAT_OFFICIAL && inputs.run_secret().empty()) {
    return Unusable(scorer, "strict judging needs the run's secret");
  }
  return std::unique_ptr<StepMachine>(std::make_unique<RubricScoring>(inputs));
}

}  // namespace

absl::StatusOr<std::unique_ptr<StepMachine>> MakeScorer(const v1::UnitInputs& inputs) {
  switch (inputs.unit().kind()) {
    case v1::UNIT_KIND_SCORE_RULES:
      return MakeRuleScoring(inputs);
    case v1::UNIT_KIND_SCORE_JUDGED:
      return MakeJudgedScoring(inputs);
    default:
      return InvalidArgument("not a scoring unit");
  }
}

bool ScorerNeedsCalls(const v1::ScorerSpec& scorer) { return scorer.has_rubric(); }

std::vector<std::string> MetricNames(const v1::ScorerSpec& scorer) {
  std::vector<std::string> names;
  switch (scorer.type_case()) {
    case v1::ScorerSpec::kLength:
      return {"S_l", "words"};
    case v1::ScorerSpec::kRubric:
      for (const v1::RubricDimension& dimension : scorer.rubric().dimensions()) {
        names.push_back(dimension.name());
      }
      names.push_back("S_q");
      return names;
    case v1::ScorerSpec::kRepetition:
      return {RepeatedFractionName(scorer.repetition().ngram()), "looping_paragraphs",
              "longest_repeat_words"};
    case v1::ScorerSpec::TYPE_NOT_SET:
      break;
  }
  return names;
}

std::string ScorerVersion(const v1::ScorerSpec& scorer) {
  if (scorer.has_length()) return kLengthVersion;
  if (scorer.has_rubric()) return kRubricVersion;
  if (scorer.has_repetition()) return kRepetitionVersion;
  return "";
}

}  // namespace assay
