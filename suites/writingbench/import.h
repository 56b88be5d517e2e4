// Importing WritingBench (X-PLUG/WritingBench, arXiv:2503.05244): the release of April 2025 with
// 1,000 queries (field "checklist") and that of March 2025 with 1,239 (field "criteria"), all of it
// or the subsets that are there. Thread-safe.
#pragma once

#include "suites/benchmarks.h"

namespace assay {

// Suites "writingbench" (needs benchmark_all.jsonl), "writingbench-style", "-format" and "-length";
// those of March 2025 are "writingbench-2025-03" and so on. Of every sample: category is domain1,
// metadata.domain2, metadata.style, .format and .length the numbers of the criteria about that
// requirement, scorer_data.criteria the row's criteria as they stand.
Benchmark WritingBench();

}  // namespace assay
