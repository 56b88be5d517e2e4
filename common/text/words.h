// Counting words, and measures of repetition over words. Pure functions, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace assay {

// Words as LongBench-Write counts them (THUDM/LongWriter evaluation/eval_length.py; reference
// longwriter-hellobench-writingbench.md 1.3): code points in U+4E00..U+9FFF, plus maximal runs of
// Python word characters that consist of ASCII letters only. So "GPT4" and "café" count nothing,
// and a Latin word glued to Chinese is not counted. An invalid byte separates words.
std::int64_t CountLongBenchWords(std::string_view text);

// A range of a text in bytes.
struct TextRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// How much of a text was said before. Words here are maximal runs of Python word characters, ASCII
// letters compared without case; every CJK ideograph, kana and hangul syllable is one of its own.
struct Repetition {
  std::int64_t words = 0;
  std::int64_t ngrams = 0;           // positions where an n-gram begins: max(0, words - n + 1)
  std::int64_t repeated_ngrams = 0;  // of these, positions whose n-gram began earlier too
  // The longest stretch of words that stands earlier in the text as well, and where it stood; both
  // empty when no n-gram repeats.
  TextRange longest_repeat;
  TextRange longest_repeat_source;
  std::int64_t longest_repeat_words = 0;

  double repeated_fraction() const {
    return ngrams == 0 ? 0.0 : static_cast<double>(repeated_ngrams) / static_cast<double>(ngrams);
  }
};

// REQUIRES: n >= 1.
Repetition MeasureRepetition(std::string_view text, int n);

// Paragraphs (blocks between blank lines, or single lines where a text has no blank line) of at
// least `min_words` words whose words all equal those of an earlier paragraph, in order of the
// text.
struct ParagraphLoops {
  std::int64_t paragraphs = 0;       // of at least min_words words
  std::vector<TextRange> repeats;    // paragraphs seen before
  std::vector<TextRange> originals;  // for each repeat, its first occurrence
};

ParagraphLoops FindParagraphLoops(std::string_view text, int min_words);

}  // namespace assay
