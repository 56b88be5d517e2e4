// Importing HealthBench (arXiv:2505.08775): conversations with rubrics of points. Thread-safe.
#pragma once

#include "suites/benchmarks.h"

namespace assay {

// Suites "healthbench", "healthbench-hard" and "healthbench-consensus" of OpenAI's three files, and
// "healthbench-graded" of judge_responses.jsonl, the rows of a run that m42-health published. Of
// every sample: category is its theme, metadata.example_tags its tags, one a line, metadata.canary
// the string by which its authors find copies, the ideal completion is the reference answer.
Benchmark HealthBench();

}  // namespace assay
