#include "judge/benchmarks/race/race_scorer.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "judge/benchmarks/engine/benchmark_spec.h"
#include "judge/benchmarks/engine/question_scoring.h"
#include "judge/benchmarks/race/race_judge.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

constexpr char kVersion[] = "race/1";
constexpr int kTries = 10;

absl::Status Resolve(v1::ScorerSpec& scorer) {
  BenchmarkTerms terms;
  terms.prompts = {"en", "zh"};
  terms.max_tries = kTries;
  ASSAY_RETURN_IF_ERROR(ResolveBenchmark(terms, *scorer.mutable_benchmark()));
  for (const auto& [name, prompt] : scorer.benchmark().prompts()) {
    const auto filled = RacePrompt(prompt, "", "", "", {});
    if (!filled.ok()) return Annotate(filled.status(), "benchmark.prompts." + name);
  }
  return absl::OkStatus();
}

absl::StatusOr<RaceCriteria> CriteriaOf(const v1::Sample& sample) {
  ASSAY_ASSIGN_OR_RETURN(const std::string_view json, ScorerData(sample, "race"));
  auto criteria = ParseRaceCriteria(json);
  if (criteria.ok()) return criteria;
  return Annotate(criteria.status(), absl::StrCat("sample \"", EscapeForTerminal(sample.id()),
                                                  "\": scorer_data.race"));
}

void Conclude(const RaceReply& reply, const RaceCriteria& criteria,
              const std::map<std::string, double>& weights, v1::Verdict& verdict) {
  const RaceScores scores = ScoreRace(reply, criteria, weights);
  AddScore(verdict, "rubric", 100 * scores.overall);
  for (const auto& [dimension, score] : scores.dimensions) {
    AddScore(verdict, dimension, 100 * score);
  }
  std::size_t number = 0;
  for (const auto& [dimension, own] : criteria) {
    number += own.size();
    const std::vector<RaceRating>& ratings = reply.dimensions.at(dimension);
    for (std::size_t i = 0; i < ratings.size(); ++i) {
      const RaceRating& rating = ratings[i];
      v1::Finding& finding = *verdict.add_findings();
      finding.set_kind("criterion");
      finding.set_id(absl::StrCat(dimension, "-", i + 1));
      finding.set_text(rating.criterion);
      if (!rating.text.has_value() || !rating.reference.has_value()) {
        finding.set_label("unjudged");
        continue;
      }
      finding.set_label(*rating.text > *rating.reference   ? "better"
                        : *rating.text < *rating.reference ? "worse"
                                                           : "even");
      finding.set_note(
          absl::StrCat(*rating.text, " beside ", *rating.reference, ": ", rating.analysis));
    }
  }
  AddScore(verdict, "criteria", static_cast<double>(number));
}

absl::StatusOr<QuestionPlan> Plan(const v1::UnitInputs& inputs) {
  const v1::ScorerSpec& scorer = inputs.scorers(0);
  const v1::Sample& sample = inputs.sample();
  const bool official = EffectiveCompat(scorer) == v1::COMPAT_OFFICIAL;
  ASSAY_ASSIGN_OR_RETURN(RaceCriteria criteria, CriteriaOf(sample));
  if (sample.reference_answer().empty()) {
    return InvalidArgument(absl::StrCat("sample \"", EscapeForTerminal(sample.id()),
                                        "\": has no reference report; import the benchmark again"));
  }
  const std::string language = sample.language() == "zh" ? "zh" : "en";
  ASSAY_ASSIGN_OR_RETURN(const std::string_view prompt,
                         BenchmarkPrompt(scorer.benchmark(), language));
  QuestionPlan plan;
  JudgeQuestion& question = plan.questions.emplace_back();
  question.label = "judge";
  v1::Message& user = question.messages.emplace_back();
  user.set_role("user");
  ASSAY_ASSIGN_OR_RETURN(
      *user.mutable_content(),
      RacePrompt(prompt, inputs.prompt_text(), inputs.text(), sample.reference_answer(), criteria));
  plan.problem = [criteria, official](std::size_t, std::string_view reply) {
    return ReadRaceReply(reply, criteria, official).problem;
  };
  const std::map<std::string, double> weights(sample.group_weights().begin(),
                                              sample.group_weights().end());
  plan.conclude = [criteria = std::move(criteria), weights, official](
                      const std::vector<JudgeAnswer>& answers, v1::Verdict& verdict) {
    if (answers[0].usable) {
      Conclude(ReadRaceReply(answers[0].text, criteria, official), criteria, weights, verdict);
      return;
    }
    verdict.set_outcome(v1::OUTCOME_UNJUDGED);
    verdict.set_reason(DescribeUnanswered(answers));
  };
  return plan;
}

// One call with both reports and the criteria, an analysis of each comes back.
JudgeCost Cost(const v1::ScorerSpec&, const v1::Sample& sample, std::int64_t words) {
  JudgeCost cost;
  cost.calls = 1;
  const auto reference = static_cast<std::int64_t>(sample.reference_answer().size()) / 4;
  cost.input_tokens = 1000 + 80 * sample.criteria_size() + reference + words * 4 / 3;
  cost.output_tokens = 140 * sample.criteria_size();
  return cost;
}

}  // namespace

ScorerModule RaceModule() {
  ScorerModule module;
  module.type = v1::ScorerSpec::kBenchmark;
  module.benchmark = "race";
  module.version = kVersion;
  module.resolve = Resolve;
  module.metric_names = [](const v1::ScorerSpec&) {
    return std::vector<std::string>{"rubric",      "comprehensiveness",
                                    "insight",     "instruction_following",
                                    "readability", "criteria"};
  };
  module.judged_metric = "rubric";
  module.probe_kinds = {"constant", "prompt_copy", "forged_rival"};
  module.cost = Cost;
  module.make = [](const v1::UnitInputs& inputs) -> absl::StatusOr<std::unique_ptr<StepMachine>> {
    return MakeQuestionScoring(inputs, kVersion, Plan);
  };
  return module;
}

}  // namespace assay
