// The machine of a factual coverage scorer: claims out of the text, evidence for each, a verdict for
// each, and which aspects the supported ones cover. The implementation is in factual_coverage.cc
// (written by the lead together with simulator/item_claims.cc; do not write another).
// Owned by the runner; not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "common/retrieval/passage_index.h"
#include "common/text/text_map.h"
#include "judge/claims/claim_scores.h"
#include "judge/engine/ask_group.h"
#include "judge/engine/scorer_module.h"

namespace assay {

inline constexpr char kFactualCoverageVersion[] = "factual_coverage/1";

ScorerModule FactualCoverageModule();

}  // namespace assay
