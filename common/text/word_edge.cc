#include "common/text/word_edge.h"

#include <re2/re2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>

#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr std::size_t kMaxNumberBytes = 40;

bool IsMark(UChar32 c) { return (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0; }

// A letter of a script whose words blanks separate; Korean hangs its particles on them.
bool IsSpacedLetter(UChar32 c) {
  if (u_isalpha(c) == 0) return false;
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(c, &status);
  return U_SUCCESS(status) && script != USCRIPT_HANGUL && uscript_breaksBetweenLetters(script) == 0;
}

UChar32 CharBefore(std::string_view text, std::size_t at) {
  std::size_t begin = at - 1;
  while (begin > 0 && at - begin < 4 && (text[begin] & '\xC0') == '\x80') --begin;
  return static_cast<UChar32>(DecodeUtf8(text, begin).code_point);
}

bool IsOfNumber(char c) { return (c >= '0' && c <= '9') || c == '.' || c == ','; }
bool IsSeparator(char c) { return c == '.' || c == ','; }

// True when the digits and separators around `at` are one number; a date or a list is none.
bool IsInNumber(std::string_view text, std::size_t at) {
  static const RE2* const kNumber = new RE2(
      R"(\d+[.,]\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?)", RE2::Quiet);
  std::size_t begin = at;
  while (begin > 0 && IsOfNumber(text[begin - 1])) --begin;
  std::size_t end = at;
  while (end < text.size() && IsOfNumber(text[end])) ++end;
  while (begin < at && IsSeparator(text[begin])) ++begin;
  while (end > at && IsSeparator(text[end - 1])) --end;
  if (begin == at || end == at || end - begin > kMaxNumberBytes) return false;
  return RE2::FullMatch(re2::StringPiece(text.data() + begin, end - begin), *kNumber);
}

}  // namespace

bool IsWordEdge(std::string_view text, std::size_t at) {
  if (at == 0 || at >= text.size()) return true;
  const UChar32 before = CharBefore(text, at);
  const auto after = static_cast<UChar32>(DecodeUtf8(text, at).code_point);
  if (IsMark(after)) return u_isalpha(before) == 0 && !IsMark(before);
  if (IsSpacedLetter(after)) return !IsSpacedLetter(before) && !IsMark(before);
  if (u_isdigit(before) != 0 && u_isdigit(after) != 0) return false;
  return !IsInNumber(text, at);
}

}  // namespace assay
