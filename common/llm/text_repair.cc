#include "common/llm/text_repair.h"

#include <optional>

#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr std::string_view kOpen = "<think>";
constexpr std::string_view kClose = "</think>";
constexpr std::string_view kSpace = " \t\r\n";

// The surrogate that stands at `at` in its three-byte pattern (ED A0..BF 80..BF).
std::optional<char32_t> SurrogateAt(std::string_view text, std::size_t at) {
  if (at + 3 > text.size()) return std::nullopt;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  if (byte(0) != 0xED || byte(1) < 0xA0 || byte(1) > 0xBF || (byte(2) & 0xC0) != 0x80) {
    return std::nullopt;
  }
  return static_cast<char32_t>(0xD000 | ((byte(1) & 0x3F) << 6) | (byte(2) & 0x3F));
}

std::string_view Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

void AddReasoning(std::string_view block, std::string& reasoning) {
  block = Trim(block);
  if (block.empty()) return;
  if (!reasoning.empty()) reasoning += '\n';
  reasoning += block;
}

}  // namespace

bool RepairUtf8(std::string& text) {
  const std::optional<std::size_t> first_bad = ValidateUtf8(text);
  if (!first_bad.has_value()) return false;
  std::string repaired = text.substr(0, *first_bad);
  bool replaced = false;
  std::size_t at = *first_bad;
  while (at < text.size()) {
    if (const std::optional<char32_t> high = SurrogateAt(text, at)) {
      const std::optional<char32_t> low = SurrogateAt(text, at + 3);
      const bool pair = *high < 0xDC00 && low.has_value() && *low >= 0xDC00;
      AppendUtf8(pair ? 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00) : U'\uFFFD', repaired);
      replaced = replaced || !pair;
      at += pair ? 6 : 3;
      continue;
    }
    const DecodedChar decoded = DecodeUtf8(text, at);
    if (decoded.valid) {
      repaired.append(text, at, decoded.bytes);
    } else {
      AppendUtf8(U'\uFFFD', repaired);
      replaced = true;
    }
    at += decoded.bytes;
  }
  text = std::move(repaired);
  return replaced;
}

ThinkBlock TakeThinkBlock(std::string& text, std::string& reasoning) {
  const std::string_view whole = text;
  const std::size_t begin = whole.find_first_not_of(kSpace);
  const bool opened = begin != std::string_view::npos && whole.substr(begin, kOpen.size()) == kOpen;
  const std::size_t close = whole.find(kClose);
  if (close == std::string_view::npos) {
    if (!opened) return ThinkBlock::kNone;
    AddReasoning(whole.substr(begin + kOpen.size()), reasoning);
    text.clear();
    return ThinkBlock::kUnclosed;
  }
  if (!opened && whole.find(kOpen) != std::string_view::npos) return ThinkBlock::kNone;
  const std::size_t from = opened ? begin + kOpen.size() : 0;
  AddReasoning(whole.substr(from, close - from), reasoning);
  const std::size_t rest = whole.find_first_not_of(kSpace, close + kClose.size());
  text.erase(0, rest == std::string_view::npos ? text.size() : rest);
  return opened ? ThinkBlock::kTaken : ThinkBlock::kUnopened;
}

std::int64_t EstimateTokens(std::string_view text) {
  std::int64_t ascii = 0;
  for (char c : text) ascii += static_cast<unsigned char>(c) < 0x80 ? 1 : 0;
  const std::int64_t others = static_cast<std::int64_t>(text.size()) - ascii;
  return (ascii + 3) / 4 + (others + 2) / 3;
}

}  // namespace assay
