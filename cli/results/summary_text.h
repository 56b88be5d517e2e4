// The summary of a run for a terminal: figures, counts that add up, and what was lost. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "assay/v1/results.pb.h"

namespace assay {

// Lines ending in "\n". Intervals are 1.96 clustered standard errors to either side.
std::string RenderSummary(const v1::RunSummary& summary, int columns);

// Generations and scorings that ended in anything but generated, scored or not applicable.
std::int64_t CountLosses(const v1::RunSummary& summary);
// Units without an outcome.
std::int64_t CountOpen(const v1::RunSummary& summary);

}  // namespace assay
