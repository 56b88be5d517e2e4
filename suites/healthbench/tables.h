// The tables of HealthBench (arXiv:2505.08775; reference claims-and-judges.md 4.2).
#pragma once

#include <vector>

#include "suites/benchmarks.h"

namespace assay {

inline constexpr char kHealthBenchScorer[] = "healthbench";  // id of the one with its own prompt
inline constexpr char kHealthBenchStyle[] = "healthbench-style";  // of a rubric by points with ours

// One row a model: the mean of all scores, then those of the themes and of the axes. Then one row a
// tag, with its mean and its number of samples for every model. A tag of an example counts the
// score of the whole sample, a tag of criteria that of its own points. All 0..1: a mean is cut
// there, a sample's score is not.
std::vector<v1::ResultTable> HealthBenchTables(const TableInput& input);

}  // namespace assay
