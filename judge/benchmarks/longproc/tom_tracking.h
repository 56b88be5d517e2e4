// LongProc's ToM tracking: the bullets of the trace must be those of the reference (reference
// longgenbench-longproc-longweave-longeval.md 2.3). Pure, thread-safe.
#pragma once

#include <string_view>

#include "judge/benchmarks/longproc/answer_text.h"

namespace assay {

// Only lines that begin with "-" count, of the first also an indented one; the answer sentence does
// not. extracted is always 1. partial is how many bullets agree before the first that differs.
LongProcScore ScoreTomTracking(std::string_view reference, std::string_view reply);

}  // namespace assay
