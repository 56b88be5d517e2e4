#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "judge/benchmarks/engine/benchmark_spec.h"
#include "judge/benchmarks/longweave/longweave_scorer.h"
#include "judge/benchmarks/longweave/paragraph_order.h"
#include "judge/benchmarks/longweave/sample_item.h"
#include "judge/benchmarks/longweave/state_machine.h"
#include "judge/benchmarks/longweave/verdicts.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

using longweave::SampleItem;

constexpr char kVersion[] = "longweave/1";

void ScoreDictionary(const SampleItem& item, const v1::UnitInputs& inputs, v1::Verdict& verdict) {
  const longweave::KvScores scores = longweave::ScoreKvDict(item.kv, inputs.text());
  if (scores.raises && verdict.compat() == v1::COMPAT_OFFICIAL) {
    verdict.set_outcome(v1::OUTCOME_NOT_APPLICABLE);
    verdict.set_reason("the benchmark's own script raises an exception and leaves the sample out");
    return;
  }
  AddScore(verdict, longweave::kPrimary, scores.total);
  AddScore(verdict, "total_score", scores.total);
  AddScore(verdict, "key_existence", scores.key_existence);
  AddScore(verdict, "position_score", scores.position);
  AddScore(verdict, "entry_num_score", scores.entries);
  AddScore(verdict, "avg_length_score", scores.avg_length);
  if (scores.raises) AddFlag(verdict, "official_script_raises");
}

void ScoreTrace(const SampleItem& item, const v1::UnitInputs& inputs, v1::Verdict& verdict) {
  const longweave::StateMachineScores scores =
      longweave::ScoreStateMachine(item.input, inputs.text());
  AddScore(verdict, longweave::kPrimary, scores.match_ratio);
  AddScore(verdict, "match_ratio", scores.match_ratio);
  AddScore(verdict, "valid_steps", static_cast<double>(scores.valid_steps));
  AddScore(verdict, "total_steps", static_cast<double>(scores.steps));
  if (scores.line.empty()) return;
  v1::Finding& finding = *verdict.add_findings();
  finding.set_kind("step");
  finding.set_id(std::to_string(scores.valid_steps + 1));
  finding.set_label(scores.output.empty() ? "no_output_column" : "wrong_output");
  finding.set_text(scores.line);
}

void ScoreOrder(const SampleItem& item, const v1::UnitInputs& inputs, v1::Verdict& verdict) {
  const longweave::ParagraphScores scores = longweave::ScoreParagraphs(item.texts, inputs.text());
  AddScore(verdict, longweave::kPrimary, scores.kendalls_tau);
  AddScore(verdict, "kendalls_tau", scores.kendalls_tau);
  AddScore(verdict, "paragraphs_found", static_cast<double>(scores.found));
  AddScore(verdict, "paragraphs", static_cast<double>(item.texts.size()));
}

v1::Verdict Score(const v1::ScorerSpec& scorer, const v1::UnitInputs& inputs) {
  if (const std::optional<std::string> reason = longweave::WhyLeftOut(scorer, inputs)) {
    return NotApplicable(scorer, kVersion, *reason);
  }
  v1::Verdict verdict = NewVerdict(scorer, kVersion);
  const absl::StatusOr<SampleItem> item = longweave::ReadItem(inputs.sample());
  if (!item.ok()) {
    verdict.set_outcome(v1::OUTCOME_FAILED);
    verdict.set_reason(std::string(MessageOf(item.status())));
    return verdict;
  }
  verdict.set_outcome(v1::OUTCOME_SCORED);
  if (item->task == "GEN_KV_DICT") {
    ScoreDictionary(*item, inputs, verdict);
  } else if (item->task == "STATE_MACHINE") {
    ScoreTrace(*item, inputs, verdict);
  } else if (item->task == "PARAGRAPH_ORDERING") {
    ScoreOrder(*item, inputs, verdict);
  } else {
    return NotApplicable(scorer, kVersion, item->task + " is scored by longweave-judged");
  }
  return verdict;
}

}  // namespace

ScorerModule LongWeaveModule() {
  ScorerModule module;
  module.type = v1::ScorerSpec::kBenchmark;
  module.benchmark = "longweave";
  module.version = kVersion;
  module.resolve = [](v1::ScorerSpec& scorer) {
    return ResolveBenchmark({}, *scorer.mutable_benchmark());
  };
  module.metric_names = [](const v1::ScorerSpec&) {
    return std::vector<std::string>{longweave::kPrimary, "total_score",      "key_existence",
                                    "position_score",    "entry_num_score",  "avg_length_score",
                                    "match_ratio",       "valid_steps",      "total_steps",
                                    "kendalls_tau",      "paragraphs_found", "paragraphs"};
  };
  module.score = Score;
  return module;
}

}  // namespace assay
