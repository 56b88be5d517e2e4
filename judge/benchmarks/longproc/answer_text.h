// What LongProc's evaluators share in reading an answer (reference
// longgenbench-longproc-longweave-longeval.md 2.3). Text is UTF-8. Pure functions, thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace assay {

// What one answer came to. The official scripts name the same figures accuracy (F1 for HTML to
// TSV), partial_accuracy and extraction_rate.
struct LongProcScore {
  double score = 0;      // 0 or 1; HTML to TSV: F1
  double partial = 0;    // how far the answer goes along with the reference; may be -1/n, see below
  double extracted = 0;  // 1: the answer stands where it was asked for
  double precision = 0;  // HTML to TSV only
  double recall = 0;
  std::optional<std::string> parsed;  // what was scored, where the script says it
  std::string problem;                // the first thing that is wrong, for people; may be empty
};

// The stripped text between the first "<tag>" and the first "</tag>", wherever that stands: empty
// when it comes first. nullopt: one of the two is missing.
std::optional<std::string_view> TaggedPart(std::string_view text, std::string_view tag);

// What stands between the first `opening` and the last "```" behind it.
std::optional<std::string_view> FencedPart(std::string_view text, std::string_view opening);

enum class Blanks { kKeep, kDrop };

// A few words of lower-case ASCII letters.
class WordSet {
 public:
  static constexpr std::size_t kLongest = 15;

  constexpr explicit WordSet(std::span<const std::string_view> words) : words_(words) {
    for (const std::string_view word : words) {
      firsts_ |= Bit(word[0]);
      sizes_ |= std::uint32_t{1} << word.size();
    }
  }

  bool Contains(std::string_view word) const {
    if (word.size() > kLongest || (sizes_ >> word.size() & 1) == 0 ||
        (firsts_ & Bit(word[0])) == 0) {
      return false;
    }
    return std::find(words_.begin(), words_.end(), word) != words_.end();
  }

 private:
  static constexpr std::uint32_t Bit(char c) { return std::uint32_t{1} << (c & 31); }

  std::span<const std::string_view> words_;
  std::uint32_t firsts_ = 0;
  std::uint32_t sizes_ = 0;
};

// Appends `text` to `out`: in lower case, without ASCII punctuation, without the whole words
// `left_out` (Python's notion of word), white space collapsed to one blank between words or
// dropped.
void AppendNormalized(std::string_view text, const WordSet& left_out, Blanks blanks,
                      std::string& out);

// Whether that would append nothing.
bool IsNormalizedToNothing(std::string_view text, const WordSet& left_out);

// a, an, the.
const WordSet& Articles();

// str.split("\n") part by part: the part of `text` before its first line end, which is taken off
// with it; nullopt once the last one was taken.
std::optional<std::string_view> TakeLine(std::optional<std::string_view>& text);

// len(text.split("\n")).
std::size_t CountLines(std::string_view text);

// "line 3: expected \"...\", found \"...\"" with both cut and escaped. `index` is from 0.
std::string LineProblem(std::size_t index, std::string_view expected, std::string_view found);

}  // namespace assay
