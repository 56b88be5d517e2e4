// The machine of a factual coverage scorer: claims out of the text, evidence for each, a verdict
// for each, and which aspects the supported ones cover. Three rounds of calls, whatever the length.
// Owned by the runner; not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "common/retrieval/passage_index.h"
#include "judge/claims/claim_report.h"
#include "judge/claims/claim_stages.h"
#include "judge/engine/ask_items.h"
#include "judge/engine/scorer_module.h"

namespace assay {

inline constexpr char kFactualCoverageVersion[] = "factual_coverage/1";

class FactualCoverage : public StepMachine {
 public:
  // `inputs` must outlive the machine. REQUIRES: inputs.scorers(0) is a resolved factual_coverage.
  explicit FactualCoverage(const v1::UnitInputs& inputs);

  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override;

 private:
  // Calls of the next stage that has any, or the end.
  absl::StatusOr<Step> Begin();
  absl::StatusOr<Step> Verify();
  absl::StatusOr<Step> Align();
  Step Finish();
  Step Refused(const v1::Error& error);
  Step Unjudged(const std::string& reason);
  std::string WhyNoEvidence() const;
  void TakeAspects();
  std::vector<Claim> CoveringClaims() const;

  const v1::UnitInputs& inputs_;
  const v1::ScorerSpec& scorer_;
  const v1::FactualCoverageScorer& own_;
  const bool published_;  // asks with the user's copy of a pipeline's prompts
  v1::Verdict verdict_;
  AskBudget budget_;
  JudgedClaims judged_;
  std::unique_ptr<PassageIndex> index_;
  std::unique_ptr<ClaimSource> extraction_;
  std::unique_ptr<ClaimChecker> verification_;
  std::unique_ptr<AspectAligner> alignment_;
  ClaimStage* stage_ = nullptr;  // the one whose calls are out
};

ScorerModule FactualCoverageModule();

}  // namespace assay
