#include "common/text/python_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <string>

#include "common/text/tables/python_unicode.h"

namespace assay {
namespace {

using python_unicode::CodePointRange;

constexpr char32_t kLastCodePoint = 0x10FFFF;

// The range that holds `code_point`, or null.
const CodePointRange* FindRange(const CodePointRange* ranges, std::size_t count,
                                char32_t code_point) {
  const CodePointRange* end = ranges + count;
  const CodePointRange* range = std::partition_point(
      ranges, end, [code_point](const CodePointRange& r) { return r.last < code_point; });
  return range != end && range->first <= code_point ? range : nullptr;
}

const CodePointRange* DigitRange(char32_t code_point) {
  return FindRange(python_unicode::kDigitRanges, python_unicode::kDigitRangeCount, code_point);
}

// Offset of the first byte of the character that ends at `end`.
std::size_t StartOfLast(std::string_view text, std::size_t end) {
  for (std::size_t bytes = 2; bytes <= 4 && bytes <= end; ++bytes) {
    const DecodedChar decoded = DecodeUtf8(text.substr(0, end), end - bytes);
    if (decoded.valid && decoded.bytes == bytes) return end - bytes;
  }
  return end - 1;
}

template <typename Predicate>
std::string_view StripWhere(std::string_view text, Predicate strip) {
  const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  while (!text.empty()) {
    const DecodedChar first = ascii(text[0])
                                  ? DecodedChar{static_cast<unsigned char>(text[0]), 1, true}
                                  : DecodeUtf8(text, 0);
    if (!strip(first.code_point)) break;
    text.remove_prefix(first.bytes);
  }
  while (!text.empty()) {
    if (ascii(text.back())) {
      if (!strip(static_cast<unsigned char>(text.back()))) break;
      text.remove_suffix(1);
      continue;
    }
    const std::size_t start = StartOfLast(text, text.size());
    if (!strip(DecodeUtf8(text, start).code_point)) break;
    text.remove_suffix(text.size() - start);
  }
  return text;
}

// As CPython's _PyUnicode_TransformDecimalAndSpaceToASCII, after strip(): digits of any script
// become ASCII; nullopt on anything else that is not ASCII.
std::optional<std::string> ToAsciiNumber(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const DecodedChar decoded = DecodeUtf8(text, at);
    at += decoded.bytes;
    if (decoded.code_point < 0x80) {
      out.push_back(static_cast<char>(decoded.code_point));
    } else if (IsPythonDigit(decoded.code_point)) {
      out.push_back(static_cast<char>('0' + PythonDigitValue(decoded.code_point)));
    } else {
      return std::nullopt;
    }
  }
  return out;
}

bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }

// Removes underscores that stand between digits; nullopt when one stands elsewhere.
std::optional<std::string> WithoutUnderscores(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out.push_back(text[i]);
      continue;
    }
    const bool between =
        i > 0 && i + 1 < text.size() && IsAsciiDigit(text[i - 1]) && IsAsciiDigit(text[i + 1]);
    if (!between) return std::nullopt;
  }
  return out;
}

std::size_t SkipDigits(std::string_view text, std::size_t at) {
  while (at < text.size() && IsAsciiDigit(text[at])) ++at;
  return at;
}

// digits [. digits] [e [sign] digits], with a digit before or after the point.
bool IsDecimalLiteral(std::string_view text) {
  std::size_t at = SkipDigits(text, 0);
  std::size_t digits = at;
  if (at < text.size() && text[at] == '.') {
    const std::size_t end = SkipDigits(text, at + 1);
    digits += end - at - 1;
    at = end;
  }
  if (digits == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t end = SkipDigits(text, at);
    if (end == at) return false;
    at = end;
  }
  return at == text.size();
}

std::optional<double> ParseUnsigned(const std::string& text) {
  std::string lower = text;
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (lower == "inf" || lower == "infinity") return HUGE_VAL;
  if (lower == "nan") return std::nan("");
  if (!IsDecimalLiteral(lower)) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(lower.data(), lower.data() + lower.size(), value);
  if (error == std::errc::result_out_of_range) return std::strtod(lower.c_str(), nullptr);
  return value;
}

}  // namespace

bool IsPythonWord(char32_t code_point) {
  return code_point <= kLastCodePoint && python_unicode::IsWord(code_point);
}

bool IsPythonSpace(char32_t code_point) {
  if (code_point < 0x80) {
    return code_point == U' ' || (code_point >= U'\t' && code_point <= U'\r') ||
           (code_point >= 0x1C && code_point <= 0x1F);
  }
  return FindRange(python_unicode::kSpaceRanges, python_unicode::kSpaceRangeCount, code_point) !=
         nullptr;
}

bool IsPythonNumberSpace(char32_t code_point) {
  return IsPythonSpace(code_point) && (code_point < 0x1C || code_point > 0x1F);
}

bool IsPythonDigit(char32_t code_point) {
  if (code_point < 0x80) return code_point >= U'0' && code_point <= U'9';
  return DigitRange(code_point) != nullptr;
}

int PythonDigitValue(char32_t code_point) {
  return static_cast<int>((code_point - DigitRange(code_point)->first) % 10);
}

bool IsAllPythonSpace(std::string_view text) { return !text.empty() && PythonStrip(text).empty(); }

std::string_view PythonStrip(std::string_view text) {
  return StripWhere(
      text, [](char32_t c) { return c < 0x80 ? c <= U' ' && IsPythonSpace(c) : IsPythonSpace(c); });
}

std::string_view PythonStrip(std::string_view text, std::string_view characters) {
  return StripWhere(text, [characters](char32_t c) {
    if (c < 0x80) return characters.find(static_cast<char>(c)) != std::string_view::npos;
    for (std::size_t at = 0; at < characters.size();) {
      const DecodedChar one = DecodeUtf8(characters, at);
      if (one.code_point == c) return true;
      at += one.bytes;
    }
    return false;
  });
}

std::optional<double> PythonFloat(std::string_view text) {
  const std::optional<std::string> ascii = ToAsciiNumber(StripWhere(text, IsPythonNumberSpace));
  if (!ascii) return std::nullopt;
  const std::optional<std::string> plain = WithoutUnderscores(*ascii);
  if (!plain || plain->empty()) return std::nullopt;
  const bool negative = plain->front() == '-';
  const bool has_sign = negative || plain->front() == '+';
  const std::optional<double> value = ParseUnsigned(plain->substr(has_sign ? 1 : 0));
  if (!value) return std::nullopt;
  return negative ? -*value : *value;
}

double PythonRound(double value, int digits) {
  if (!std::isfinite(value)) return value;
  // 309 digits before the point, 300 after it, sign and point.
  std::array<char, 640> buffer;
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                     std::chars_format::fixed, digits);
  double rounded = 0;
  std::from_chars(buffer.data(), written.ptr, rounded);
  return rounded;
}

}  // namespace assay
