#include "common/text/python_random.h"

#include <bit>
#include <cmath>
#include <set>

#include "common/base/check.h"

namespace assay {
namespace {

constexpr std::size_t kMiddle = 397;

std::vector<std::uint32_t> DigitsOf(std::uint64_t seed) {
  std::vector<std::uint32_t> digits = {static_cast<std::uint32_t>(seed)};
  if (seed >> 32 != 0) digits.push_back(static_cast<std::uint32_t>(seed >> 32));
  return digits;
}

}  // namespace

PythonRandom::PythonRandom(std::uint64_t seed) { SeedByDigits(DigitsOf(seed)); }

PythonRandom::PythonRandom(const std::vector<std::uint32_t>& seed_digits) {
  std::vector<std::uint32_t> digits = seed_digits;
  while (digits.size() > 1 && digits.back() == 0) digits.pop_back();
  if (digits.empty()) digits.push_back(0);
  SeedByDigits(digits);
}

// init_genrand of the reference implementation (Matsumoto and Nishimura 2002).
void PythonRandom::SeedByOne(std::uint32_t seed) {
  state_[0] = seed;
  for (std::size_t i = 1; i < kWords; ++i) {
    state_[i] =
        1812433253U * (state_[i - 1] ^ (state_[i - 1] >> 30)) + static_cast<std::uint32_t>(i);
  }
  index_ = kWords;
}

// init_by_array.
void PythonRandom::SeedByDigits(const std::vector<std::uint32_t>& digits) {
  SeedByOne(19650218U);
  std::size_t i = 1;
  std::size_t j = 0;
  const auto wrap = [this, &i] {
    if (++i < kWords) return;
    state_[0] = state_[kWords - 1];
    i = 1;
  };
  for (std::size_t k = std::max(kWords, digits.size()); k > 0; --k) {
    state_[i] = (state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * 1664525U)) + digits[j] +
                static_cast<std::uint32_t>(j);
    wrap();
    if (++j >= digits.size()) j = 0;
  }
  for (std::size_t k = kWords - 1; k > 0; --k) {
    state_[i] = (state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * 1566083941U)) -
                static_cast<std::uint32_t>(i);
    wrap();
  }
  state_[0] = 0x80000000U;
}

std::uint32_t PythonRandom::Next() {
  if (index_ >= kWords) {
    const auto twist = [](std::uint32_t high, std::uint32_t low) {
      const std::uint32_t mixed = (high & 0x80000000U) | (low & 0x7fffffffU);
      return (mixed >> 1) ^ ((low & 1U) != 0 ? 0x9908b0dfU : 0U);
    };
    for (std::size_t i = 0; i < kWords; ++i) {
      state_[i] = state_[(i + kMiddle) % kWords] ^ twist(state_[i], state_[(i + 1) % kWords]);
    }
    index_ = 0;
  }
  std::uint32_t y = state_[index_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680U;
  y ^= (y << 15) & 0xefc60000U;
  return y ^ (y >> 18);
}

double PythonRandom::Random() {
  const std::uint32_t a = Next() >> 5;
  const std::uint32_t b = Next() >> 6;
  return (a * 67108864.0 + b) * (1.0 / 9007199254740992.0);
}

std::uint64_t PythonRandom::Bits(int bits) {
  ASSAY_CHECK(bits >= 1 && bits <= 64);
  if (bits <= 32) return Next() >> (32 - bits);
  const std::uint64_t low = Next();
  return low | static_cast<std::uint64_t>(Next() >> (64 - bits)) << 32;
}

std::uint64_t PythonRandom::Below(std::uint64_t n) {
  ASSAY_CHECK(n >= 1);
  const auto bits = static_cast<int>(std::bit_width(n));
  std::uint64_t drawn = Bits(bits);
  while (drawn >= n) drawn = Bits(bits);
  return drawn;
}

std::vector<std::size_t> PythonRandom::Choices(std::size_t n, std::size_t k) {
  ASSAY_CHECK(n >= 1);
  std::vector<std::size_t> positions;
  const auto size = static_cast<double>(n);
  for (std::size_t i = 0; i < k; ++i) {
    positions.push_back(static_cast<std::size_t>(std::floor(Random() * size)));
  }
  return positions;
}

// Small samples of large populations are drawn again where they repeat, others from a shrinking
// pool: the sizes at which Lib/random.py changes over are part of the sequence.
std::vector<std::size_t> PythonRandom::Sample(std::size_t n, std::size_t k) {
  ASSAY_CHECK(k <= n);
  std::vector<std::size_t> positions;
  double limit = 21;
  if (k > 5) limit += std::pow(4, std::ceil(std::log(static_cast<double>(k * 3)) / std::log(4.0)));
  if (static_cast<double>(n) <= limit) {
    std::vector<std::size_t> pool;
    for (std::size_t i = 0; i < n; ++i) pool.push_back(i);
    for (std::size_t i = 0; i < k; ++i) {
      const auto j = static_cast<std::size_t>(Below(n - i));
      positions.push_back(pool[j]);
      pool[j] = pool[n - i - 1];
    }
    return positions;
  }
  std::set<std::size_t> seen;
  for (std::size_t i = 0; i < k; ++i) {
    auto j = static_cast<std::size_t>(Below(n));
    while (!seen.insert(j).second) j = static_cast<std::size_t>(Below(n));
    positions.push_back(j);
  }
  return positions;
}

}  // namespace assay
