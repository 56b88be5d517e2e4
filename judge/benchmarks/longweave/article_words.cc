#include "judge/benchmarks/longweave/article_words.h"

#include "common/text/python_case.h"
#include "common/text/python_text.h"

namespace assay::longweave {
namespace {

bool IsAsciiWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Bytes of the character at `at` when it is \w or not as `word` says; 0: it is the other.
std::size_t CharIf(std::string_view text, std::size_t at, bool word) {
  if (static_cast<unsigned char>(text[at]) < 0x80) return IsAsciiWord(text[at]) == word ? 1 : 0;
  const DecodedChar c = DecodeUtf8(text, at);
  return IsPythonWord(c.code_point) == word ? c.bytes : 0;
}

std::size_t SkipWhile(std::string_view text, std::size_t at, bool word) {
  while (at < text.size()) {
    const std::size_t bytes = CharIf(text, at, word);
    if (bytes == 0) break;
    at += bytes;
  }
  return at;
}

// The next word behind `at`, which moves behind it; empty at the end.
std::string_view NextWord(std::string_view text, std::size_t& at) {
  const std::size_t begin = SkipWhile(text, at, false);
  at = SkipWhile(text, begin, true);
  return text.substr(begin, at - begin);
}

}  // namespace

std::int64_t CountWords(std::string_view text) {
  std::int64_t words = 0;
  for (std::size_t at = 0; !NextWord(text, at).empty();) ++words;
  return words;
}

std::int64_t CountWordsWithoutCase(std::string_view text) {
  // What is a word of ASCII is one in any case.
  return LowersInAsciiOnly(text) ? CountWords(text) : CountWords(PythonLower(text));
}

std::string FirstWords(std::string_view text, std::int64_t limit) {
  std::string words;
  std::size_t at = 0;
  for (; limit > 0; --limit) {
    const std::string_view word = NextWord(text, at);
    if (word.empty()) break;
    if (!words.empty()) words.push_back(' ');
    words.append(word);
  }
  return words;
}

}  // namespace assay::longweave
