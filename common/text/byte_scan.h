// Eight bytes of a text at once. Pure functions, thread-safe.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace assay {

inline constexpr std::uint64_t kEachByte = 0x0101010101010101;

// Not 0 exactly where one of the eight bytes is below `limit`, which is at most 0x80. The lowest
// bit stands in the lowest such byte; above it there may be bits that mean nothing.
inline std::uint64_t AnyBelow(std::uint64_t bytes, std::uint64_t limit) {
  return (bytes - limit * kEachByte) & ~bytes & (0x80 * kEachByte);
}

inline std::uint64_t AnyIs(std::uint64_t bytes, unsigned char byte) {
  return AnyBelow(bytes ^ (byte * kEachByte), 1);
}

// Goes on from `at` by eight bytes as long as there are as many and any(bytes), made of the above,
// is 0; then to the first byte that it is for.
template <typename Any>
std::size_t SkipEights(std::string_view text, std::size_t at, const Any& any) {
  static_assert(std::endian::native == std::endian::little, "the lowest byte comes first");
  for (; text.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    const std::uint64_t hits = any(bytes);
    if (hits != 0) return at + static_cast<std::size_t>(std::countr_zero(hits)) / 8;
  }
  return at;
}

}  // namespace assay
