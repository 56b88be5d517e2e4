// The machine of a factual coverage scorer: claims out of the text, evidence for each, a verdict
// for each, and which aspects the supported ones cover. Three rounds of calls, whatever the length.
// Owned by the runner; not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "common/retrieval/passage_index.h"
#include "judge/claims/claim_extraction.h"
#include "judge/claims/claim_verification.h"
#include "judge/engine/scorer_module.h"

namespace assay {

inline constexpr char kFactualCoverageVersion[] = "factual_coverage/1";

class FactualCoverage : public StepMachine {
 public:
  // `inputs` must outlive the machine. REQUIRES: inputs.scorers(0) is a resolved factual_coverage.
  explicit FactualCoverage(const v1::UnitInputs& inputs);

  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override;

 private:
  enum class Stage { kBegin, kExtract, kVerify, kAlign };

  absl::StatusOr<Step> Begin();
  absl::StatusOr<Step> Verify();
  Step Align();
  Step Finish();
  Step Refused(const v1::Error& error);
  Step Unjudged(const std::string& reason);
  std::optional<std::string> TakeAspects();
  bool AddAlignment();
  void TakeAlignment();
  void AddScores();
  void AddPresetScores(const ClaimCounts& counts, std::size_t covered);
  void AddFindings();
  void AddSeries();

  const v1::UnitInputs& inputs_;
  const v1::ScorerSpec& scorer_;
  const v1::FactualCoverageScorer& own_;
  v1::Verdict verdict_;
  AskBudget budget_;
  Stage stage_ = Stage::kBegin;
  std::string aspect_source_;
  std::vector<std::string> aspects_;
  std::string aspect_problem_;  // why there are none although there should be
  std::unique_ptr<PassageIndex> index_;
  std::unique_ptr<ClaimExtraction> extraction_;
  ExtractedClaims extracted_;
  std::unique_ptr<ClaimVerification> verification_;
  AskGroup alignment_;
  std::vector<std::vector<std::string>> aligned_claims_;          // ids shown, by ask
  std::vector<std::optional<std::set<std::string>>> covered_by_;  // of each aspect; empty: unjudged
};

// Makes aspects once per prompt: generated, or the claims of the reference answer.
class AspectPreparation : public StepMachine {
 public:
  explicit AspectPreparation(const v1::UnitInputs& inputs);
  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override;

 private:
  const v1::UnitInputs& inputs_;
  const v1::FactualCoverageScorer& own_;
  AskBudget budget_;
  std::optional<AskItems> generated_;
  std::unique_ptr<ClaimExtraction> reference_;
};

ScorerModule FactualCoverageModule();

}  // namespace assay
