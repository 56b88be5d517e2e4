// LongProc's tables: a row a model, a column a task, their plain mean before (reference
// longgenbench-longproc-longweave-longeval.md 2.7). Pure, thread-safe.
#pragma once

#include <vector>

#include "suites/benchmarks.h"

namespace assay {

// Scores (HTML to TSV: F1), the share of the reference procedure that was followed, and the share
// of answers that stand where they were asked for; all in percent.
std::vector<v1::ResultTable> LongProcTables(const TableInput& input);

}  // namespace assay
