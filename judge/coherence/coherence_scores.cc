#include "judge/coherence/coherence_scores.h"

#include <algorithm>
#include <cmath>

namespace assay {
namespace {

constexpr double kShortText = 500;
constexpr double kLocalShare = 0.4;
constexpr double kGlobalShare = 0.4;
constexpr double kEndingShare = 0.2;

double Damp(double weights, std::int64_t words) {
  const double thousands = std::max(static_cast<double>(words), kShortText) / 1000;
  return std::exp2(-weights / thousands / 2);
}

double LocalValue(double rating) { return 100 * (rating - 1) / 4; }

}  // namespace

int SeverityWeight(int severity) { return 1 << (std::clamp(severity, 1, 3) - 1); }

double GlobalCoherence(const std::vector<CoherenceFinding>& findings, std::int64_t words) {
  double weights = 0;
  for (const CoherenceFinding& finding : findings) {
    if (!finding.unverified) weights += SeverityWeight(finding.severity);
  }
  return 100 * Damp(weights, words);
}

double LocalCoherence(const std::vector<RatedWindow>& windows) {
  double sum = 0;
  double words = 0;
  for (const RatedWindow& window : windows) {
    const auto weight = static_cast<double>(std::max<std::int64_t>(1, window.words));
    sum += weight * LocalValue(window.rating);
    words += weight;
  }
  return words > 0 ? sum / words : 0;
}

double TotalCoherence(double local, double global, double ending) {
  return kLocalShare * local + kGlobalShare * global + kEndingShare * ending;
}

double WindowCoherence(const RatedWindow& window, const std::vector<CoherenceFinding>& findings) {
  double weights = 0;
  for (const CoherenceFinding& finding : findings) {
    if (finding.unverified) continue;
    const bool here =
        std::any_of(finding.places.begin(), finding.places.end(), [&](const TextRange& place) {
          return place.begin < window.range.end && place.end > window.range.begin;
        });
    if (here) weights += SeverityWeight(finding.severity);
  }
  return LocalValue(window.rating) * Damp(weights, window.words);
}

}  // namespace assay
