#include "coordinator/core/fold_metrics.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace assay {
namespace {

bool InBucket(const v1::LengthBucket& bucket, std::int32_t required_words) {
  return required_words > 0 && required_words >= bucket.min_words() &&
         (bucket.max_words() == 0 || required_words < bucket.max_words());
}

v1::LengthBucket Bucket(const char* label, std::int32_t min, std::int32_t max) {
  v1::LengthBucket bucket;
  bucket.set_label(label);
  bucket.set_min_words(min);
  bucket.set_max_words(max);
  return bucket;
}

}  // namespace

v1::MeanOf MeanOfRows(const std::vector<ScoredRow>& scored, const std::vector<RowFacts>& required,
                      const RowFilter& filter) {
  v1::MeanOf result;
  result.set_required(std::count_if(required.begin(), required.end(), filter));
  double sum = 0;
  std::int64_t n = 0;
  for (const ScoredRow& row : scored) {
    if (!filter(row.row)) continue;
    sum += row.value;
    ++n;
  }
  result.set_judged(n);
  if (n == 0) return result;
  const double mean = sum / static_cast<double>(n);
  result.set_mean(mean);

  double squares = 0;
  std::int64_t clusters = 0;
  double of_cluster = 0;
  std::int32_t current = -1;
  for (const ScoredRow& row : scored) {
    if (!filter(row.row)) continue;
    if (row.row.sample != current) {
      squares += of_cluster * of_cluster;
      of_cluster = 0;
      current = row.row.sample;
      ++clusters;
    }
    of_cluster += row.value - mean;
  }
  squares += of_cluster * of_cluster;
  if (clusters < 2) return result;
  const auto g = static_cast<double>(clusters);
  result.set_stderr(std::sqrt(g / (g - 1) * squares) / static_cast<double>(n));
  return result;
}

void ScorerFold::Add(const RowFacts& row, const v1::ScorerResult& result, bool is_required) {
  ++outcomes[result.outcome()];
  if (result.outcome() != v1::OUTCOME_SCORED) {
    if (is_required) required.push_back(row);
    return;
  }
  for (const v1::Score& score : result.scores()) {
    const auto [it, added] = scores.try_emplace(score.name());
    if (added) names.push_back(score.name());
    it->second.push_back({row, score.value()});
  }
}

std::vector<v1::LengthBucket> BucketsOf(const v1::Suite& suite) {
  const auto& own = suite.manifest().length_buckets();
  std::vector<v1::LengthBucket> buckets(own.begin(), own.end());
  for (v1::LengthBucket& bucket :
       std::vector{Bucket("[2K,4K)", 2000, 4000), Bucket("[4K,8K)", 4000, 8000),
                   Bucket("[8K,16K)", 8000, 16000), Bucket("[16K,inf)", 16000, 0)}) {
    const bool holds = std::any_of(
        suite.samples().begin(), suite.samples().end(),
        [&](const v1::Sample& sample) { return InBucket(bucket, sample.required_words()); });
    const bool known = std::any_of(own.begin(), own.end(), [&](const v1::LengthBucket& other) {
      return other.label() == bucket.label();
    });
    if (holds && !known) buckets.push_back(std::move(bucket));
  }
  return buckets;
}

std::vector<v1::MetricSummary> MetricsOf(const std::string& scorer, const ScorerFold& fold,
                                         const std::vector<v1::LengthBucket>& buckets) {
  std::vector<v1::MetricSummary> metrics;
  for (const std::string& name : fold.names) {
    const std::vector<ScoredRow>& rows = fold.scores.at(name);
    // A verdict that is scored and lacks this figure says that it does not apply to the sample.
    std::vector<RowFacts> required = fold.required;
    for (const ScoredRow& row : rows) required.push_back(row.row);
    v1::MetricSummary metric;
    metric.set_scorer(scorer);
    metric.set_name(name);
    *metric.mutable_value() = MeanOfRows(rows, required, [](const RowFacts&) { return true; });
    *metric.mutable_complete() =
        MeanOfRows(rows, required, [](const RowFacts& row) { return row.complete; });
    *metric.mutable_truncated() =
        MeanOfRows(rows, required, [](const RowFacts& row) { return row.truncated; });
    for (const v1::LengthBucket& bucket : buckets) {
      v1::BucketMean& mean = *metric.add_buckets();
      mean.set_label(bucket.label());
      *mean.mutable_value() = MeanOfRows(rows, required, [&](const RowFacts& row) {
        return InBucket(bucket, row.required_words);
      });
    }
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

std::vector<v1::DerivedValue> DerivedOf(const v1::SuiteManifest& manifest,
                                        const std::vector<v1::MetricSummary>& metrics) {
  std::vector<v1::DerivedValue> values;
  for (const v1::DerivedMetric& derived : manifest.derived_metrics()) {
    double sum = 0;
    int parts = 0;
    for (const std::string& part : derived.mean_of()) {
      const auto found = std::find_if(metrics.begin(), metrics.end(), [&](const auto& metric) {
        return metric.scorer() + "." + metric.name() == part && metric.value().judged() > 0;
      });
      if (found == metrics.end()) continue;
      sum += found->value().mean();
      ++parts;
    }
    if (parts == 0 || parts != derived.mean_of_size()) continue;
    v1::DerivedValue value;
    value.set_name(derived.name());
    value.set_value(sum / parts);
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace assay
