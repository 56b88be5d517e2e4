#include "simulator/tokens.h"

#include <algorithm>

namespace assay {
namespace {

constexpr std::int64_t kCharactersPerToken = 4;

std::size_t CharacterBytes(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte < 0x80) return 1;
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

// U+3000 to U+FFFF: kana, hanzi, hangul and their full-width punctuation.
bool IsWide(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte >= 0xE3 && byte < 0xF0;
}

}  // namespace

std::int64_t CountTokens(std::string_view text) {
  std::int64_t wide = 0;
  std::int64_t narrow = 0;
  for (std::size_t i = 0; i < text.size(); i += CharacterBytes(text[i])) {
    (IsWide(text[i]) ? wide : narrow) += 1;
  }
  return wide + (narrow + kCharactersPerToken - 1) / kCharactersPerToken;
}

std::size_t PrefixOfTokens(std::string_view text, std::int64_t tokens) {
  std::int64_t quarters = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    quarters += IsWide(text[i]) ? kCharactersPerToken : 1;
    if (quarters > tokens * kCharactersPerToken) break;
    i += CharacterBytes(text[i]);
  }
  return std::min(i, text.size());
}

}  // namespace assay
