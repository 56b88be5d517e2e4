// Which claims cover each aspect: Assay's own question, all aspects against lists of claims. Owned
// by a machine; not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "judge/claims/claim_stages.h"
#include "judge/engine/ask_group.h"

namespace assay {

class AspectAlignment : public AspectAligner {
 public:
  // `claims`: those that may cover. `inputs` and `budget` outlive it.
  AspectAlignment(const v1::UnitInputs& inputs, const v1::Asking& asking,
                  const std::vector<std::string>& aspects, const std::vector<Claim>& claims,
                  AskBudget& budget);

  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes) override {
    return asks_.Next(outcomes);
  }
  std::optional<v1::Error> failure() const override { return asks_.failure(); }
  AspectCover covered_by() const override;

 private:
  std::size_t aspects_;
  AskGroup asks_;
};

}  // namespace assay
