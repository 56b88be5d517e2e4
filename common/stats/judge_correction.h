// A rate that a judge measured, corrected by a few human labels: Rogan-Gladen, prediction-powered
// inference (PPI) and PPI++. Formulas: reference claims-and-judges.md section 8. Pure functions,
// thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/status.h"

namespace assay {

// The z of the standard normal distribution with `p` of its mass below. REQUIRES: 0 < p < 1.
double NormalQuantile(double p);

struct Estimate {
  double value = 0;
  double standard_error = 0;  // of the corrected estimate; 0 when the method gives only an interval
  double low = 0;             // of the interval
  double high = 0;
  double lambda = 0;  // PPI++: how much the judge's word counts
};

// What a judge said of items with known labels, and of all others.
struct RoganGladenCounts {
  std::int64_t positives = 0;       // m1: items that humans call positive
  std::int64_t true_positives = 0;  // of these, the judge does too
  std::int64_t negatives = 0;       // m0
  std::int64_t true_negatives = 0;
  std::int64_t judged = 0;  // n: items with the judge's word alone
  std::int64_t judged_positive = 0;
};

// (p + q0 - 1) / (q0 + q1 - 1), clipped to 0..1 unless `clip` is false; the interval is Lang and
// Reiczigel's: counts with pseudo-observations, and a shifted centre. FailedPrecondition when
// q0 + q1 is under `least_sum` (it explodes near 1; 1.2 is advised, 1 is the mathematical limit).
// InvalidArgument when a group is empty or a count is out of range.
absl::StatusOr<Estimate> RoganGladen(const RoganGladenCounts& counts, double confidence,
                                     double least_sum = 1.2, bool clip = true);

// The unclipped point estimate alone, whatever its quality; InvalidArgument when it is undefined.
absl::StatusOr<double> RoganGladenPoint(const RoganGladenCounts& counts);

// Items with a human label `human` and the judge's value `judge` for each, and the judge's values
// for the unlabelled ones.
struct LabelledSlice {
  std::vector<double> human;
  std::vector<double> judge;
  std::vector<double> judge_unlabelled;
};

// mean(human) + lambda (mean(judge_unlabelled) - mean(judge)). lambda 1 is plain PPI. Wald
// interval. InvalidArgument with fewer than two labelled or unlabelled items, or unequal lengths.
absl::StatusOr<Estimate> PredictionPowered(const LabelledSlice& slice, double lambda,
                                           double confidence);

// The same with the lambda of least variance, cov(Y,f) / (var(f) + n/N var(f_U)); `clip` keeps it
// in 0..1, as ppi_py does.
absl::StatusOr<Estimate> PredictionPoweredPlus(const LabelledSlice& slice, double confidence,
                                               bool clip = true);

}  // namespace assay
