// The formulas of the coherence scorer (docs/scorers.md). Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/text/words.h"

namespace assay {

struct CoherenceFinding {
  std::string kind;
  int severity = 1;  // 1..3
  std::vector<TextRange> places;
  std::string note;
  bool unverified = false;
};

struct RatedWindow {
  TextRange range;
  std::int64_t words = 0;
  double rating = 0;  // 1..5
};

// 1, 2, 4 for severity 1, 2, 3.
int SeverityWeight(int severity);

// 100 * 2^(-D/2), D the sum of the weights of verified findings per 1,000 words; texts of fewer
// than 500 words count as 500.
double GlobalCoherence(const std::vector<CoherenceFinding>& findings, std::int64_t words);

// Mean over windows, weighted by words, of 100 (rating - 1) / 4.
double LocalCoherence(const std::vector<RatedWindow>& windows);

// 0.4 local + 0.4 global + 0.2 ending.
double TotalCoherence(double local, double global, double ending);

// Of one window: its local value times 2^(-D/2) of the findings with a place in it.
double WindowCoherence(const RatedWindow& window, const std::vector<CoherenceFinding>& findings);

}  // namespace assay
