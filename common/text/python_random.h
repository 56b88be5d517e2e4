// random.Random of CPython 3.11, seeded with a whole number: the same draws in the same order
// (Modules/_randommodule.c, Lib/random.py). For items that a benchmark makes from a seed; nothing
// secret comes from here. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace assay {

class PythonRandom {
 public:
  // random.Random(seed), seed >= 0.
  explicit PythonRandom(std::uint64_t seed);
  // The same of a seed beyond 64 bits, as its 32-bit digits, least significant first.
  explicit PythonRandom(const std::vector<std::uint32_t>& seed_digits);

  // random(): 53 bits in [0, 1).
  double Random();

  // getrandbits(bits). REQUIRES: 1 <= bits <= 64.
  std::uint64_t Bits(int bits);

  // _randbelow(n): uniform below n. REQUIRES: n >= 1.
  std::uint64_t Below(std::uint64_t n);

  // choices(population, k=k) as positions: floor(random() * n), k times. REQUIRES: n >= 1.
  std::vector<std::size_t> Choices(std::size_t n, std::size_t k);

  // sample(population, k) as positions, in the order drawn. REQUIRES: k <= n.
  std::vector<std::size_t> Sample(std::size_t n, std::size_t k);

  // shuffle(items), in place.
  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i-- > 1;) {
      std::swap(items[i], items[static_cast<std::size_t>(Below(i + 1))]);
    }
  }

 private:
  static constexpr std::size_t kWords = 624;

  void SeedByOne(std::uint32_t seed);
  void SeedByDigits(const std::vector<std::uint32_t>& digits);
  std::uint32_t Next();

  std::array<std::uint32_t, kWords> state_ = {};
  std::size_t index_ = kWords;
};

}  // namespace assay
