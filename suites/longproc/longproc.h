// LongProc (COLM 2025, arXiv 2501.05414; princeton-pli/LongProc, Apache-2.0), from the user's own
// copy.
#pragma once

#include "suites/benchmarks.h"

namespace assay {

// Suites longproc-0.5k, -2k and -8k: every item of the sets of that length that are there
// (data/<task>/<task>_<length>.json, data/travel_planning/travel_planning_all.json); and each again
// with "-paper" behind it: the items that the published figures are of, 100 of each set in the
// order in which HELMET shuffles them, of HTML to TSV all. HTML pages are read from
// html_to_tsv/webpage/ or from webpage.tar.gz beside it.
Benchmark LongProc();

}  // namespace assay
