// The verdict of factual coverage out of judged claims: scores, the published pipelines' own
// scores, findings with their spans, support over position. Formulas: docs/scorers.md. Pure,
// thread-safe.
#pragma once

#include <string>
#include <vector>

#include "assay/v1/unit.pb.h"
#include "common/retrieval/passage_index.h"
#include "judge/claims/claim_stages.h"

namespace assay {

struct JudgedClaims {
  ExtractedClaims extracted;
  std::vector<ClaimVerdict> verdicts;  // of each claim
  std::string aspect_source = "none";  // AspectSource
  std::vector<std::string> aspects;
  std::string aspect_problem;  // why there are none although there should be
  AspectCover cover;           // of each aspect
};

// Fills in a scored or, where no claim could be judged, an unjudged verdict. `index` may be null
// where no verdict names a document.
void ReportClaims(const v1::UnitInputs& inputs, const JudgedClaims& judged,
                  const PassageIndex* index, v1::Verdict& verdict);

}  // namespace assay
