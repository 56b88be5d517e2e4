#include "common/text/words.h"

#include <array>
#include <bit>
#include <cstring>

#include "common/text/python_text.h"
#include "common/text/tables/python_unicode.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace assay {
namespace {

constexpr std::size_t kBlock = 64;

// One bit a byte of a block, the first byte lowest.
struct BlockMasks {
  std::uint64_t letters = 0;  // ASCII letters
  std::uint64_t words = 0;    // ASCII word characters
  std::uint64_t high = 0;     // bytes of characters that are not ASCII
};

#if defined(__SSE2__)

std::uint64_t Mask16(__m128i bytes) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(bytes)));
}

// 0xFF where first <= byte < first + count.
__m128i InRange(__m128i bytes, char first, char count) {
  const __m128i shifted = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
  return _mm_cmpeq_epi8(_mm_min_epu8(shifted, _mm_set1_epi8(static_cast<char>(count - 1))),
                        shifted);
}

BlockMasks Classify(const char* data) {
  BlockMasks masks;
  for (unsigned part = 0; part < 4; ++part) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data) + part);
    const __m128i letters = InRange(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 26);
    const __m128i others =
        _mm_or_si128(InRange(bytes, '0', 10), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')));
    masks.letters |= Mask16(letters) << (16 * part);
    masks.words |= Mask16(_mm_or_si128(letters, others)) << (16 * part);
    masks.high |= Mask16(bytes) << (16 * part);
  }
  return masks;
}

#else

BlockMasks Classify(const char* data) {
  BlockMasks masks;
  for (unsigned i = 0; i < kBlock; ++i) {
    const auto byte = static_cast<unsigned char>(data[i]);
    const std::uint64_t bit = std::uint64_t{1} << i;
    const auto letter = static_cast<unsigned char>((byte | 0x20u) - 'a');
    if (letter < 26) masks.letters |= bit;
    if (byte < 0x80 && python_unicode::IsWord(byte)) masks.words |= bit;
    if (byte >= 0x80) masks.high |= bit;
  }
  return masks;
}

#endif

class LongBenchCounter {
 public:
  // Takes the first `length` bytes of a block, all ASCII. REQUIRES: 1 <= length <= 64.
  void TakeAscii(BlockMasks masks, unsigned length) {
    const std::uint64_t valid = ~std::uint64_t{0} >> (kBlock - length);
    const std::uint64_t letters = masks.letters & valid;
    const std::uint64_t words = masks.words & valid;
    // A letter run is open when no other word character stands before it. Adding its first bit
    // makes the carry run through the letters and come to rest just behind them.
    const std::uint64_t starts = letters & ~((words << 1) | (after_word_ ? 1u : 0u));
    std::uint64_t sum = 0;
    std::uint64_t overflow = 0;
    overflow |= __builtin_add_overflow(letters, starts, &sum) ? 1u : 0u;
    overflow |= __builtin_add_overflow(sum, std::uint64_t{open_ ? 1u : 0u}, &sum) ? 1u : 0u;
    const std::uint64_t ends = sum & ~letters;
    count_ += std::popcount(ends & ~words & valid);
    open_ = length == kBlock ? overflow != 0 : ((ends >> length) & 1) != 0;
    after_word_ = ((words >> (length - 1)) & 1) != 0;
  }

  void TakeIdeograph() {
    ++count_;
    open_ = false;
    after_word_ = true;
  }

  void TakeOther(bool is_word) {
    if (open_ && !is_word) ++count_;
    open_ = false;
    after_word_ = is_word;
  }

  std::int64_t Finish() const { return count_ + (open_ ? 1 : 0); }

 private:
  std::int64_t count_ = 0;
  bool open_ = false;        // the last bytes are a run that counts if it ends here
  bool after_word_ = false;  // the last character is a word character
};

// U+4E00..U+9FFF is exactly E4 B8 80 .. E9 BF BF.
bool IsIdeographAt(std::string_view text, std::size_t at) {
  if (text.size() - at < 3) return false;
  const auto lead = static_cast<unsigned char>(text[at]);
  const auto second = static_cast<unsigned char>(text[at + 1]);
  const auto third = static_cast<unsigned char>(text[at + 2]);
  if (lead < 0xE4 || lead > 0xE9) return false;
  return (second & 0xC0) == 0x80 && (third & 0xC0) == 0x80 && (lead != 0xE4 || second >= 0xB8);
}

// Consumes characters that are not ASCII from `at`; returns where they end.
std::size_t TakeHigh(std::string_view text, std::size_t at, LongBenchCounter& counter) {
  while (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x80) {
    if (IsIdeographAt(text, at)) {
      counter.TakeIdeograph();
      at += 3;
      continue;
    }
    const DecodedChar decoded = DecodeUtf8(text, at);
    counter.TakeOther(python_unicode::IsWord(decoded.code_point));
    at += decoded.bytes;
  }
  return at;
}

}  // namespace

std::int64_t CountLongBenchWords(std::string_view text) {
  LongBenchCounter counter;
  std::array<char, kBlock> tail;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t left = text.size() - at;
    const char* data = text.data() + at;
    if (left < kBlock) {
      tail.fill(0);
      std::memcpy(tail.data(), data, left);
      data = tail.data();
    }
    const BlockMasks masks = Classify(data);
    const std::size_t ascii =
        std::min<std::size_t>(left, static_cast<std::size_t>(std::countr_zero(masks.high)));
    if (ascii > 0) counter.TakeAscii(masks, static_cast<unsigned>(std::min(ascii, kBlock)));
    at += std::min(ascii, kBlock);
    if (ascii < left && ascii < kBlock) at = TakeHigh(text, at, counter);
  }
  return counter.Finish();
}

}  // namespace assay
