#include "judge/benchmarks/longweave/ignore_case.h"

#include "common/text/python_text.h"

namespace assay::longweave {
namespace {

char32_t Folded(char32_t c) {
  if (c >= U'A' && c <= U'Z') return c + 32;
  switch (c) {
    case 0x017F:
      return U's';
    case 0x0130:
    case 0x0131:
      return U'i';
    case 0x212A:
      return U'k';
    default:
      return c;
  }
}

}  // namespace

std::optional<std::size_t> EndOfWord(std::string_view text, std::size_t at, std::string_view word) {
  for (const char expected : word) {
    if (at >= text.size()) return std::nullopt;
    const char c = text[at];
    if (static_cast<unsigned char>(c) < 0x80) {
      if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != expected) return std::nullopt;
      ++at;
      continue;
    }
    const DecodedChar found = DecodeUtf8(text, at);
    if (Folded(found.code_point) != static_cast<char32_t>(expected)) return std::nullopt;
    at += found.bytes;
  }
  return at;
}

std::size_t SkipSpace(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte > ' ' && byte < 0x80) break;
    const DecodedChar space = DecodeUtf8(text, at);
    if (!IsPythonSpace(space.code_point)) break;
    at += space.bytes;
  }
  return at;
}

}  // namespace assay::longweave
