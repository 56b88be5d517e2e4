// The scorer "writingbench": one question a criterion, each scored 1..10 by the judge (reference
// longwriter-hellobench-writingbench.md 3.3). Pure functions, thread-safe.
//
// prompts: "system" and "evaluate" (evaluate_system and evaluate_prompt of prompt.py).
// options.decoding: "both" (default: temperature and top_p), "temperature" or "top_p", for judges
// that refuse both together. Sample.scorer_data.criteria: the row's checklist, a JSON list of
// objects in their own order of keys. Scores: mean (1..10) and leaderboard (10..100), absent unless
// every criterion was judged, judged_criteria, criteria; a finding for every criterion has its
// number as id, its score as label and the judge's reason as note.
#pragma once

#include "judge/engine/scorer_module.h"

namespace assay {

ScorerModule WritingBenchModule();

}  // namespace assay
