// The tables of WritingBench (calculate_scores.py; reference longwriter-hellobench-writingbench.md
// 3.4).
#pragma once

#include <vector>

#include "suites/benchmarks.h"

namespace assay {

// One row a model: the leaderboard's figure (Overall times 10), Overall, Count, the six first
// domains, and R and C of the requirements that the suite knows. Then one row a second domain, in
// the published order, with a column a model. 1..10 but for the leaderboard's. A sample counts with
// all its criteria scored; repeats of it are further scores of its criteria. A figure of nothing is
// not shown (the script writes 0).
std::vector<v1::ResultTable> WritingBenchTables(const TableInput& input);

}  // namespace assay
