#include "common/text/python_case.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>

#include "common/text/utf8.h"

namespace assay {
namespace {

std::string AsciiLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string FullLower(std::string_view text) {
  std::string lower;
  icu::StringByteSink<std::string> sink(&lower);
  UErrorCode error = U_ZERO_ERROR;
  icu::CaseMap::utf8ToLower("", 0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())),
                            sink, nullptr, error);
  return U_SUCCESS(error) ? lower : AsciiLower(text);
}

}  // namespace

bool LowersInAsciiOnly(std::string_view text) {
  for (std::size_t at = SkipAscii(text, 0); at < text.size(); at = SkipAscii(text, at)) {
    // What str.lower() makes of several letters is changed by the simple mapping too.
    const DecodedChar next = DecodeUtf8(text, at);
    const auto c = static_cast<UChar32>(next.code_point);
    if (u_tolower(c) != c) return false;
    at += next.bytes;
  }
  return true;
}

std::string PythonLower(std::string_view text) {
  if (LowersInAsciiOnly(text)) return AsciiLower(text);
  std::string lower;
  while (!text.empty()) {
    const std::optional<std::size_t> bad = ValidateUtf8(text);
    const std::size_t good = bad.value_or(text.size());
    lower += FullLower(text.substr(0, good));
    if (bad.has_value()) lower += text[good];
    text.remove_prefix(bad.has_value() ? good + 1 : good);
  }
  return lower;
}

}  // namespace assay
