// Claims out of a text: windows of numbered sentences, a few sentences an item, all windows at
// once. For a text to be scored and for a reference answer alike. Owned by a machine; not
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/text/words.h"
#include "judge/engine/ask_group.h"

namespace assay {

struct Claim {
  std::string id;  // "c1", "c2", ... in order of the text
  std::string text;
  TextRange place;  // its sentence
};

struct ExtractedClaims {
  std::vector<Claim> claims;  // distinct
  int duplicates = 0;         // the same after NormalizedClaim
  int misplaced = 0;          // named a sentence that was not asked for: dropped
  int unparsed = 0;           // groups of sentences of which nobody knows what they claim
  int groups = 0;
  std::string problem;  // of the last of these
};

class ClaimExtraction {
 public:
  // `inputs`, `text` and `budget` outlive it.
  ClaimExtraction(const v1::UnitInputs& inputs, const v1::Asking& asking, std::string_view text,
                  int sentences_per_item, AskBudget& budget);

  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes) { return asks_.Next(outcomes); }
  const std::optional<v1::Error>& failure() const { return asks_.failure(); }
  // REQUIRES: Next has returned no calls.
  ExtractedClaims Result() const;
  std::size_t sentences() const { return sentences_.size(); }

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
