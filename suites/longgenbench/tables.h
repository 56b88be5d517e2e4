// LongGenBench's tables: the figures of its paper and of its script, compliance along the text, and
// where two judges, seeds or prompts judged the same texts, the verdicts that differ. Pure.
#pragma once

#include <vector>

#include "suites/benchmarks.h"

namespace assay {

std::vector<v1::ResultTable> LongGenBenchTables(const TableInput& input);

}  // namespace assay
