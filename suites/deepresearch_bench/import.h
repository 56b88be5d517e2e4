// Importing DeepResearch Bench (arXiv:2506.11763) for RACE: research tasks with weighted criteria
// of four dimensions, and a reference report. Thread-safe.
#pragma once

#include "suites/benchmarks.h"

namespace assay {

// Suite "deepresearch-bench". Of every sample: category is its topic, a criterion's group its
// dimension, the reference answer the benchmark's own report.
Benchmark DeepResearchBench();

}  // namespace assay
