// LongWeave's tables (reference longgenbench-longproc-longweave-longeval.md 3.5).
#pragma once

#include <vector>

#include "suites/benchmarks.h"

namespace assay {

// Of every task its own metric, 0..1. A figure of one task at one length is the mean over the texts
// that have a score, rounded to four digits as the official report does; all other figures are
// means of these, not rounded: of a task over its lengths, of a length over its tasks, overall over
// all. Texts without a score are left out, as published, and counted in the notes.
std::vector<v1::ResultTable> LongWeaveTables(const TableInput& input);

}  // namespace assay
