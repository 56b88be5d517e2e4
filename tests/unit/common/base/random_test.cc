#include "common/base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace assay {
namespace {

// Computed by a separate program from the generators' published definitions.
TEST(RandomTest, KnownSequence) {
  Random r0(0);
  EXPECT_EQ(r0.Next(), 0x99ec5f36cb75f2b4ULL);
  EXPECT_EQ(r0.Next(), 0xbf6e1f784956452aULL);
  EXPECT_EQ(r0.Next(), 0x1a5f849d4933e6e0ULL);
  EXPECT_EQ(r0.Next(), 0x6aa594f1262d2d2cULL);
  Random r1234567(1234567);
  EXPECT_EQ(r1234567.Next(), 0x30a3a1c363600467ULL);
  EXPECT_EQ(r1234567.Next(), 0x19405f0f579929caULL);
  EXPECT_EQ(r1234567.Next(), 0x115beaac046ddbd9ULL);
  EXPECT_EQ(r1234567.Next(), 0xeb17caf48f27d7f6ULL);
}

TEST(RandomTest, SeedsDiffer) {
  EXPECT_NE(Random(1).Next(), Random(2).Next());
  EXPECT_EQ(Random(1).Next(), Random(1).Next());
}

TEST(RandomTest, BelowStaysBelowAndIsUniform) {
  Random random(42);
  std::array<int, 6> counts = {};
  constexpr int kDraws = 60000;
  for (int i = 0; i < kDraws; ++i) ++counts[random.Below(6)];
  // Chi-squared with 5 degrees of freedom; 20.5 has a chance of one in a thousand.
  double chi_squared = 0;
  for (const int count : counts) {
    const double difference = count - kDraws / 6.0;
    chi_squared += difference * difference / (kDraws / 6.0);
  }
  EXPECT_LT(chi_squared, 20.5);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.Below(1), 0u);
}

TEST(RandomTest, BelowIsNotBiasedForBoundsNearTheRange) {
  // A bare modulo would draw the lower third of this range twice as often.
  constexpr std::uint64_t kBound = std::uint64_t{3} << 62;
  Random random(7);
  int low = 0;
  constexpr int kDraws = 30000;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t x = random.Below(kBound);
    ASSERT_LT(x, kBound);
    low += x < kBound / 3 ? 1 : 0;
  }
  EXPECT_NEAR(low, kDraws / 3, 400);
}

TEST(RandomTest, UnitIsInHalfOpenInterval) {
  Random random(3);
  double sum = 0;
  for (int i = 0; i < 10000; ++i) {
    const double x = random.Unit();
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    sum += x;
  }
  EXPECT_NEAR(sum / 10000, 0.5, 0.02);
}

TEST(RandomTest, HexHasTheDigitsAskedFor) {
  Random random(5);
  const std::string hex = random.Hex(400);
  EXPECT_EQ(hex.size(), 400u);
  EXPECT_EQ(hex.find_first_not_of("0123456789abcdef"), std::string::npos);
  for (const char digit : std::string("0123456789abcdef")) {
    EXPECT_NE(hex.find(digit), std::string::npos) << digit;
  }
  EXPECT_EQ(random.Hex(0), "");
}

TEST(RandomTest, ForkIsIndependent) {
  Random parent(9);
  Random child = parent.Fork();
  Random same = Random(9).Fork();
  EXPECT_EQ(child.Next(), same.Next());
  EXPECT_NE(child.Next(), parent.Next());
}

}  // namespace
}  // namespace assay
