// The tables of LongBench-Write and LongWrite-Ruler (arXiv 2408.07055, tables 2 and 3, figure 1).
#pragma once

#include <vector>

#include "suites/benchmarks.h"

namespace assay {

// LongBench-Write: S_bar, S_l and S_q of all samples, and S_l, S_q for each range of required
// lengths; 0..100. S_q is over judged texts only, S_l over all that have one. LongWrite-Ruler: mean
// words written for each number of words asked for (Chinese: characters), by language.
std::vector<v1::ResultTable> LongBenchWriteTables(const TableInput& input);

}  // namespace assay
