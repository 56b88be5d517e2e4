#include "judge/benchmarks/longweave/verdicts.h"

#include "judge/engine/verdict.h"

namespace assay::longweave {

std::optional<std::string> WhyLeftOut(const v1::ScorerSpec& scorer, const v1::UnitInputs& inputs) {
  if (std::optional<std::string> reason = WhyNotApplicable(inputs)) return reason;
  const bool official = EffectiveCompat(scorer) == v1::COMPAT_OFFICIAL;
  if (official && inputs.text().rfind("ERROR:", 0) == 0) {
    return "the benchmark's own script takes an answer that begins with ERROR: for a failed call";
  }
  return std::nullopt;
}

}  // namespace assay::longweave
