#include "common/text/python_split.h"

#include <limits>

#include "common/base/check.h"
#include "common/text/byte_scan.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr int kMaxDigits = 4300;  // sys.int_info.default_max_str_digits

bool EndsLine(char32_t c) {
  return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
         c == 0x2029;
}

// The next byte from `at` on that may begin the end of a line: of what is not ASCII only U+0085,
// U+2028 and U+2029 do. Eight bytes at once, as long as none of them may.
std::size_t SkipInsideLine(std::string_view text, std::size_t at) {
  at = SkipEights(text, at, [](std::uint64_t bytes) {
    return AnyBelow(bytes, 0x20) | AnyIs(bytes, 0xC2) | AnyIs(bytes, 0xE2);
  });
  const auto may_end = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0xC2 || byte == 0xE2;
  };
  while (at < text.size() && !may_end(text[at])) ++at;
  return at;
}

// Calls word(begin, end) for each run of what is not white space.
template <typename Word>
void ForEachWord(std::string_view text, const Word& word) {
  std::size_t begin = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const DecodedChar c = byte < 0x80 ? DecodedChar{byte, 1, true} : DecodeUtf8(text, at);
    const bool space = IsPythonSpace(c.code_point);
    if (inside && space) word(begin, at);
    if (!inside && !space) begin = at;
    inside = !space;
    at += c.bytes;
  }
  if (inside) word(begin, text.size());
}

bool DropSpace(std::string_view& text) {
  if (text.empty()) return false;
  const DecodedChar c = DecodeUtf8(text, 0);
  if (!IsPythonNumberSpace(c.code_point)) return false;
  text.remove_prefix(c.bytes);
  return true;
}

}  // namespace

std::vector<std::string_view> PythonSplit(std::string_view text) {
  std::vector<std::string_view> parts;
  ForEachWord(text, [&](std::size_t begin, std::size_t end) {
    parts.push_back(text.substr(begin, end - begin));
  });
  return parts;
}

std::int64_t CountPythonWords(std::string_view text) {
  std::int64_t words = 0;
  ForEachWord(text, [&](std::size_t, std::size_t) { ++words; });
  return words;
}

std::vector<std::string_view> PythonSplit(std::string_view text, std::string_view separator) {
  ASSAY_CHECK(!separator.empty());
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + separator.size();
  }
}

std::vector<std::string_view> PythonSplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    at = SkipInsideLine(text, at);
    if (at == text.size()) break;
    const DecodedChar c = DecodeUtf8(text, at);
    if (!EndsLine(c.code_point)) {
      at += c.bytes;
      continue;
    }
    lines.push_back(text.substr(begin, at - begin));
    at += text.substr(at, 2) == "\r\n" ? 2 : c.bytes;
    begin = at;
  }
  if (begin < text.size()) lines.push_back(text.substr(begin));
  return lines;
}

std::optional<std::int64_t> PythonInt(std::string_view text) {
  while (DropSpace(text)) {
  }
  const bool negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
  constexpr std::uint64_t kHighest = std::numeric_limits<std::int64_t>::max();
  const std::uint64_t limit = negative ? kHighest + 1 : kHighest;
  std::uint64_t value = 0;
  int digits = 0;
  bool after_digit = false;
  while (!text.empty()) {
    const DecodedChar c = DecodeUtf8(text, 0);
    const bool digit = IsPythonDigit(c.code_point);
    if (!digit && !(after_digit && c.code_point == '_')) break;
    after_digit = digit;
    text.remove_prefix(c.bytes);
    if (!digit) continue;
    ++digits;
    const auto next = static_cast<std::uint64_t>(PythonDigitValue(c.code_point));
    value = value > (limit - next) / 10 ? limit : value * 10 + next;
  }
  if (!after_digit || digits > kMaxDigits) return std::nullopt;
  while (DropSpace(text)) {
  }
  if (!text.empty()) return std::nullopt;
  // Of the lowest value there is no positive one to negate.
  if (negative) return value == 0 ? 0 : -static_cast<std::int64_t>(value - 1) - 1;
  return static_cast<std::int64_t>(value);
}

}  // namespace assay
