// The scorer "hellobench": one question to the judge for all items of a sample's checklist.
#pragma once

#include "judge/engine/scorer_module.h"

namespace assay {

// Prompts: system, user (str.format templates) and punkt (PackPunktTables). The sample's criteria
// are its checklist; their weights, which add up to 100, those of its category. Scores: score
// (0..100, the weighted sum), rescaled ((score - 75) x 4), tokens (NLTK's, of the response). A
// finding an item.
ScorerModule HelloBenchModule();

}  // namespace assay
