// Every metric of the program: the one place where a name is written down.
#pragma once

#include <vector>

#include "common/metrics/metrics.h"

namespace assay::metric {

// Labels: state, kind.
inline constexpr MetricFamily kUnits{"assay_units", "Units by state and kind."};
// Labels: endpoint, class ("ok" or an error class).
inline constexpr MetricFamily kCalls{"assay_calls_total",
                                     "LLM calls by endpoint and how they ended."};
// Labels: endpoint, kind ("prompt", "completion", "reasoning").
inline constexpr MetricFamily kTokens{"assay_tokens_total", "Tokens of finished calls, by kind."};
// Labels: endpoint.
inline constexpr MetricFamily kFirstToken{"assay_first_token_seconds",
                                          "From sending a request to its first content."};
// Labels: endpoint.
inline constexpr MetricFamily kInterTokenGap{
    "assay_inter_token_gap_seconds", "Longest wait between two pieces of content of one call."};
// Labels: class ("ok" or an error class).
inline constexpr MetricFamily kUnitAttempts{"assay_unit_attempts_total",
                                            "Attempts at units by how they ended."};

inline std::vector<double> FirstTokenBounds() {
  return {0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120};
}
inline std::vector<double> InterTokenGapBounds() {
  return {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

}  // namespace assay::metric
