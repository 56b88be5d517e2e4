// The scorers of published benchmarks (ScorerSpec.benchmark), by name: one entry each, from the
// benchmark's own folder. Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "judge/engine/scorer_module.h"

namespace assay {

// nullptr: no such scorer.
const ScorerModule* FindBenchmarkScorer(std::string_view name);

// Sorted.
std::vector<std::string> BenchmarkScorerNames();

}  // namespace assay
