// LongProc's HTML to TSV: the rows of the answer against those of the reference, as sets (reference
// longgenbench-longproc-longweave-longeval.md 2.3). Pure, thread-safe.
#pragma once

#include <string_view>

#include "judge/benchmarks/longproc/answer_text.h"

namespace assay {

// The table is what a ```tsv fence of `reply` holds; without one, all of it. score is F1, partial
// the same. A table that cannot be read (no rows, a header name twice, other columns than the
// reference has) has zeros throughout, extracted too.
LongProcScore ScoreHtmlToTsv(std::string_view reference, std::string_view reply);

}  // namespace assay
