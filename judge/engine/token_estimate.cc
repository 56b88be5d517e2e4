#include "judge/engine/token_estimate.h"

#include <algorithm>

#include "common/text/segments.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr int kObservationsNeeded = 8;
constexpr double kMargin = 1.1;

// Thousandths of a token.
struct Cost {
  std::int64_t least;
  std::int64_t most;
};

bool IsUpper(char32_t c) { return c >= 'A' && c <= 'Z'; }
bool IsLetter(char32_t c) { return IsUpper(c) || (c >= 'a' && c <= 'z'); }

// Bounds over the tokenizers in use (cl100k, o200k, Llama 3, Qwen 2.5, SentencePiece), none of
// which has a token for less than a byte: English prose has 4 to 5 letters a token, digits one to
// three; an ideograph is a fifth of a token to two, and a character that a vocabulary lacks is one
// token a byte. Runs of one punctuation mark or of white space may be one token.
Cost CostOf(char32_t c, std::size_t bytes) {
  if (c < 0x80) {
    if (IsLetter(c)) return {80, 400};
    if (c >= '0' && c <= '9') return {300, 1000};
    if (c == ' ') return {0, 150};
    if (c == '\n' || c == '\t' || c == '\r') return {0, 1000};
    return {10, 1000};
  }
  const bool ideograph = (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) ||
                         (c >= 0xAC00 && c <= 0xD7AF) || (c >= 0x3000 && c <= 0x303F) ||
                         (c >= 0xFF00 && c <= 0xFFEF);
  if (ideograph) return {150, 2000};
  if (c < 0x250) return {80, 1000};
  return {10, static_cast<std::int64_t>(bytes) * 1000};
}

// Where a window that begins at `begin` and may go to `limit` had best end: at the last border that
// keeps at least half of it.
std::size_t LastBorder(const std::vector<TextRange>& parts, std::size_t begin, std::size_t limit) {
  const auto after =
      std::upper_bound(parts.begin(), parts.end(), limit,
                       [](std::size_t at, const TextRange& part) { return at < part.begin; });
  // The part that holds the limit begins at or before it.
  if (after == parts.begin()) return 0;
  const std::size_t border = (after - 1)->begin;
  return border > begin + (limit - begin) / 2 ? border : 0;
}

// The longest prefix of text[begin..] of at most `max_tokens`, never empty, between characters.
std::size_t Reach(std::string_view text, std::size_t begin, std::int64_t max_tokens,
                  const TokenCalibration& calibration) {
  std::size_t low = begin + 1;
  std::size_t high = begin + static_cast<std::size_t>(std::max<std::int64_t>(max_tokens, 1)) * 4;
  while (high < text.size() && calibration.Tokens(text.substr(begin, high - begin)) <= max_tokens) {
    high += high - begin;
  }
  high = std::min(high, text.size());
  while (low < high) {
    const std::size_t middle = low + (high - low + 1) / 2;
    if (calibration.Tokens(text.substr(begin, middle - begin)) <= max_tokens) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  while (low < text.size() && low > begin + 1 && (text[low] & '\xC0') == '\x80') --low;
  while (low < text.size() && (text[low] & '\xC0') == '\x80') ++low;
  return low;
}

}  // namespace

TokenBounds BoundTokens(std::string_view text) {
  TokenBounds sum;
  char32_t before = 0;
  int letters = 0;  // of the word, or of its part from an inner capital on
  for (std::size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    Cost cost = c.valid ? CostOf(c.code_point, c.bytes) : Cost{10, 1000};
    // A short word is a token; capitals inside of words (names, hashes) end the long tokens.
    const bool letter = IsLetter(c.code_point);
    letters = !letter ? 0 : IsUpper(c.code_point) ? 1 : letters + 1;
    if (letter && letters <= 3) cost.most = letters == 1 ? 1000 : letters == 2 ? 0 : 200;
    // No vocabulary joins a blank to a number: " 4" is two tokens.
    if (before == ' ' && c.code_point >= '0' && c.code_point <= '9') cost.most += 1000;
    sum.least += cost.least;
    sum.most += cost.most;
    before = c.valid ? c.code_point : 0;
    at += c.bytes;
  }
  return {sum.least / 1000, (sum.most + 999) / 1000};
}

void TokenCalibration::Observe(std::int64_t estimated_most, std::int64_t actual) {
  if (estimated_most <= 0 || actual <= 0) return;
  worst_ratio_ =
      std::max(worst_ratio_, static_cast<double>(actual) / static_cast<double>(estimated_most));
  ++observations_;
}

std::int64_t TokenCalibration::Tokens(std::string_view text) const {
  const std::int64_t most = BoundTokens(text).most;
  // A tokenizer that is worse than the bound is believed at once, a better one when it is known.
  const bool known = observations_ >= kObservationsNeeded;
  if (!known && worst_ratio_ <= 1) return most;
  return static_cast<std::int64_t>(static_cast<double>(most) * worst_ratio_ * kMargin) + 1;
}

std::vector<TextRange> WindowsOf(std::string_view text, std::string_view language,
                                 std::int64_t max_tokens, const TokenCalibration& calibration) {
  std::vector<TextRange> windows;
  const std::vector<TextRange> paragraphs = ParagraphsOf(text);
  const std::vector<TextRange> sentences = SentencesOf(text, language);
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = Reach(text, begin, max_tokens, calibration);
    if (end < text.size()) {
      std::size_t border = LastBorder(paragraphs, begin, end);
      if (border == 0) border = LastBorder(sentences, begin, end);
      if (border != 0) end = border;
    }
    windows.push_back({begin, end});
    begin = end;
  }
  return windows;
}

}  // namespace assay
