#include "suites/probes.h"

#include <algorithm>
#include <set>
#include <string>

namespace assay {
namespace {

bool IsWanted(const v1::RunSpec& spec) {
  const v1::JudgeHealth& health = spec.judge_health();
  if (health.has_enabled()) return health.enabled();
  return std::any_of(
      spec.scorers().begin(), spec.scorers().end(), [](const v1::ScorerSpec& scorer) {
        return !scorer.accepted().probe_kinds().empty() && scorer.compat() != v1::COMPAT_OFFICIAL;
      });
}

bool HasAnchor(const v1::RunRecord& record) {
  for (const v1::Suite& suite : record.suites()) {
    for (const v1::Sample& sample : suite.samples()) {
      if (!sample.reference_answer().empty()) return true;
    }
  }
  return false;
}

}  // namespace

void SettleProbes(v1::RunRecord* record) {
  v1::RunSpec& spec = *record->mutable_spec();
  auto& models = *spec.mutable_models();
  models.erase(std::remove_if(models.begin(), models.end(),
                              [](const v1::Model& model) { return model.has_probe(); }),
               models.end());
  if (!IsWanted(spec)) return;
  const auto& asked = spec.judge_health().probes();
  std::set<std::string> kinds;
  for (const v1::ScorerSpec& scorer : spec.scorers()) {
    for (const std::string& kind : scorer.accepted().probe_kinds()) {
      if (asked.empty() || std::find(asked.begin(), asked.end(), kind) != asked.end()) {
        kinds.insert(kind);
      }
    }
  }
  if (!HasAnchor(*record)) kinds.erase("anchor");
  for (const std::string& kind : kinds) {
    v1::Model& model = *spec.add_models();
    model.set_id("probe-" + kind);
    model.mutable_probe()->set_kind(kind);
    model.mutable_probe()->set_samples(std::max(1, spec.judge_health().samples()));
  }
}

}  // namespace assay
