// The scorer "race": DeepResearch Bench's own question, one call a report.
#pragma once

#include "judge/engine/scorer_module.h"

namespace assay {

// Prompts: en and zh (score prompts of the user's copy, str.format templates); the sample's
// language chooses. scorer_data.race: its criteria (ParseRaceCriteria); group_weights: those of the
// dimensions; reference_answer: the reference report. Scores, times 100: rubric (overall), one a
// dimension; criteria. A finding a rating.
ScorerModule RaceModule();

}  // namespace assay
