// TextMap: where a quote stands in a text, whatever an LLM did to its white space, quotation marks,
// dashes, width and composition on the way. Immutable after construction, thread-safe.
//
// Both sides are normalised: NFKC, case kept or folded (all of Unicode), every run of white space
// one blank, typographic quotes and dashes to ASCII ones, zero-width and soft-hyphen characters
// dropped, Markdown emphasis marks
// (* _ ` around words) dropped. Every normalised byte knows the original bytes that it came from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/text/words.h"  // TextRange: bytes of the original, end exclusive

namespace assay {

enum class LetterCase { kKept, kFolded };

class TextMap {
 public:
  // `original` is copied in normalised form only; it need not outlive the map. Not UTF-8: bytes
  // that are none are mapped one by one to U+FFFD.
  explicit TextMap(std::string_view original, LetterCase letter_case = LetterCase::kKept);

  std::string_view normalized() const { return normalized_; }

  // The original bytes behind a range of the normalised text: the smallest range of whole
  // characters that holds them. REQUIRES: begin <= end <= normalized().size().
  TextRange ToOriginal(std::size_t begin, std::size_t end) const;
  // The other way; whole characters.
  TextRange ToNormalized(TextRange original) const;

  // Where the quote stands, in original bytes, first occurrence that begins within `within` (whole
  // text when empty). A quote with an ellipsis ("..." or U+2026, also in brackets) is found when
  // its parts, each of 8 characters or more, stand in order within 2,000 bytes: the range is from
  // the first to the last. Quotes around the quote are not part of it. nullopt: it does not stand
  // there, or it is shorter than 3 letters or digits.
  std::optional<TextRange> Find(std::string_view quote,
                                std::optional<TextRange> within = std::nullopt) const;
  // Every occurrence, not overlapping; at most `most`. kWords: none that is a part of a longer word
  // or number (IsWordEdge).
  enum class Edges { kAny, kWords };
  std::vector<TextRange> FindAll(std::string_view quote, std::size_t most,
                                 Edges edges = Edges::kAny) const;

 private:
  LetterCase letter_case_;
  std::string normalized_;
  std::vector<std::uint32_t> begin_;  // of each normalised byte, the original character's bytes
  std::vector<std::uint32_t> end_;
  std::size_t original_size_ = 0;
};

// The normalisation by itself.
std::string NormalizedForQuotes(std::string_view text, LetterCase letter_case = LetterCase::kKept);

}  // namespace assay
