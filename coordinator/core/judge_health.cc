#include "coordinator/core/judge_health.h"

#include <algorithm>
#include <cstdio>

namespace assay {
namespace {

constexpr char kAnchor[] = "anchor";

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

// The mean over the suites, each probe with its weight.
v1::MeanOf MeanOver(const google::protobuf::RepeatedPtrField<v1::ModelSummary>& probes,
                    const std::string& kind, const std::string& scorer, const std::string& metric) {
  v1::MeanOf mean;
  double sum = 0;
  for (const v1::ModelSummary& probe : probes) {
    if (probe.probe() != kind) continue;
    mean.set_required(mean.required() + probe.expected());
    for (const v1::MetricSummary& summary : probe.metrics()) {
      if (summary.scorer() != scorer || summary.name() != metric) continue;
      sum += summary.value().mean() * static_cast<double>(summary.value().judged());
      mean.set_judged(mean.judged() + summary.value().judged());
    }
  }
  if (mean.judged() > 0) mean.set_mean(sum / static_cast<double>(mean.judged()));
  return mean;
}

void AddReason(const std::string& reason, v1::JudgeHealthSummary& health) {
  health.set_trusted(false);
  health.set_reason(health.reason().empty() ? reason : health.reason() + "; " + reason);
}

void AddProbe(const v1::RunSpec& spec, const v1::ScorerSpec& scorer, const std::string& kind,
              const google::protobuf::RepeatedPtrField<v1::ModelSummary>& probes,
              v1::JudgeHealthSummary& health) {
  const bool asked = std::any_of(probes.begin(), probes.end(),
                                 [&](const auto& probe) { return probe.probe() == kind; });
  if (!asked) return;
  const bool anchor = kind == kAnchor;
  const double own =
      anchor ? spec.judge_health().anchor_limit() : spec.judge_health().canary_limit();
  v1::ProbeResult& result = *health.add_probes();
  result.set_kind(kind);
  result.set_metric(scorer.accepted().judged_metric());
  result.set_limit(own > 0 ? own : anchor ? kDefaultAnchorLimit : kDefaultCanaryLimit);
  *result.mutable_value() = MeanOver(probes, kind, scorer.id(), result.metric());
  const double mean = result.value().mean();
  result.set_passed(result.value().judged() == 0 ||
                    (anchor ? mean >= result.limit() : mean <= result.limit()));
  if (result.passed()) return;
  AddReason("probe " + kind + " got " + Number(mean) + " of 100 for " + result.metric() + ", " +
                (anchor ? "at least " : "at most ") + Number(result.limit()) + " was expected",
            health);
}

void AddJudgeStats(const v1::JudgeStats& more, v1::JudgeStats& sum) {
  sum.set_calls(sum.calls() + more.calls());
  sum.set_unusable_replies(sum.unusable_replies() + more.unusable_replies());
  sum.set_items(sum.items() + more.items());
  sum.set_unjudged_items(sum.unjudged_items() + more.unjudged_items());
  sum.set_repeat_pairs(sum.repeat_pairs() + more.repeat_pairs());
  sum.set_repeat_agreements(sum.repeat_agreements() + more.repeat_agreements());
  sum.set_injections(sum.injections() + more.injections());
  sum.set_prompt_bytes(sum.prompt_bytes() + more.prompt_bytes());
  sum.set_shared_prefix_bytes(sum.shared_prefix_bytes() + more.shared_prefix_bytes());
}

// Flags that a scorer sets for what addresses a judge.
bool IsFlagged(const v1::ScorerResult& result) {
  return std::any_of(result.flags().begin(), result.flags().end(), [](const std::string& flag) {
    return flag == "possible_injection" || flag.rfind("text_", 0) == 0;
  });
}

}  // namespace

void AddJudged(const v1::ScorerResult& result, v1::JudgeOfModel& sum) {
  AddJudgeStats(result.judge_stats(), *sum.mutable_stats());
  sum.set_texts(sum.texts() + 1);
  if (IsFlagged(result)) sum.set_flagged_texts(sum.flagged_texts() + 1);
}

std::vector<v1::JudgeHealthSummary> JudgeHealthOf(
    const v1::RunSpec& spec, const std::vector<v1::ScorerSpec>& scorers,
    const JudgedByScorer& judged,
    const google::protobuf::RepeatedPtrField<v1::ModelSummary>& probes) {
  std::vector<v1::JudgeHealthSummary> all;
  for (const v1::ScorerSpec& scorer : scorers) {
    if (scorer.accepted().judged_metric().empty()) continue;
    v1::JudgeHealthSummary& health = all.emplace_back();
    health.set_scorer(scorer.id());
    health.set_judge(scorer.judge());
    health.set_trusted(true);
    if (const auto found = judged.find(scorer.id()); found != judged.end()) {
      // In the order of the spec.
      for (const v1::Model& model : spec.models()) {
        const auto of_model = found->second.find(model.id());
        if (of_model == found->second.end()) continue;
        AddJudgeStats(of_model->second.stats(), *health.mutable_stats());
        v1::JudgeOfModel& added = *health.add_models();
        added = of_model->second;
        added.set_model(model.id());
      }
    }
    for (const std::string& kind : scorer.accepted().probe_kinds()) {
      AddProbe(spec, scorer, kind, probes, health);
    }
    const double unusable = health.stats().unusable_replies();
    if (unusable > kMaxUnusableShare * health.stats().calls()) {
      AddReason(std::to_string(health.stats().unusable_replies()) + " of " +
                    std::to_string(health.stats().calls()) + " replies could not be used",
                health);
    }
  }
  return all;
}

}  // namespace assay
