#include "common/config/scalar_parser.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string>

namespace assay {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// True for the names of infinities and NaNs in YAML, JSON dialects and C.
bool NamesNonFinite(std::string_view text) {
  std::string name;
  for (const char c : text) {
    if (c != '.' && c != '+' && c != '-') {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  constexpr std::array<std::string_view, 3> kNames = {"nan", "inf", "infinity"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool HasNumberShape(std::string_view text) {
  std::size_t i = 0;
  if (i < text.size() && text[i] == '-') ++i;
  const std::size_t whole = i;
  while (i < text.size() && IsDigit(text[i])) ++i;
  const std::size_t whole_digits = i - whole;
  if (whole_digits > 1 && text[whole] == '0') return false;
  std::size_t fraction_digits = 0;
  if (i < text.size() && text[i] == '.') {
    const std::size_t begin = ++i;
    while (i < text.size() && IsDigit(text[i])) ++i;
    fraction_digits = i - begin;
    if (fraction_digits == 0) return false;
  }
  if (whole_digits + fraction_digits == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    const std::size_t begin = i;
    while (i < text.size() && IsDigit(text[i])) ++i;
    if (i == begin) return false;
  }
  return i == text.size();
}

}  // namespace

ParsedInteger ParseInteger(std::string_view text) {
  if (NamesNonFinite(text)) return {NumberProblem::kNotFinite, 0};
  if (!HasNumberShape(text)) return {NumberProblem::kNotANumber, 0};
  if (text.find_first_of(".eE") != std::string_view::npos) return {NumberProblem::kNotWhole, 0};
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc()) return {NumberProblem::kOutOfRange, 0};
  return {NumberProblem::kNone, value};
}

ParsedDouble ParseDouble(std::string_view text) {
  if (NamesNonFinite(text)) return {NumberProblem::kNotFinite, 0};
  if (!HasNumberShape(text)) return {NumberProblem::kNotANumber, 0};
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || !std::isfinite(value)) return {NumberProblem::kOutOfRange, 0};
  return {NumberProblem::kNone, value};
}

std::optional<bool> ParseBool(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

}  // namespace assay
