// Panels: the verdicts of several judges under one scorer's name, combined per generation. Pure.
#pragma once

#include <string>
#include <vector>

#include "assay/v1/results.pb.h"
#include "assay/v1/spec.pb.h"

namespace assay {

// One panel of a run.
struct Panel {
  std::string id;
  std::vector<int> parts;  // indexes into the scorers
  std::string combine;     // "mean", "median", "majority"
  int min_valid = 1;
};

// The panels among expanded scorers (suites/panels.h), in order of their first part.
std::vector<Panel> PanelsOf(const std::vector<v1::ScorerSpec>& scorers);

// Scored when at least min_valid judges scored; then every figure that at least min_valid of them
// have: the mean; the median (of an even number the mean of the middle two); or the value that most
// gave, and unjudged where two values are given equally often. Else unjudged; not_applicable when
// all parts say so. The parts keep their own findings.
v1::ScorerResult CombinePanel(const Panel& panel, const std::vector<v1::ScorerResult>& parts);

}  // namespace assay
