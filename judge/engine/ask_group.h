// AskGroup: several AskItems of one stage, all of whose calls go out together. Owned by a step
// machine. Not thread-safe.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "judge/engine/ask_items.h"

namespace assay {

class AskGroup {
 public:
  // References stay valid; added before the first Next.
  AskItems& Add(AskItems ask);

  // As AskItems::Next, for all; empty: every one is done.
  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes);

  // The first final refusal of any.
  const std::optional<v1::Error>& failure() const;

  std::size_t size() const { return asks_.size(); }
  const AskItems& operator[](std::size_t i) const { return asks_[i]; }

 private:
  std::deque<AskItems> asks_;
  std::vector<std::size_t> open_calls_;  // of each
};

// The verdict of a machine whose judge refused for good: failed, or unjudged where it was too slow.
v1::Verdict RefusedVerdict(v1::Verdict verdict, const v1::Error& error);

// The envelope of a preparation: its text; or, when there is none, `empty` with the reason as a
// flag.
Step EndPreparation(const std::string& text, const std::string& problem);
Step EndPreparation(const v1::Error& error);

}  // namespace assay
