#include "judge/benchmarks/hellobench/hellobench_scorer.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "judge/benchmarks/engine/benchmark_spec.h"
#include "judge/benchmarks/engine/question_scoring.h"
#include "judge/benchmarks/hellobench/hellobench_rules.h"
#include "judge/benchmarks/hellobench/punkt_models.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

constexpr char kVersion[] = "hellobench/1";

// llm_judge.py: model "gpt-4o", three attempts.
BenchmarkTerms Terms() {
  BenchmarkTerms terms;
  terms.prompts = {"system", "user", "punkt"};
  terms.sampling.set_temperature(0.8);
  terms.sampling.set_max_tokens(4096);
  terms.sampling.set_seed(42);
  terms.max_tries = 3;
  return terms;
}

struct Checklist {
  std::vector<std::string> questions;
  std::vector<double> weights;
};

absl::StatusOr<Checklist> ChecklistOf(const v1::Sample& sample) {
  Checklist checklist;
  for (const v1::Criterion& criterion : sample.criteria()) {
    checklist.questions.push_back(criterion.text());
    checklist.weights.push_back(criterion.weight());
  }
  if (!checklist.questions.empty()) return checklist;
  return InvalidArgument(absl::StrCat("sample \"", EscapeForTerminal(sample.id()),
                                      "\": criteria are missing; import the benchmark again"));
}

void Conclude(const JudgeAnswer& answer, const Checklist& checklist, bool official,
              v1::Verdict& verdict) {
  const HelloBenchReply read =
      ReadHelloBenchReply(answer.text, checklist.questions.size(), official);
  if (!answer.usable || !read.left_out.empty() || read.scores.empty()) {
    verdict.set_outcome(v1::OUTCOME_UNJUDGED);
    verdict.set_reason(answer.usable ? read.left_out : DescribeUnanswered({answer}));
    return;
  }
  const double score = HelloBenchScore(read.scores, checklist.weights);
  AddScore(verdict, "score", score);
  AddScore(verdict, "rescaled", (score - 75) * 4);
  for (std::size_t i = 0; i < read.scores.size(); ++i) {
    v1::Finding& finding = *verdict.add_findings();
    finding.set_kind("checklist");
    finding.set_id(absl::StrCat(i));
    finding.set_text(checklist.questions[i]);
    finding.set_label(absl::StrCat(read.scores[i]));
    finding.set_note(read.reasons[i]);
  }
}

absl::StatusOr<QuestionPlan> PlanOf(const v1::UnitInputs& inputs) {
  const v1::ScorerSpec& scorer = inputs.scorers(0);
  const v1::BenchmarkScorer& benchmark = scorer.benchmark();
  const bool official = EffectiveCompat(scorer) == v1::COMPAT_OFFICIAL;
  ASSAY_ASSIGN_OR_RETURN(const std::string_view system, BenchmarkPrompt(benchmark, "system"));
  ASSAY_ASSIGN_OR_RETURN(const std::string_view user, BenchmarkPrompt(benchmark, "user"));
  ASSAY_ASSIGN_OR_RETURN(const std::string_view tables, BenchmarkPrompt(benchmark, "punkt"));
  ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<const PunktModel> punkt,
                         SharedPunktModels().Of(tables));
  ASSAY_ASSIGN_OR_RETURN(Checklist checklist, ChecklistOf(inputs.sample()));

  const std::vector<std::string> tokens = NltkTokens(*punkt, inputs.text());
  QuestionPlan plan;
  JudgeQuestion& question = plan.questions.emplace_back();
  question.label = "judge";
  question.messages.resize(2);
  question.messages[0].set_role("system");
  question.messages[0].set_content(std::string(system));
  question.messages[1].set_role("user");
  ASSAY_ASSIGN_OR_RETURN(
      *question.messages[1].mutable_content(),
      HelloBenchPrompt(user, inputs.prompt_text(), HelloBenchShown(tokens), checklist.questions));
  const std::size_t items = checklist.questions.size();
  plan.problem = [items, official](std::size_t, std::string_view reply) {
    return ReadHelloBenchReply(reply, items, official).problem;
  };
  plan.conclude = [checklist = std::move(checklist), official, count = tokens.size()](
                      const std::vector<JudgeAnswer>& answers, v1::Verdict& verdict) {
    Conclude(answers[0], checklist, official, verdict);
    AddScore(verdict, "tokens", static_cast<double>(count));
  };
  return plan;
}

}  // namespace

ScorerModule HelloBenchModule() {
  ScorerModule module;
  module.type = v1::ScorerSpec::kBenchmark;
  module.benchmark = "hellobench";
  module.version = kVersion;
  module.resolve = [](v1::ScorerSpec& scorer) {
    return ResolveBenchmark(Terms(), *scorer.mutable_benchmark());
  };
  module.metric_names = [](const v1::ScorerSpec&) {
    return std::vector<std::string>{"score", "rescaled", "tokens"};
  };
  module.judged_metric = "score";
  module.probe_kinds = {"constant", "prompt_copy", "forged_rival", "empty"};
  module.make = [](const v1::UnitInputs& inputs) -> absl::StatusOr<std::unique_ptr<StepMachine>> {
    return MakeQuestionScoring(inputs, kVersion, PlanOf);
  };
  return module;
}

}  // namespace assay
