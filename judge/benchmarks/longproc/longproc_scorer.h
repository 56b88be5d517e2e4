// The scorer "longproc": each of the six tasks by its own rule; pseudocode by running the program
// in a sandbox. Scores: score (0 or 1; HTML to TSV: F1), partial, extracted, and of HTML to TSV
// precision and recall. Official mode keeps a partial below 0 (-1/n), strict mode has 0 instead.
// Option "programs": "none" says that no sample is pseudocode, so that no sandbox is needed.
#pragma once

#include "judge/engine/scorer_module.h"

namespace assay {

ScorerModule LongProcModule();

}  // namespace assay
