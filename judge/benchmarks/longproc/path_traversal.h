// LongProc's path traversal: the route must be the reference, line by line (reference
// longgenbench-longproc-longweave-longeval.md 2.3). Pure, thread-safe.
#pragma once

#include <string_view>

#include "judge/benchmarks/longproc/answer_text.h"

namespace assay {

// `reply` must hold the route between <Route> and </Route>. partial counts the lines up to and with
// the first that differs, or all that both have.
LongProcScore ScorePathTraversal(std::string_view reference, std::string_view reply);

}  // namespace assay
