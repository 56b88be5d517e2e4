// HelloBench's own tables (results/scripts/compute.py).
#pragma once

#include <array>
#include <vector>

#include "suites/benchmarks.h"

namespace assay {

// In the order of the published table.
inline constexpr std::array<const char*, 5> kHelloBenchTasks = {
    "open_ended_qa", "summarization", "chat", "text_completion", "heuristic_text_generation"};
inline constexpr std::array<const char*, 4> kHelloBenchLengths = {"2k", "4k", "8k", "16k"};

// For each task the score, (mean - 75) x 4, and the mean length in NLTK tokens over the same
// samples; then the unweighted means over the five tasks. A length-constrained suite has no table
// of its own.
std::vector<v1::ResultTable> HelloBenchTables(const TableInput& input);

// The table of the length-constrained suites: score and length of the main suite's
// heuristic_text_generation and of each length, without averages. A note names the suites that the
// run lacks. Empty without a length-constrained suite.
std::vector<v1::ResultTable> HelloBenchLengthTable(const std::vector<TableInput>& inputs);

}  // namespace assay
