// What grades of a sample's criteria come to: the published formulas of HealthBench and of
// DeepResearch Bench (RACE), and a plain checklist. Pure functions, thread-safe.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace assay {

// One criterion and how it was graded. All methods leave out what was not judged: it lowers
// neither a score nor, with its weight or points, what could have been reached.
struct GradedCriterion {
  std::optional<double> value;  // 0..1: met or not, or where its rating lies on its scale
  std::string group;            // empty: none
  double weight = 1;            // of its group
  double points = 0;
  std::vector<std::string> tags;
};

// Share of the judged criteria that hold, 0..1; nullopt when none was judged.
std::optional<double> ChecklistScore(std::span<const GradedCriterion> criteria);

// Points of what is met, negative ones included, over all positive points (HealthBench,
// arXiv:2505.08775; reference claims-and-judges.md 4.2). Below 0 when harm outweighs; nullopt
// without positive points.
std::optional<double> PointsScore(std::span<const GradedCriterion> criteria);

// PointsScore of the criteria of every tag, over the positive points of that tag; tags without any
// are absent.
std::map<std::string, double> PointsByTag(std::span<const GradedCriterion> criteria);

// The mean over samples, then within 0..1: a sample below 0 pulls the others down (4.2). 0 of none.
double ClippedMean(std::span<const double> scores);

struct WeightedScores {
  std::optional<double> total;           // 0..1; empty: no group that counts was judged
  std::map<std::string, double> groups;  // 0..1, weighted means; groups without a judged one absent
  bool group_without_weight = false;     // one that `group_weights` does not name: not in the total
};

// Weighted mean of every group, then of the groups under their weights; equal ones when there are
// none (RACE, arXiv:2506.11763; reference 4.3). Criteria without a group are a group "".
WeightedScores WeightedRubric(std::span<const GradedCriterion> criteria,
                              const std::map<std::string, double>& group_weights);

// T / (T + R), 0 when both are 0 (4.3): 0.5 means as good as the reference.
double AgainstReference(double target, double reference);

}  // namespace assay
