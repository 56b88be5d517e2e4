#include "common/text/utf8.h"

#include <cstdint>

#include "common/text/byte_scan.h"

namespace assay {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

unsigned char ByteAt(std::string_view text, std::size_t offset) {
  return static_cast<unsigned char>(text[offset]);
}

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

DecodedChar DecodeLong(std::string_view text, std::size_t offset, unsigned char lead) {
  const DecodedChar invalid = {kReplacement, 1, false};
  if (lead < 0xC2 || lead > 0xF4) return invalid;
  const std::size_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() - offset < bytes) return invalid;
  char32_t code_point = lead & (0xFFu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const unsigned char byte = ByteAt(text, offset + i);
    if (!IsContinuation(byte)) return invalid;
    code_point = (code_point << 6) | (byte & 0x3Fu);
  }
  const bool overlong = (bytes == 3 && code_point < 0x800) || (bytes == 4 && code_point < 0x10000);
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (overlong || surrogate || code_point > 0x10FFFF) return invalid;
  return {code_point, bytes, true};
}

}  // namespace

DecodedChar DecodeUtf8(std::string_view text, std::size_t offset) {
  const unsigned char lead = ByteAt(text, offset);
  if (lead < 0x80) return {lead, 1, true};
  return DecodeLong(text, offset, lead);
}

std::size_t SkipAscii(std::string_view text, std::size_t offset) {
  offset = SkipEights(text, offset, [](std::uint64_t bytes) { return bytes & (0x80 * kEachByte); });
  while (offset < text.size() && ByteAt(text, offset) < 0x80) ++offset;
  return offset;
}

std::optional<std::size_t> ValidateUtf8(std::string_view text) {
  for (std::size_t at = SkipAscii(text, 0); at < text.size();) {
    const DecodedChar decoded = DecodeUtf8(text, at);
    if (!decoded.valid) return at;
    at += decoded.bytes;
    if (decoded.bytes == 1) at = SkipAscii(text, at);
  }
  return std::nullopt;
}

void AppendUtf8(char32_t code_point, std::string& out) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6));
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | (code_point >> 12));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | (code_point >> 18));
    put(0x80 | ((code_point >> 12) & 0x3F));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

std::u32string ToCodePoints(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      out.push_back(byte);
      ++at;
      continue;
    }
    const DecodedChar decoded = DecodeUtf8(text, at);
    out.push_back(decoded.code_point);
    at += decoded.bytes;
  }
  return out;
}

std::size_t CountCodePoints(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += DecodeUtf8(text, at).bytes) ++count;
  return count;
}

std::string_view CutUtf8(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  for (std::size_t back = 0; back < 4 && back <= max_bytes; ++back) {
    const std::size_t start = max_bytes - back;
    if (IsContinuation(ByteAt(text, start))) continue;
    const DecodedChar decoded = DecodeUtf8(text, start);
    const bool straddles = decoded.valid && start + decoded.bytes > max_bytes;
    return text.substr(0, straddles ? start : max_bytes);
  }
  return text.substr(0, max_bytes);
}

std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const DecodedChar decoded = DecodeUtf8(text, at);
    if (decoded.valid) {
      out.append(text.substr(at, decoded.bytes));
    } else {
      AppendUtf8(kReplacement, out);
    }
    at += decoded.bytes;
  }
  return out;
}

}  // namespace assay
