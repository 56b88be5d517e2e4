#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "judge/benchmarks/engine/benchmark_spec.h"
#include "judge/benchmarks/longweave/judged_plan.h"
#include "judge/benchmarks/longweave/judged_tasks.h"
#include "judge/benchmarks/longweave/longweave_scorer.h"
#include "judge/benchmarks/longweave/sample_item.h"
#include "judge/benchmarks/longweave/verdicts.h"

namespace assay {
namespace {

using longweave::SampleItem;

constexpr char kVersion[] = "longweave-judged/1";
constexpr int kTries = 3;
constexpr std::size_t kMaxBatch = 100;

absl::Status Resolve(v1::ScorerSpec& scorer) {
  BenchmarkTerms terms;
  terms.options = {longweave::kBatchOption};
  terms.prompts = {"relevance",       "coverage",  "answers", "style",
                   "style_statement", "style_end", "rubric"};
  terms.optional_prompts = {"checks"};
  terms.sampling.set_temperature(0.7);
  terms.sampling.set_max_tokens(8192);
  terms.max_tries = kTries;
  ASSAY_RETURN_IF_ERROR(ResolveBenchmark(terms, *scorer.mutable_benchmark()));
  const std::size_t batch = longweave::SentencesPerCall(scorer.benchmark());
  if (batch >= 1 && batch <= kMaxBatch) return absl::OkStatus();
  return InvalidArgument(absl::StrCat("benchmark.options.", longweave::kBatchOption,
                                      ": expected a whole number from 1 to ", kMaxBatch));
}

JudgeCost Cost(const v1::ScorerSpec& scorer, const v1::Sample& sample, std::int64_t words) {
  JudgeCost cost;
  cost.shows_prompt = false;
  const absl::StatusOr<SampleItem> item = longweave::ReadItem(sample);
  if (!item.ok()) return cost;
  std::size_t calls = 0;
  if (item->task == "CODE_FIXING") calls = 1;
  if (item->task == "AP_STYLE_WRITING") calls = item->texts.size();
  if (item->task == "KG_TO_TEXT") {
    calls =
        longweave::BatchSizes(item->texts.size(), longweave::SentencesPerCall(scorer.benchmark()))
            .size();
  }
  if (item->task == "SALES_REPORT_GENERATION") {
    calls = longweave::BatchSizes(item->questions.size()).size();
  }
  constexpr double kTokensPerWord = 1.4;
  constexpr std::int64_t kPromptTokens = 500;
  const auto text = static_cast<std::int64_t>(static_cast<double>(words) * kTokensPerWord);
  cost.calls = static_cast<std::int64_t>(calls);
  cost.input_tokens = cost.calls * (kPromptTokens + text);
  cost.output_tokens = cost.calls * (item->task == "AP_STYLE_WRITING" ? 600 : 40);
  return cost;
}

}  // namespace

ScorerModule LongWeaveJudgedModule() {
  ScorerModule module;
  module.type = v1::ScorerSpec::kBenchmark;
  module.benchmark = "longweave-judged";
  module.version = kVersion;
  module.resolve = Resolve;
  module.metric_names = [](const v1::ScorerSpec&) {
    return std::vector<std::string>{longweave::kPrimary,
                                    "total_score",
                                    "sentence_coverage_rate",
                                    "answered_rate",
                                    "correctness_rate",
                                    "ap_total_score",
                                    "recall_rate",
                                    "runnable_ratio",
                                    "style_quality_score",
                                    "func_count_score",
                                    "words",
                                    "judged",
                                    "required"};
  };
  module.cost = Cost;
  module.make = [](const v1::UnitInputs& inputs) -> absl::StatusOr<std::unique_ptr<StepMachine>> {
    return MakeQuestionScoring(inputs, kVersion, longweave::JudgedPlan);
  };
  return module;
}

}  // namespace assay
