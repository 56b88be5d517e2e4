// A sentence grammar: templates with slots, each slot drawn from a pool of words. The simulated
// writers' English and Chinese are two of them. Immutable and shared; drawing is pure in (random,
// topics, subject).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/random.h"

namespace assay {

using WordPool = std::span<const std::string_view>;

// What the text at hand is about; slots {T} and {S}.
struct SentenceTopics {
  std::span<const std::string> topics;  // never empty
  std::string_view subject;
};

class SentenceGrammar {
 public:
  // "{N}" in a template draws from pools['N' - 'A']. REQUIRES: every slot named has a pool, except
  // T and S.
  SentenceGrammar(std::span<const std::string_view> templates,
                  const std::array<WordPool, 26>& pools);

  // Appends one sentence: an "a" before a vowel becomes "an", the first letter is a capital. Never
  // the same template as `last`, which is updated.
  void Append(std::string& out, Random& random, const SentenceTopics& topics,
              std::size_t& last) const;

 private:
  struct Part {
    std::string_view literal;
    char slot = 0;  // after the literal; 0: none
  };

  std::array<WordPool, 26> pools_;
  std::vector<std::vector<Part>> templates_;
};

// An index below `bound` for a draw; portable, without the cost of rejection.
inline std::size_t IndexOf(std::uint64_t draw, std::size_t bound) {
  return static_cast<std::size_t>(((draw >> 32) * bound) >> 32);
}

const SentenceGrammar& EnglishExposition();
const SentenceGrammar& EnglishNarrative();
const SentenceGrammar& ChineseExposition();
const SentenceGrammar& ChineseNarrative();
const SentenceGrammar& EnglishHeadings();
const SentenceGrammar& ChineseHeadings();

}  // namespace assay
