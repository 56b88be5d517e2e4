// The machine of a factual coverage scorer's preparation: aspects once per prompt, for all models.
// Owned by the runner; not thread-safe.
#pragma once

#include <memory>

#include "judge/claims/claim_stages.h"
#include "judge/engine/ask_items.h"

namespace assay {

class AspectPreparation : public StepMachine {
 public:
  // `inputs` must outlive the machine. REQUIRES: inputs.scorers(0) is a resolved factual_coverage.
  explicit AspectPreparation(const v1::UnitInputs& inputs);
  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override;

 private:
  const v1::UnitInputs& inputs_;
  AskBudget budget_;
  std::unique_ptr<AspectMaker> maker_;  // null: the sample has its own, or needs none
};

}  // namespace assay
