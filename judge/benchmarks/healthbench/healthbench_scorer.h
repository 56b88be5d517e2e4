// The scorer "healthbench": the benchmark's own grader prompt, one call a criterion.
#pragma once

#include "judge/engine/scorer_module.h"

namespace assay {

// Prompt: grader (of the user's copy of simple-evals). The sample's criteria have points and tags.
// Scores as of a rubric of method points (judge/rubric): rubric (100 x points of what is met over
// all positive ones), each tag's, criteria, unjudged_criteria. A text of which a criterion has no
// answer is unjudged, as the official program would ask for ever. Both compat modes read replies
// alike.
ScorerModule HealthBenchModule();

}  // namespace assay
