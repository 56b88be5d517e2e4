#include "cli/report/bucket_means.h"

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

namespace assay {
namespace {

constexpr std::array<int, 5> kLimits = {2000, 4000, 8000, 16000, std::numeric_limits<int>::max()};

const v1::ScorerResult* FindScorer(const v1::SampleResult& result, const std::string& scorer) {
  for (const v1::ScorerResult& candidate : result.scorers()) {
    if (candidate.scorer() == scorer) return &candidate;
  }
  return nullptr;
}

std::optional<double> FindScore(const v1::ScorerResult* scorer, const std::string& metric) {
  if (scorer == nullptr || scorer->outcome() != v1::OUTCOME_SCORED) return std::nullopt;
  for (const v1::Score& score : scorer->scores()) {
    if (score.name() == metric) return score.value();
  }
  return std::nullopt;
}

bool IsRequired(const v1::SampleResult& result, const v1::ScorerResult* scorer) {
  return result.outcome() != v1::OUTCOME_GENERATED || scorer == nullptr ||
         scorer->outcome() != v1::OUTCOME_NOT_APPLICABLE;
}

// Scores of each sample, its repeats together.
using Clusters = std::map<std::string, std::vector<double>>;

v1::MeanOf MeanOfClusters(const Clusters& clusters, std::int64_t required) {
  v1::MeanOf out;
  out.set_required(required);
  double sum = 0;
  std::int64_t n = 0;
  for (const auto& [sample, scores] : clusters) {
    for (const double score : scores) sum += score;
    n += static_cast<std::int64_t>(scores.size());
  }
  out.set_judged(n);
  if (n == 0) return out;
  const double mean = sum / static_cast<double>(n);
  out.set_mean(mean);
  double squares = 0;
  for (const auto& [sample, scores] : clusters) {
    double residual = 0;
    for (const double score : scores) residual += score - mean;
    squares += residual * residual;
  }
  const auto groups = static_cast<double>(clusters.size());
  if (groups >= 2) {
    out.set_stderr(std::sqrt(groups / (groups - 1) * squares) / static_cast<double>(n));
  }
  return out;
}

}  // namespace

std::vector<v1::BucketMean> LongBucketMeans(const std::vector<const v1::SampleResult*>& results,
                                            const std::string& scorer, const std::string& metric) {
  std::vector<v1::BucketMean> means;
  for (std::size_t i = 0; i + 1 < kLimits.size(); ++i) {
    Clusters clusters;
    std::int64_t required = 0;
    for (const v1::SampleResult* result : results) {
      if (result->required_words() < kLimits[i] || result->required_words() >= kLimits[i + 1]) {
        continue;
      }
      const v1::ScorerResult* found = FindScorer(*result, scorer);
      const std::optional<double> score = FindScore(found, metric);
      if (score) clusters[result->sample_id()].push_back(*score);
      required += score || IsRequired(*result, found) ? 1 : 0;
    }
    v1::BucketMean& added = means.emplace_back();
    added.set_label(kLongBuckets[i]);
    *added.mutable_value() = MeanOfClusters(clusters, required);
  }
  return means;
}

}  // namespace assay
