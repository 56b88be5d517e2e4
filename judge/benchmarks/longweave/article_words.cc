#include "judge/benchmarks/longweave/article_words.h"

#include "common/text/python_case.h"
#include "common/text/python_text.h"

namespace assay::longweave {
namespace {

// The next word behind `at`, which moves behind it; empty at the end.
std::string_view NextWord(std::string_view text, std::size_t& at) {
  std::size_t begin = text.size();
  while (at < text.size()) {
    const DecodedChar c = DecodeUtf8(text, at);
    const bool word = IsPythonWord(c.code_point);
    if (word && begin == text.size()) begin = at;
    if (!word && begin != text.size()) break;
    at += c.bytes;
  }
  return text.substr(begin, at - begin);
}

}  // namespace

std::int64_t CountWords(std::string_view text) {
  std::int64_t words = 0;
  for (std::size_t at = 0; !NextWord(text, at).empty();) ++words;
  return words;
}

std::int64_t CountWordsWithoutCase(std::string_view text) { return CountWords(PythonLower(text)); }

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
