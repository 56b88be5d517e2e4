// LongEval's table: the means of its scores and their average, as its program shows them. Pure.
#pragma once

#include <vector>

#include "suites/benchmarks.h"

namespace assay {

std::vector<v1::ResultTable> LongEvalTables(const TableInput& input);

}  // namespace assay
