// PARAGRAPH_ORDERING: shuffled paragraphs of an article put in order again (reference 3.3). Which
// paragraph stands where is told by its text; the numbers that a model writes only have to be
// there. Pure functions, thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "judge/benchmarks/longweave/templates.h"

namespace assay::longweave {

// The paragraphs of document `id` in the order in which the prompt shows them.
std::vector<std::string> ShuffledParagraphs(std::string_view id,
                                            std::vector<std::string> paragraphs);

absl::StatusOr<std::string> ParagraphPrompt(const Templates& templates,
                                            std::span<const std::string> shuffled);

struct ParagraphScores {
  double kendalls_tau = 0;           // (1 + tau-b) / 2: 0..1
  std::size_t found = 0;             // paragraphs with a number of their own; other than all: tau 0
  std::vector<std::size_t> aligned;  // of each found paragraph the original that it is most like
};

// REQUIRES: paragraphs.
ParagraphScores ScoreParagraphs(std::span<const std::string> originals, std::string_view response);

}  // namespace assay::longweave
