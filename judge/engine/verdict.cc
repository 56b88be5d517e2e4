#include "judge/engine/verdict.h"

#include <algorithm>
#include <utility>

namespace assay {
namespace {

std::string OutcomeName(v1::Outcome outcome) {
  std::string name = v1::Outcome_Name(outcome);
  constexpr std::string_view kPrefix = "OUTCOME_";
  if (name.rfind(kPrefix, 0) == 0) name.erase(0, kPrefix.size());
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

}  // namespace

v1::Compat EffectiveCompat(const v1::ScorerSpec& scorer) {
  return scorer.compat() == v1::COMPAT_OFFICIAL ? v1::COMPAT_OFFICIAL : v1::COMPAT_STRICT;
}

std::optional<std::string> WhyNotApplicable(const v1::UnitInputs& inputs) {
  if (inputs.truncated() && inputs.on_truncation() == v1::ON_TRUNCATION_EXCLUDE) {
    return "the generation is truncated, and the run excludes those";
  }
  if (inputs.generation_outcome() != v1::OUTCOME_GENERATED) {
    return "the generation's outcome is " + OutcomeName(inputs.generation_outcome());
  }
  return std::nullopt;
}

v1::Verdict NewVerdict(const v1::ScorerSpec& scorer, const std::string& version) {
  v1::Verdict verdict;
  verdict.set_scorer_id(scorer.id());
  verdict.set_scorer_version(version);
  verdict.set_compat(EffectiveCompat(scorer));
  return verdict;
}

v1::Verdict NotApplicable(const v1::ScorerSpec& scorer, const std::string& version,
                          const std::string& reason) {
  v1::Verdict verdict = NewVerdict(scorer, version);
  verdict.set_outcome(v1::OUTCOME_NOT_APPLICABLE);
  verdict.set_reason(reason);
  return verdict;
}

void AddScore(v1::Verdict& verdict, const std::string& name, double value) {
  v1::Score* score = verdict.add_scores();
  score->set_name(name);
  score->set_value(value);
}

void AddFlag(v1::Verdict& verdict, const std::string& flag) {
  const auto& flags = verdict.flags();
  if (std::find(flags.begin(), flags.end(), flag) == flags.end()) verdict.add_flags(flag);
}

Step EndWith(v1::Verdict verdict) {
  Step step;
  step.result.emplace();
  step.result->set_outcome(verdict.outcome());
  *step.result->add_verdicts() = std::move(verdict);
  return step;
}

}  // namespace assay
