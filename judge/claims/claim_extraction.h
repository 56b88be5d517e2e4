// Claims out of a text: windows of numbered sentences, a few sentences an item, all windows at
// once. For a text to be scored and for a reference answer alike. Owned by a machine; not
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "judge/claims/claim_stages.h"
#include "judge/engine/ask_group.h"

namespace assay {

class ClaimExtraction : public ClaimSource {
 public:
  // `inputs`, `text` and `budget` outlive it.
  ClaimExtraction(const v1::UnitInputs& inputs, const v1::Asking& asking, std::string_view text,
                  int sentences_per_item, AskBudget& budget);

  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes) override {
    return asks_.Next(outcomes);
  }
  std::optional<v1::Error> failure() const override { return asks_.failure(); }
  ExtractedClaims Result() const override;

 private:
  // Sentences [first, last) of one item.
  struct Group {
    std::size_t ask = 0;
    std::string id;
    std::size_t first = 0;
    std::size_t last = 0;
  };
  void AddWindow(std::size_t first, std::size_t last);

  const v1::UnitInputs& inputs_;
  const v1::Asking asking_;
  std::string_view text_;
  int sentences_per_item_;
  AskBudget& budget_;
  std::vector<TextRange> sentences_;
  std::vector<Group> groups_;
  AskGroup asks_;
};

}  // namespace assay
