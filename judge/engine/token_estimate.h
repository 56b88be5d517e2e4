// How many tokens a text may take: bounds that hold for the tokenizers in use, whatever the script.
// Pure; TokenCalibration is a plain value owned by a step machine.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/text/words.h"

namespace assay {

struct TokenBounds {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

// Per script: Latin words, digits, CJK, other letters, punctuation and white space. Bounds of
// running text and code; letters at random (keys, base64) may take more than the upper one.
TokenBounds BoundTokens(std::string_view text);

// Learns from usage how far below the upper bound a judge's tokenizer stays.
class TokenCalibration {
 public:
  void Observe(std::int64_t estimated_most, std::int64_t actual);
  // The estimate with the worst ratio seen, plus a tenth; the plain bound before eight
  // observations.
  std::int64_t Tokens(std::string_view text) const;

 private:
  double worst_ratio_ = 0;
  int observations_ = 0;
};

// Cuts `text` into consecutive windows of at most `max_tokens` each, at paragraph borders where
// they are, else at sentences, else anywhere between characters. Every byte is in exactly one
// window.
std::vector<TextRange> WindowsOf(std::string_view text, std::string_view language,
                                 std::int64_t max_tokens, const TokenCalibration& calibration);

}  // namespace assay
