#include "judge/benchmarks/healthbench/healthbench_scorer.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "judge/benchmarks/engine/benchmark_spec.h"
#include "judge/benchmarks/engine/question_scoring.h"
#include "judge/benchmarks/healthbench/healthbench_grader.h"
#include "judge/engine/verdict.h"
#include "judge/rubric/criteria_scores.h"

namespace assay {
namespace {

constexpr char kVersion[] = "healthbench/1";
constexpr char kGrader[] = "grader";
constexpr char kSystem[] = "You are a helpful assistant.";
constexpr int kTries = 10;  // the official program never gives up

// healthbench_eval.py and its ChatCompletionSampler.
BenchmarkTerms Terms() {
  BenchmarkTerms terms;
  terms.prompts = {kGrader};
  terms.sampling.set_temperature(0.5);
  terms.sampling.set_max_tokens(2048);
  terms.max_tries = kTries;
  return terms;
}

absl::Status Resolve(v1::ScorerSpec& scorer) {
  ASSAY_RETURN_IF_ERROR(ResolveBenchmark(Terms(), *scorer.mutable_benchmark()));
  const auto grader = scorer.benchmark().prompts().find(kGrader);
  if (grader == scorer.benchmark().prompts().end()) return absl::OkStatus();
  const auto filled = HealthBenchPrompt(grader->second, {}, "", v1::Criterion());
  return filled.ok() ? absl::OkStatus() : Annotate(filled.status(), "benchmark.prompts.grader");
}

std::vector<v1::Message> ConversationOf(const v1::UnitInputs& inputs) {
  const v1::Sample& sample = inputs.sample();
  if (sample.messages_size() > 0) return {sample.messages().begin(), sample.messages().end()};
  v1::Message message;
  message.set_role("user");
  message.set_content(inputs.prompt_text());
  return {message};
}

using Criteria = std::vector<v1::Criterion>;

void Conclude(const Criteria& criteria, const std::vector<JudgeAnswer>& answers,
              v1::Verdict& verdict) {
  std::vector<GradedCriterion> graded;
  std::size_t unjudged = 0;
  for (std::size_t i = 0; i < criteria.size(); ++i) {
    const HealthBenchGrade grade = ReadHealthBenchGrade(answers[i].text);
    GradedCriterion& one = graded.emplace_back();
    one.points = criteria[i].points();
    one.tags.assign(criteria[i].tags().begin(), criteria[i].tags().end());
    v1::Finding& finding = *verdict.add_findings();
    finding.set_kind("criterion");
    finding.set_id(criteria[i].id().empty() ? absl::StrCat(i + 1) : criteria[i].id());
    finding.set_text(criteria[i].text());
    if (!answers[i].usable) {
      ++unjudged;
      finding.set_label("unjudged");
      finding.set_note(answers[i].problem);
      continue;
    }
    one.value = grade.met ? 1 : 0;
    finding.set_label(grade.met ? "met" : "not_met");
    finding.set_note(grade.explanation);
  }
  const std::string missing = DescribeUnanswered(answers);
  const std::optional<double> score = PointsScore(graded);
  if (missing.empty() && score.has_value()) {
    AddScore(verdict, "rubric", 100 * *score);
    for (const auto& [tag, value] : PointsByTag(graded)) AddScore(verdict, tag, 100 * value);
  } else {
    verdict.set_outcome(v1::OUTCOME_UNJUDGED);
    verdict.set_reason(missing.empty() ? "no criterion of the sample earns points" : missing);
  }
  AddScore(verdict, "criteria", static_cast<double>(criteria.size()));
  AddScore(verdict, "unjudged_criteria", static_cast<double>(unjudged));
}

absl::StatusOr<QuestionPlan> Plan(const v1::UnitInputs& inputs) {
  ASSAY_ASSIGN_OR_RETURN(const std::string_view grader,
                         BenchmarkPrompt(inputs.scorers(0).benchmark(), kGrader));
  Criteria criteria(inputs.sample().criteria().begin(), inputs.sample().criteria().end());
  if (criteria.empty()) {
    return InvalidArgument(absl::StrCat("sample \"", EscapeForTerminal(inputs.sample().id()),
                                        "\": criteria are missing; import the benchmark again"));
  }
  const std::vector<v1::Message> conversation = ConversationOf(inputs);
  QuestionPlan plan;
  for (std::size_t i = 0; i < criteria.size(); ++i) {
    JudgeQuestion& question = plan.questions.emplace_back();
    question.label = absl::StrCat("grade/", i + 1);
    question.messages.resize(2);
    question.messages[0].set_role("system");
    question.messages[0].set_content(kSystem);
    question.messages[1].set_role("user");
    ASSAY_ASSIGN_OR_RETURN(*question.messages[1].mutable_content(),
                           HealthBenchPrompt(grader, conversation, inputs.text(), criteria[i]));
  }
  plan.problem = [](std::size_t, std::string_view reply) {
    return ReadHealthBenchGrade(reply).problem;
  };
  plan.conclude = [criteria = std::move(criteria)](const std::vector<JudgeAnswer>& answers,
                                                   v1::Verdict& verdict) {
    Conclude(criteria, answers, verdict);
  };
  return plan;
}

// One call a criterion: the grader's 900 tokens, the conversation and the text.
JudgeCost Cost(const v1::ScorerSpec&, const v1::Sample& sample, std::int64_t words) {
  JudgeCost cost;
  cost.calls = sample.criteria_size();
  cost.input_tokens = cost.calls * (950 + words * 4 / 3);
  cost.output_tokens = cost.calls * 90;
  return cost;
}

}  // namespace

ScorerModule HealthBenchModule() {
  ScorerModule module;
  module.type = v1::ScorerSpec::kBenchmark;
  module.benchmark = "healthbench";
  module.version = kVersion;
  module.resolve = Resolve;
  module.metric_names = [](const v1::ScorerSpec&) {
    return std::vector<std::string>{"rubric", "criteria", "unjudged_criteria"};
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
