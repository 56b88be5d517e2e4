#include "common/text/words.h"

#include <algorithm>
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
constexpr std::size_t kLookAhead = 2;  // bytes behind a block that Classify reads

// std::popcount is a function call unless the compiler may use the instruction.
int CountOnes(std::uint64_t bits) {
  bits -= (bits >> 1) & 0x5555555555555555u;
  bits = (bits & 0x3333333333333333u) + ((bits >> 2) & 0x3333333333333333u);
  bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
  return static_cast<int>((bits * 0x0101010101010101u) >> 56);
}

// One bit a byte of a block, the first byte lowest.
struct BlockMasks {
  std::uint64_t letters = 0;     // ASCII letters
  std::uint64_t words = 0;       // ASCII word characters
  std::uint64_t high = 0;        // bytes of characters that are not ASCII
  std::uint64_t ideographs = 0;  // first bytes of U+4E00..U+9FFF: exactly E4 B8 80 .. E9 BF BF
  std::uint64_t marks = 0;       // first bytes of the usual punctuation, which is in no word
};

#if defined(__SSE2__)

std::uint64_t Mask16(__m128i bytes) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(bytes)));
}

// 0xFF where first <= byte < first + count.
__m128i InRange(__m128i bytes, int first, int count) {
  const __m128i shifted = _mm_sub_epi8(bytes, _mm_set1_epi8(static_cast<char>(first)));
  return _mm_cmpeq_epi8(_mm_min_epu8(shifted, _mm_set1_epi8(static_cast<char>(count - 1))),
                        shifted);
}

__m128i Load(const char* data) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(data)); }

__m128i Equal(__m128i bytes, int value) {
  return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(static_cast<char>(value)));
}

__m128i IdeographsAt(__m128i first, __m128i second, __m128i third) {
  const __m128i too_low = _mm_andnot_si128(InRange(second, 0xB8, 8), Equal(first, 0xE4));
  const __m128i continued = _mm_and_si128(InRange(second, 0x80, 64), InRange(third, 0x80, 64));
  return _mm_andnot_si128(too_low, _mm_and_si128(InRange(first, 0xE4, 6), continued));
}

// U+2000..U+203F, U+3000..U+3004, U+3008..U+3020, U+FF01..U+FF0F and U+FF1A..U+FF20.
__m128i MarksAt(__m128i first, __m128i second, __m128i third) {
  const __m128i general = _mm_and_si128(Equal(first, 0xE2), InRange(third, 0x80, 64));
  const __m128i east_asian = _mm_and_si128(
      Equal(first, 0xE3), _mm_or_si128(InRange(third, 0x80, 5), InRange(third, 0x88, 25)));
  const __m128i full_width = _mm_and_si128(
      Equal(first, 0xEF), _mm_or_si128(InRange(third, 0x81, 15), InRange(third, 0x9A, 7)));
  return _mm_or_si128(_mm_and_si128(_mm_or_si128(general, east_asian), Equal(second, 0x80)),
                      _mm_and_si128(full_width, Equal(second, 0xBC)));
}

void ClassifyHigh(const char* data, BlockMasks& masks) {
  for (unsigned part = 0; part < 4; ++part) {
    const __m128i first = Load(data + 16 * part);
    const __m128i second = Load(data + 16 * part + 1);
    const __m128i third = Load(data + 16 * part + 2);
    masks.ideographs |= Mask16(IdeographsAt(first, second, third)) << (16 * part);
    masks.marks |= Mask16(MarksAt(first, second, third)) << (16 * part);
  }
}

BlockMasks Classify(const char* data) {
  BlockMasks masks;
  for (unsigned part = 0; part < 4; ++part) {
    const __m128i bytes = Load(data + 16 * part);
    const __m128i letters = InRange(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 26);
    const __m128i others =
        _mm_or_si128(InRange(bytes, '0', 10), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')));
    masks.letters |= Mask16(letters) << (16 * part);
    masks.words |= Mask16(_mm_or_si128(letters, others)) << (16 * part);
    masks.high |= Mask16(bytes) << (16 * part);
  }
  if (masks.high != 0) ClassifyHigh(data, masks);
  return masks;
}

#else

BlockMasks Classify(const char* data) {
  const auto at = [data](unsigned i) { return static_cast<unsigned char>(data[i]); };
  BlockMasks masks;
  for (unsigned i = 0; i < kBlock; ++i) {
    const unsigned char byte = at(i);
    const std::uint64_t bit = std::uint64_t{1} << i;
    const auto letter = static_cast<unsigned char>((byte | 0x20u) - 'a');
    if (letter < 26) masks.letters |= bit;
    if (byte < 0x80 && python_unicode::IsWord(byte)) masks.words |= bit;
    if (byte >= 0x80) masks.high |= bit;
    if (byte >= 0xE4 && byte <= 0xE9 && (at(i + 1) & 0xC0) == 0x80 && (at(i + 2) & 0xC0) == 0x80 &&
        (byte != 0xE4 || at(i + 1) >= 0xB8)) {
      masks.ideographs |= bit;
    }
  }
  return masks;
}

#endif

class LongBenchCounter {
 public:
  explicit LongBenchCounter(std::string_view text) : text_(text) {}

  // Takes the `length` bytes from `at` on, of which `masks` are. REQUIRES: 1 <= length <= 64; only
  // the last block is shorter than 64.
  void Take(BlockMasks masks, std::size_t at, unsigned length) {
    const std::uint64_t valid = ~std::uint64_t{0} >> (kBlock - length);
    std::uint64_t words = masks.words;
    if ((masks.high & valid) != 0) words |= HighWords(masks, masks.high & valid, at);
    TakeRuns(masks.letters & valid, words & valid, length);
  }

  std::int64_t Finish() const { return count_ + (open_ ? 1 : 0); }

 private:
  static std::uint64_t ThreeBytes(std::uint64_t first) {
    return first | (first << 1) | (first << 2);
  }

  // The bytes of word characters that are not ASCII. Ideographs are counted here.
  std::uint64_t HighWords(const BlockMasks& masks, std::uint64_t high, std::size_t at) {
    count_ += CountOnes(masks.ideographs);
    const std::uint64_t spilled = (std::uint64_t{1} << spill_) - 1;
    const std::uint64_t known = masks.ideographs | masks.marks;
    std::uint64_t words = ThreeBytes(masks.ideographs) | (spill_is_word_ ? spilled : 0);
    std::uint64_t others = high & ~ThreeBytes(known) & ~spilled;
    spill_ = (known >> 63) != 0 ? 2 : static_cast<unsigned>(known >> 62) & 1;
    spill_is_word_ = (masks.ideographs >> 62) != 0;
    while (others != 0) {
      const auto first = static_cast<unsigned>(std::countr_zero(others));
      const DecodedChar decoded = DecodeUtf8(text_, at + first);
      const auto bytes = static_cast<unsigned>(decoded.bytes);
      const std::uint64_t span = ((std::uint64_t{1} << bytes) - 1) << first;
      const bool is_word = python_unicode::IsWord(decoded.code_point);
      if (is_word) words |= span;
      others &= ~span;
      if (first + bytes > kBlock) {
        spill_ = first + bytes - static_cast<unsigned>(kBlock);
        spill_is_word_ = is_word;
      }
    }
    return words;
  }

  void TakeRuns(std::uint64_t letters, std::uint64_t words, unsigned length) {
    if (letters == 0 && !open_) {
      after_word_ = ((words >> (length - 1)) & 1) != 0;
      return;
    }
    // A letter run is open when no other word character stands before it. Adding its first bit
    // makes the carry run through the letters and come to rest just behind them.
    const std::uint64_t starts = letters & ~((words << 1) | (after_word_ ? 1u : 0u));
    std::uint64_t sum = 0;
    std::uint64_t overflow = 0;
    overflow |= __builtin_add_overflow(letters, starts, &sum) ? 1u : 0u;
    overflow |= __builtin_add_overflow(sum, std::uint64_t{open_ ? 1u : 0u}, &sum) ? 1u : 0u;
    const std::uint64_t ends = sum & ~letters;
    const std::uint64_t valid = ~std::uint64_t{0} >> (kBlock - length);
    count_ += CountOnes(ends & ~words & valid);
    open_ = length == kBlock ? overflow != 0 : ((ends >> length) & 1) != 0;
    after_word_ = ((words >> (length - 1)) & 1) != 0;
  }

  std::string_view text_;
  std::int64_t count_ = 0;
  bool open_ = false;        // the last bytes are a run that counts if it ends here
  bool after_word_ = false;  // the last character is a word character
  unsigned spill_ = 0;       // bytes of the next block that belong to a character of this one
  bool spill_is_word_ = false;
};

}  // namespace

std::int64_t CountLongBenchWords(std::string_view text) {
  LongBenchCounter counter(text);
  std::array<char, kBlock + kLookAhead> tail;
  for (std::size_t at = 0; at < text.size(); at += kBlock) {
    const std::size_t left = text.size() - at;
    const char* data = text.data() + at;
    if (left < tail.size()) {
      tail.fill(0);
      std::memcpy(tail.data(), data, left);
      data = tail.data();
    }
    counter.Take(Classify(data), at, static_cast<unsigned>(std::min(left, kBlock)));
  }
  return counter.Finish();
}

}  // namespace assay
