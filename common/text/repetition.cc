#include <algorithm>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "common/text/python_text.h"
#include "common/text/segments.h"
#include "common/text/words.h"

namespace assay {
namespace {

struct Token {
  std::uint64_t hash = 0;  // stands for the word; 64 bits, so that no two words of a text are taken
                           // for one another
  TextRange range;
};

std::uint64_t Mix(std::uint64_t value) {
  value ^= value >> 30;
  value *= 0xBF58476D1CE4E5B9u;
  value ^= value >> 27;
  value *= 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

// Scripts written without spaces, where every character is a word of its own.
bool StandsAlone(char32_t c) {
  return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

char32_t FoldAscii(char32_t c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; }

// Words of `text`, whose first byte is byte `base` of the whole text.
std::vector<Token> Tokenize(std::string_view text, std::size_t base) {
  constexpr std::uint64_t kSeed = 0x9E3779B97F4A7C15u;
  std::vector<Token> tokens;
  bool open = false;
  for (std::size_t at = 0; at < text.size();) {
    const DecodedChar decoded = DecodeUtf8(text, at);
    const char32_t c = decoded.code_point;
    const std::size_t end = at + decoded.bytes;
    if (!IsPythonWord(c)) {
      open = false;
    } else if (open && !StandsAlone(c)) {
      tokens.back().hash = Mix(tokens.back().hash + FoldAscii(c));
      tokens.back().range.end = base + end;
    } else {
      tokens.push_back({Mix(kSeed + FoldAscii(c)), {base + at, base + end}});
      open = !StandsAlone(c);
    }
    at = end;
  }
  return tokens;
}

bool SameWords(const Token* a, const Token* b, std::size_t count) {
  return std::equal(a, a + count, b,
                    [](const Token& x, const Token& y) { return x.hash == y.hash; });
}

// For every n-gram, the position of its first occurrence before it, if it has one.
std::vector<std::optional<std::size_t>> EarlierOccurrences(const std::vector<Token>& tokens,
                                                           std::size_t n) {
  constexpr std::uint64_t kBase = 0xD6E8FEB86659FD93u;
  std::vector<std::optional<std::size_t>> earlier;
  if (tokens.size() < n) return earlier;
  std::uint64_t leading = 1;  // kBase^(n-1)
  for (std::size_t i = 1; i < n; ++i) leading *= kBase;
  absl::flat_hash_map<std::uint64_t, std::size_t> first;
  earlier.resize(tokens.size() - n + 1);
  first.reserve(earlier.size());
  std::uint64_t rolling = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i >= n) rolling -= tokens[i - n].hash * leading;
    rolling = rolling * kBase + tokens[i].hash;
    if (i + 1 < n) continue;
    const std::size_t begin = i + 1 - n;
    const auto [known, inserted] = first.try_emplace(rolling, begin);
    if (!inserted && SameWords(&tokens[known->second], &tokens[begin], n)) {
      earlier[begin] = known->second;
    }
  }
  return earlier;
}

std::vector<TextRange> SplitParagraphs(std::string_view text) {
  const std::vector<TextRange> lines = LinesOf(text);
  const auto blank = [text](const TextRange& line) {
    return PythonStrip(text.substr(line.begin, line.end - line.begin)).empty();
  };
  const auto begin = std::find_if_not(lines.begin(), lines.end(), blank);
  const auto end = std::find_if_not(lines.rbegin(), lines.rend(), blank).base();
  if (begin == lines.end()) return {};
  const std::vector<TextRange> trimmed(begin, end);
  if (std::none_of(trimmed.begin(), trimmed.end(), blank)) return trimmed;
  std::vector<TextRange> paragraphs;
  bool open = false;
  for (const TextRange& line : trimmed) {
    if (blank(line)) {
      open = false;
    } else if (open) {
      paragraphs.back().end = line.end;
    } else {
      paragraphs.push_back(line);
      open = true;
    }
  }
  return paragraphs;
}

}  // namespace

Repetition MeasureRepetition(std::string_view text, int n) {
  const auto length = static_cast<std::size_t>(n);
  const std::vector<Token> tokens = Tokenize(text, 0);
  const std::vector<std::optional<std::size_t>> earlier = EarlierOccurrences(tokens, length);
  Repetition result;
  result.words = static_cast<std::int64_t>(tokens.size());
  result.ngrams = static_cast<std::int64_t>(earlier.size());
  std::size_t run = 0;  // n-grams in a row that continue the same earlier stretch
  for (std::size_t i = 0; i < earlier.size(); ++i) {
    if (!earlier[i]) {
      run = 0;
      continue;
    }
    ++result.repeated_ngrams;
    const bool continues = run > 0 && *earlier[i] == *earlier[i - 1] + 1;
    run = continues ? run + 1 : 1;
    const auto words = static_cast<std::int64_t>(run + length - 1);
    if (words <= result.longest_repeat_words) continue;
    result.longest_repeat_words = words;
    result.longest_repeat = {tokens[i + 1 - run].range.begin, tokens[i + length - 1].range.end};
    result.longest_repeat_source = {tokens[*earlier[i] + 1 - run].range.begin,
                                    tokens[*earlier[i] + length - 1].range.end};
  }
  return result;
}

ParagraphLoops FindParagraphLoops(std::string_view text, int min_words) {
  struct Paragraph {
    TextRange range;
    std::vector<Token> words;
  };
  ParagraphLoops result;
  absl::flat_hash_map<std::uint64_t, Paragraph> first;
  for (const TextRange& range : SplitParagraphs(text)) {
    std::vector<Token> words =
        Tokenize(text.substr(range.begin, range.end - range.begin), range.begin);
    if (words.size() < static_cast<std::size_t>(min_words)) continue;
    ++result.paragraphs;
    std::uint64_t hash = words.size();
    for (const Token& word : words) hash = Mix(hash + word.hash);
    const auto known = first.find(hash);
    if (known == first.end()) {
      first.emplace(hash, Paragraph{range, std::move(words)});
    } else if (known->second.words.size() == words.size() &&
               SameWords(known->second.words.data(), words.data(), words.size())) {
      result.repeats.push_back(range);
      result.originals.push_back(known->second.range);
    }
  }
  return result;
}

}  // namespace assay
