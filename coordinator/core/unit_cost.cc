#include "coordinator/core/unit_cost.h"

#include <algorithm>

namespace assay {
namespace {

constexpr std::int64_t kUnknownText = 4096;
constexpr std::int64_t kJudgeReply = 512;

std::int64_t ExpectedText(const RunPlan& plan, const StageRange& range, const v1::Sample& sample) {
  if (range.model < 0) return 0;
  const v1::Sampling sampling = plan.SamplingFor(range);
  const std::int64_t allowed = sampling.max_tokens() > 0 ? sampling.max_tokens() : 1 << 20;
  const std::int64_t words = std::max(0, sample.required_words());
  return std::min(allowed, words > 0 ? words * 4 / 3 : kUnknownText);
}

}  // namespace

std::int64_t ExpectedTokens(const RunPlan& plan, UnitIndex unit) {
  const StageRange& range = plan.RangeOf(unit);
  if (range.endpoint.empty()) return 0;
  const v1::Sample& sample = plan.SampleOf(unit);
  const auto prompt = static_cast<std::int64_t>(sample.prompt().size()) / 4 + 1;
  const std::int64_t text = ExpectedText(plan, range, sample);
  return prompt + text + (range.kind == v1::UNIT_KIND_GENERATE ? 0 : kJudgeReply);
}

}  // namespace assay
