#include "common/stats/agreement.h"

#include <cstddef>
#include <map>

namespace assay {
namespace {

using Counts = std::map<double, double>;

double Distance(double a, double b, AlphaLevel level) {
  if (level == AlphaLevel::kNominal) return a == b ? 0 : 1;
  return (a - b) * (a - b);
}

// 1 - observed / expected disagreement of two raters.
std::optional<double> WeightedKappa(const std::vector<RatingPair>& pairs, AlphaLevel weights) {
  if (pairs.empty()) return std::nullopt;
  Counts first;
  Counts second;
  double observed = 0;
  for (const auto& [a, b] : pairs) {
    ++first[a];
    ++second[b];
    observed += Distance(a, b, weights);
  }
  double expected = 0;
  for (const auto& [a, count_a] : first) {
    for (const auto& [b, count_b] : second) expected += count_a * count_b * Distance(a, b, weights);
  }
  expected /= static_cast<double>(pairs.size());
  if (expected == 0) return std::nullopt;
  return 1 - observed / expected;
}

}  // namespace

std::optional<double> ExactAgreement(const std::vector<RatingPair>& pairs) {
  if (pairs.empty()) return std::nullopt;
  double equal = 0;
  for (const auto& [a, b] : pairs) equal += a == b ? 1 : 0;
  return equal / static_cast<double>(pairs.size());
}

std::optional<double> CohenKappa(const std::vector<RatingPair>& pairs) {
  return WeightedKappa(pairs, AlphaLevel::kNominal);
}

std::optional<double> QuadraticKappa(const std::vector<RatingPair>& pairs) {
  return WeightedKappa(pairs, AlphaLevel::kInterval);
}

std::optional<double> KrippendorffAlpha(const std::vector<std::vector<double>>& units,
                                        AlphaLevel level) {
  double observed = 0;
  double pairable = 0;
  Counts values;
  for (const std::vector<double>& unit : units) {
    if (unit.size() < 2) continue;
    double within = 0;
    for (const double a : unit) {
      ++values[a];
      for (const double b : unit) within += Distance(a, b, level);
    }
    observed += within / static_cast<double>(unit.size() - 1);
    pairable += static_cast<double>(unit.size());
  }
  double expected = 0;
  for (const auto& [a, count_a] : values) {
    for (const auto& [b, count_b] : values) expected += count_a * count_b * Distance(a, b, level);
  }
  if (expected == 0) return std::nullopt;
  return 1 - (pairable - 1) * observed / expected;
}

}  // namespace assay
