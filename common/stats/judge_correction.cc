#include "common/stats/judge_correction.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"

namespace assay {
namespace {

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Sample covariance, with n - 1. REQUIRES: equal lengths of two or more.
double Covariance(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = Mean(a);
  const double mean_b = Mean(b);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum / static_cast<double>(a.size() - 1);
}

double Variance(const std::vector<double>& values) { return Covariance(values, values); }

double NormalCdf(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

double NormalDensity(double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi); }

double ZOf(double confidence) { return NormalQuantile((1 + confidence) / 2); }

absl::Status CheckConfidence(double confidence) {
  if (confidence > 0 && confidence < 1) return absl::OkStatus();
  return InvalidArgument(absl::StrCat("confidence: ", confidence, " is not between 0 and 1"));
}

absl::Status CheckSlice(const LabelledSlice& slice) {
  if (slice.human.size() != slice.judge.size()) {
    return InvalidArgument(absl::StrCat(slice.human.size(), " human labels and ",
                                        slice.judge.size(), " judge values, expected as many"));
  }
  if (slice.human.size() < 2 || slice.judge_unlabelled.size() < 2) {
    return InvalidArgument(absl::StrCat(slice.human.size(), " labelled and ",
                                        slice.judge_unlabelled.size(),
                                        " unlabelled items, expected 2 or more of each"));
  }
  return absl::OkStatus();
}

absl::Status CheckCounts(const RoganGladenCounts& counts) {
  const auto in_range = [](std::int64_t part, std::int64_t whole) {
    return whole > 0 && part >= 0 && part <= whole;
  };
  if (in_range(counts.true_positives, counts.positives) &&
      in_range(counts.true_negatives, counts.negatives) &&
      in_range(counts.judged_positive, counts.judged)) {
    return absl::OkStatus();
  }
  return InvalidArgument(
      "a group of items is empty or a count is larger than its group; expected human-labelled "
      "positives and negatives and judged items");
}

}  // namespace

double NormalQuantile(double p) {
  ASSAY_CHECK(p > 0 && p < 1);
  // Bisection gets near, Newton's method to the last digit.
  double low = -40;
  double high = 40;
  for (int i = 0; i < 30; ++i) {
    const double middle = (low + high) / 2;
    (NormalCdf(middle) < p ? low : high) = middle;
  }
  double z = (low + high) / 2;
  for (int i = 0; i < 4; ++i) {
    const double slope = NormalDensity(z);
    if (slope <= 0) break;
    z -= (NormalCdf(z) - p) / slope;
  }
  return z;
}

absl::StatusOr<double> RoganGladenPoint(const RoganGladenCounts& counts) {
  ASSAY_RETURN_IF_ERROR(CheckCounts(counts));
  const double p = static_cast<double>(counts.judged_positive) / static_cast<double>(counts.judged);
  const double q0 =
      static_cast<double>(counts.true_negatives) / static_cast<double>(counts.negatives);
  const double q1 =
      static_cast<double>(counts.true_positives) / static_cast<double>(counts.positives);
  if (q0 + q1 == 1) {
    return InvalidArgument(
        "the judge tells nothing: its rates of true positives and negatives "
        "add up to 1");
  }
  return (p + q0 - 1) / (q0 + q1 - 1);
}

absl::StatusOr<Estimate> RoganGladen(const RoganGladenCounts& counts, double confidence,
                                     double least_sum, bool clip) {
  ASSAY_RETURN_IF_ERROR(CheckConfidence(confidence));
  ASSAY_ASSIGN_OR_RETURN(const double point, RoganGladenPoint(counts));
  const auto n = static_cast<double>(counts.judged);
  const auto m0 = static_cast<double>(counts.negatives);
  const auto m1 = static_cast<double>(counts.positives);
  const double quality = static_cast<double>(counts.true_negatives) / m0 +
                         static_cast<double>(counts.true_positives) / m1;
  if (quality < std::max(1.0, least_sum)) {
    return FailedPrecondition(
        absl::StrCat("the judge's rates of true positives and true negatives add up to ", quality,
                     ", under ", least_sum, ": too little to correct by; use PPI++"));
  }
  const double z = ZOf(confidence);
  const double n_more = n + z * z;
  const double p = (static_cast<double>(counts.judged_positive) + z * z / 2) / n_more;
  const double q0 = (static_cast<double>(counts.true_negatives) + 1) / (m0 + 2);
  const double q1 = (static_cast<double>(counts.true_positives) + 1) / (m1 + 2);
  const double sum = q0 + q1 - 1;
  if (sum <= 0) return FailedPrecondition("too few labels to say how well the judge does");
  const double theta = (p + q0 - 1) / sum;
  const double noise0 = q0 * (1 - q0) / (m0 + 2);
  const double noise1 = q1 * (1 - q1) / (m1 + 2);
  const double variance =
      (p * (1 - p) / n_more + (1 - theta) * (1 - theta) * noise0 + theta * theta * noise1) /
      (sum * sum);
  const double centre = theta + 2 * z * z * (theta * noise1 - (1 - theta) * noise0);
  Estimate estimate;
  estimate.value = clip ? std::clamp(point, 0.0, 1.0) : point;
  estimate.standard_error = std::sqrt(variance);
  estimate.low = centre - z * estimate.standard_error;
  estimate.high = centre + z * estimate.standard_error;
  if (clip) {
    estimate.low = std::clamp(estimate.low, 0.0, 1.0);
    estimate.high = std::clamp(estimate.high, 0.0, 1.0);
  }
  return estimate;
}

absl::StatusOr<Estimate> PredictionPowered(const LabelledSlice& slice, double lambda,
                                           double confidence) {
  ASSAY_RETURN_IF_ERROR(CheckConfidence(confidence));
  ASSAY_RETURN_IF_ERROR(CheckSlice(slice));
  std::vector<double> residual = slice.human;
  for (std::size_t i = 0; i < residual.size(); ++i) residual[i] -= lambda * slice.judge[i];
  const auto n = static_cast<double>(slice.human.size());
  const auto unlabelled = static_cast<double>(slice.judge_unlabelled.size());
  Estimate estimate;
  estimate.lambda = lambda;
  estimate.value = Mean(slice.human) + lambda * (Mean(slice.judge_unlabelled) - Mean(slice.judge));
  estimate.standard_error = std::sqrt(
      Variance(residual) / n + lambda * lambda * Variance(slice.judge_unlabelled) / unlabelled);
  const double z = ZOf(confidence);
  estimate.low = estimate.value - z * estimate.standard_error;
  estimate.high = estimate.value + z * estimate.standard_error;
  return estimate;
}

absl::StatusOr<Estimate> PredictionPoweredPlus(const LabelledSlice& slice, double confidence,
                                               bool clip) {
  ASSAY_RETURN_IF_ERROR(CheckSlice(slice));
  const double ratio =
      static_cast<double>(slice.human.size()) / static_cast<double>(slice.judge_unlabelled.size());
  const double spread = Variance(slice.judge) + ratio * Variance(slice.judge_unlabelled);
  double lambda = spread == 0 ? 0 : Covariance(slice.human, slice.judge) / spread;
  if (clip) lambda = std::clamp(lambda, 0.0, 1.0);
  return PredictionPowered(slice, lambda, confidence);
}

}  // namespace assay
