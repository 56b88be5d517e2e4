#include "common/text/numpy_random.h"

#include <array>
#include <bit>
#include <numeric>
#include <utility>

namespace assay {
namespace {

__extension__ using Wide = unsigned __int128;

// numpy.random.SeedSequence of one 32-bit number: four pool words, mixed.
class SeedSequence {
 public:
  explicit SeedSequence(std::uint32_t entropy) {
    for (std::size_t i = 0; i < pool_.size(); ++i) pool_[i] = Hash(i == 0 ? entropy : 0);
    for (std::size_t from = 0; from < pool_.size(); ++from) {
      for (std::size_t to = 0; to < pool_.size(); ++to) {
        if (from != to) pool_[to] = Mix(pool_[to], Hash(pool_[from]));
      }
    }
  }

  // generate_state(4, uint64).
  std::array<std::uint64_t, 4> State() const {
    std::array<std::uint32_t, 8> words{};
    std::uint32_t constant = 0x8b51f9dd;
    for (std::size_t i = 0; i < words.size(); ++i) {
      std::uint32_t word = pool_[i % pool_.size()] ^ constant;
      constant *= 0x58f38ded;
      word *= constant;
      words[i] = word ^ (word >> 16);
    }
    std::array<std::uint64_t, 4> state{};
    for (std::size_t i = 0; i < state.size(); ++i) {
      state[i] = words[2 * i] | (std::uint64_t{words[2 * i + 1]} << 32);
    }
    return state;
  }

 private:
  std::uint32_t Hash(std::uint32_t value) {
    value ^= constant_;
    constant_ *= 0x931e8875;
    value *= constant_;
    return value ^ (value >> 16);
  }

  static std::uint32_t Mix(std::uint32_t x, std::uint32_t y) {
    const std::uint32_t mixed = x * 0xca01f9dd - y * 0x4973f715;
    return mixed ^ (mixed >> 16);
  }

  std::uint32_t constant_ = 0x43b0d7e5;
  std::array<std::uint32_t, 4> pool_{};
};

// PCG XSL RR 128/64; 32-bit numbers are the halves of one draw, the lower first.
class Pcg64 {
 public:
  explicit Pcg64(std::uint32_t seed) {
    const std::array<std::uint64_t, 4> from = SeedSequence(seed).State();
    increment_ = (((Wide{from[2]} << 64) | from[3]) << 1) | 1;
    Step();
    state_ += (Wide{from[0]} << 64) | from[1];
    Step();
  }

  std::uint32_t Next32() {
    if (std::exchange(has_upper_, !has_upper_)) return upper_;
    Step();
    const auto folded =
        static_cast<std::uint64_t>(state_ >> 64) ^ static_cast<std::uint64_t>(state_);
    const std::uint64_t drawn = std::rotr(folded, static_cast<int>(state_ >> 122));
    upper_ = static_cast<std::uint32_t>(drawn >> 32);
    return static_cast<std::uint32_t>(drawn);
  }

  // random_interval: uniform in 0..most, by drawing as many bits until it fits.
  std::uint32_t UpTo(std::uint32_t most) {
    const auto mask = static_cast<std::uint32_t>(std::bit_ceil(std::uint64_t{most} + 1) - 1);
    std::uint32_t drawn = Next32() & mask;
    while (drawn > most) drawn = Next32() & mask;
    return drawn;
  }

 private:
  void Step() {
    constexpr Wide kMultiplier = (Wide{0x2360ed051fc65da4} << 64) | 0x4385df649fccf645;
    state_ = state_ * kMultiplier + increment_;
  }

  Wide state_ = 0;
  Wide increment_ = 0;
  bool has_upper_ = false;
  std::uint32_t upper_ = 0;
};

}  // namespace

std::vector<std::uint32_t> NumpyPermutation(std::uint32_t seed, std::uint32_t count) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  Pcg64 random(seed);
  for (std::uint32_t i = count; i-- > 1;) std::swap(order[i], order[random.UpTo(i)]);
  return order;
}

}  // namespace assay
