#include "judge/rubric/criteria_scores.h"

#include <algorithm>
#include <numeric>

namespace assay {
namespace {

struct Points {
  double earned = 0;
  double possible = 0;

  void Add(const GradedCriterion& criterion) {
    if (!criterion.value) return;
    earned += criterion.points * *criterion.value;
    possible += std::max(0.0, criterion.points);
  }
};

struct Mean {
  double sum = 0;
  double weight = 0;

  void Add(double value, double its_weight) {
    sum += value * its_weight;
    weight += its_weight;
  }
};

}  // namespace

std::optional<double> ChecklistScore(std::span<const GradedCriterion> criteria) {
  Mean mean;
  for (const GradedCriterion& criterion : criteria) {
    if (criterion.value) mean.Add(*criterion.value, 1);
  }
  if (mean.weight == 0) return std::nullopt;
  return mean.sum / mean.weight;
}

std::optional<double> PointsScore(std::span<const GradedCriterion> criteria) {
  Points points;
  for (const GradedCriterion& criterion : criteria) points.Add(criterion);
  if (points.possible <= 0) return std::nullopt;
  return points.earned / points.possible;
}

std::map<std::string, double> PointsByTag(std::span<const GradedCriterion> criteria) {
  std::map<std::string, Points> tags;
  for (const GradedCriterion& criterion : criteria) {
    for (const std::string& tag : criterion.tags) tags[tag].Add(criterion);
  }
  std::map<std::string, double> scores;
  for (const auto& [tag, points] : tags) {
    if (points.possible > 0) scores[tag] = points.earned / points.possible;
  }
  return scores;
}

double ClippedMean(std::span<const double> scores) {
  if (scores.empty()) return 0;
  const double sum = std::accumulate(scores.begin(), scores.end(), 0.0);
  return std::clamp(sum / static_cast<double>(scores.size()), 0.0, 1.0);
}

WeightedScores WeightedRubric(std::span<const GradedCriterion> criteria,
                              const std::map<std::string, double>& group_weights) {
  std::map<std::string, Mean> groups;
  for (const GradedCriterion& criterion : criteria) {
    if (criterion.value) groups[criterion.group].Add(*criterion.value, criterion.weight);
  }
  WeightedScores scores;
  Mean total;
  for (const auto& [group, mean] : groups) {
    if (mean.weight <= 0) continue;
    scores.groups[group] = mean.sum / mean.weight;
    const auto weight = group_weights.find(group);
    if (group_weights.empty()) {
      total.Add(scores.groups[group], 1);
    } else if (weight != group_weights.end()) {
      total.Add(scores.groups[group], weight->second);
    } else {
      scores.group_without_weight = true;
    }
  }
  if (total.weight > 0) scores.total = total.sum / total.weight;
  return scores;
}

double AgainstReference(double target, double reference) {
  return target + reference > 0 ? target / (target + reference) : 0;
}

}  // namespace assay
