#include "common/text/normalize.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "common/base/check.h"
#include "common/text/python_text.h"

namespace assay {

std::string NormalizeForMatch(std::string_view text) {
  std::string kept;
  for (std::size_t at = 0; at < text.size();) {
    const DecodedChar decoded = DecodeUtf8(text, at);
    at += decoded.bytes;
    if (u_charType(static_cast<UChar32>(decoded.code_point)) != U_FORMAT_CHAR) {
      AppendUtf8(decoded.code_point, kept);
    }
  }
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCInstance(error);
  ASSAY_CHECK(U_SUCCESS(error));
  const icu::UnicodeString normalized =
      nfkc->normalize(icu::UnicodeString::fromUTF8(
                          icu::StringPiece(kept.data(), static_cast<int32_t>(kept.size()))),
                      error);
  ASSAY_CHECK(U_SUCCESS(error));
  std::string out;
  normalized.toUTF8String(out);
  return std::string(PythonStrip(out));
}

}  // namespace assay
