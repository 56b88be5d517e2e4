#include "judge/benchmarks/writingbench/writingbench_scorer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "judge/benchmarks/engine/benchmark_spec.h"
#include "judge/benchmarks/engine/question_scoring.h"
#include "judge/benchmarks/writingbench/writingbench_judge.h"
#include "judge/benchmarks/writingbench/writingbench_scores.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

constexpr char kVersion[] = "writingbench/1";
constexpr char kSystem[] = "system";
constexpr char kEvaluate[] = "evaluate";
constexpr char kDecoding[] = "decoding";
// Three rounds of five in the official script; then it ends.
constexpr int kOfficialTries = 15;
constexpr int kStrictTries = 5;

absl::StatusOr<BenchmarkTerms> Terms(const v1::ScorerSpec& scorer) {
  BenchmarkTerms terms;
  terms.options = {kDecoding};
  terms.prompts = {kSystem, kEvaluate};
  const auto given = scorer.benchmark().options().find(kDecoding);
  const std::string decoding = given == scorer.benchmark().options().end() ? "both" : given->second;
  if (decoding != "both" && decoding != "temperature" && decoding != "top_p") {
    return InvalidArgument(absl::StrCat("benchmark.options.decoding: \"",
                                        EscapeForTerminal(decoding),
                                        "\" is not known, expected both, temperature or top_p"));
  }
  if (decoding != "top_p") terms.sampling.set_temperature(1.0);
  if (decoding != "temperature") terms.sampling.set_top_p(0.95);
  terms.sampling.set_max_tokens(2048);
  terms.max_tries = EffectiveCompat(scorer) == v1::COMPAT_OFFICIAL ? kOfficialTries : kStrictTries;
  return terms;
}

absl::Status Resolve(v1::ScorerSpec& scorer) {
  ASSAY_ASSIGN_OR_RETURN(const BenchmarkTerms terms, Terms(scorer));
  ASSAY_RETURN_IF_ERROR(ResolveBenchmark(terms, *scorer.mutable_benchmark()));
  const auto& prompts = scorer.benchmark().prompts();
  const auto evaluate = prompts.find(kEvaluate);
  if (evaluate == prompts.end()) return absl::OkStatus();
  const auto filled = WritingBenchPrompt(evaluate->second, "", "", PythonValue());
  return filled.ok() ? absl::OkStatus() : Annotate(filled.status(), "benchmark.prompts.evaluate");
}

// In the order of the row.
absl::StatusOr<std::vector<PythonValue>> CriteriaOf(const v1::Sample& sample) {
  ASSAY_ASSIGN_OR_RETURN(const std::string_view json, ScorerData(sample, "criteria"));
  const absl::StatusOr<PythonValue> list = PythonJsonLoads(json);
  bool good = list.ok() && list->kind == PythonValue::Kind::kList && !list->list.empty();
  for (std::size_t i = 0; good && i < list->list.size(); ++i) {
    const auto& dict = list->list[i].dict;
    const auto name = dict.find("name");
    good = name != dict.end() && name->second.kind == PythonValue::Kind::kString;
  }
  if (good) return list->list;
  return InvalidArgument(absl::StrCat(
      "sample \"", EscapeForTerminal(sample.id()),
      "\": scorer_data.criteria: expected a list of objects with a name; import the benchmark "
      "again"));
}

v1::Message MessageAs(const char* role, std::string content) {
  v1::Message message;
  message.set_role(role);
  message.set_content(std::move(content));
  return message;
}

WritingBenchReply Parse(v1::Compat compat, std::string_view reply) {
  return compat == v1::COMPAT_OFFICIAL ? ParseOfficialWritingBench(reply)
                                       : ParseStrictWritingBench(reply);
}

void Conclude(const std::vector<PythonValue>& criteria, const std::vector<JudgeAnswer>& answers,
              v1::Verdict& verdict) {
  double sum = 0;
  int judged = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    v1::Finding& finding = *verdict.add_findings();
    finding.set_kind("criterion");
    finding.set_id(std::to_string(i + 1));
    finding.set_text(criteria[i].dict.at("name").text);
    if (!answers[i].usable) {
      finding.set_label("unjudged");
      finding.set_note(answers[i].problem);
      continue;
    }
    const WritingBenchReply reply = Parse(verdict.compat(), answers[i].text);
    finding.set_label(std::to_string(static_cast<int>(reply.score)));
    finding.set_note(reply.reason);
    sum += reply.score;
    ++judged;
  }
  const std::string missing = DescribeUnanswered(answers);
  if (missing.empty()) {
    const double mean = sum / judged;
    AddScore(verdict, "mean", mean);
    AddScore(verdict, "leaderboard", mean * kWritingBenchLeaderboard);
  } else {
    verdict.set_outcome(v1::OUTCOME_UNJUDGED);
    verdict.set_reason(missing);
  }
  AddScore(verdict, "judged_criteria", judged);
  AddScore(verdict, "criteria", static_cast<double>(answers.size()));
}

absl::StatusOr<QuestionPlan> Plan(const v1::UnitInputs& inputs) {
  const v1::ScorerSpec& scorer = inputs.scorers(0);
  ASSAY_ASSIGN_OR_RETURN(const std::string_view system,
                         BenchmarkPrompt(scorer.benchmark(), kSystem));
  ASSAY_ASSIGN_OR_RETURN(const std::string_view evaluate,
                         BenchmarkPrompt(scorer.benchmark(), kEvaluate));
  ASSAY_ASSIGN_OR_RETURN(std::vector<PythonValue> criteria, CriteriaOf(inputs.sample()));
  const std::string_view response = WritingBenchAnswer(inputs.text());
  QuestionPlan plan;
  for (const PythonValue& criterion : criteria) {
    ASSAY_ASSIGN_OR_RETURN(
        std::string prompt,
        WritingBenchPrompt(evaluate, inputs.sample().prompt(), response, criterion));
    JudgeQuestion& question = plan.questions.emplace_back();
    question.label = "judge";
    question.messages = {MessageAs("system", std::string(system)),
                         MessageAs("user", std::move(prompt))};
  }
  const v1::Compat compat = EffectiveCompat(scorer);
  plan.problem = [compat](std::size_t, std::string_view reply) {
    return Parse(compat, reply).problem;
  };
  plan.conclude = [criteria = std::move(criteria)](const std::vector<JudgeAnswer>& answers,
                                                   v1::Verdict& verdict) {
    Conclude(criteria, answers, verdict);
  };
  return plan;
}

// The template, the criterion twice, the query and the text; a score with its reason comes back.
JudgeCost Cost(const v1::ScorerSpec&, const v1::Sample& sample, std::int64_t words) {
  const auto criteria = CriteriaOf(sample);
  if (!criteria.ok()) return {.calls = -1};
  JudgeCost cost;
  cost.calls = static_cast<std::int64_t>(criteria->size());
  cost.input_tokens = cost.calls * (1200 + words * 4 / 3);
  cost.output_tokens = cost.calls * 250;
  return cost;
}

}  // namespace

ScorerModule WritingBenchModule() {
  ScorerModule module;
  module.type = v1::ScorerSpec::kBenchmark;
  module.benchmark = "writingbench";
  module.version = kVersion;
  module.resolve = Resolve;
  module.metric_names = [](const v1::ScorerSpec&) {
    return std::vector<std::string>{"mean", "leaderboard", "judged_criteria", "criteria"};
  };
  module.judged_metric = "leaderboard";
  module.probe_kinds = {"constant", "prompt_copy", "forged_rival"};
  module.cost = Cost;
  module.make = [](const v1::UnitInputs& inputs) -> absl::StatusOr<std::unique_ptr<StepMachine>> {
    return MakeQuestionScoring(inputs, kVersion, Plan);
  };
  return module;
}

}  // namespace assay
