// LongWeave's scorers, benchmark {name: longweave} and {name: longweave-judged} of a spec. Each
// scores its own tasks and is not applicable to samples of the others, so that one suite holds all
// seven. Pure functions, thread-safe.
#pragma once

#include "judge/engine/scorer_module.h"

namespace assay {

// GEN_KV_DICT, STATE_MACHINE and PARAGRAPH_ORDERING, by rules.
ScorerModule LongWeaveModule();

// KG_TO_TEXT, SALES_REPORT_GENERATION, AP_STYLE_WRITING and CODE_FIXING, by a judge. The last also
// needs what Python and flake8 say of the code: the prompt text "checks", JSONL of {"sha256": of
// the code, "runnable", "violations"}. Code that it does not list is unjudged and not asked about.
ScorerModule LongWeaveJudgedModule();

}  // namespace assay
