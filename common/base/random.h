// Seedable random numbers with portable results (no std::*_distribution). Not thread-safe; one per
// owner.
#pragma once

#include <cstdint>
#include <string>

namespace assay {

// xoshiro256** (Blackman and Vigna), seeded through splitmix64.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  std::uint64_t Next();
  // Uniform in [0, bound). REQUIRES: bound > 0.
  std::uint64_t Below(std::uint64_t bound);
  // Uniform in [0, 1), 53 bits.
  double Unit();
  // `digits` random lower-case hex digits.
  std::string Hex(int digits);
  // An independent generator.
  Random Fork();

 private:
  std::uint64_t state_[4];
};

// A seed from the operating system; for mains only.
std::uint64_t SystemSeed();

}  // namespace assay
