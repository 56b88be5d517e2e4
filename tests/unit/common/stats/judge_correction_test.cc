#include "common/stats/judge_correction.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(JudgeCorrection, NormalQuantiles) {
  EXPECT_NEAR(NormalQuantile(0.5), 0, 1e-15);
  EXPECT_NEAR(NormalQuantile(0.975), 1.959963984540054, 1e-13);
  EXPECT_NEAR(NormalQuantile(0.025), -1.959963984540054, 1e-13);
  EXPECT_NEAR(NormalQuantile(1e-10), -6.361340902404056, 1e-9);
}

TEST(JudgeCorrection, RoganGladenOfAPerfectJudgeIsWhatItSaid) {
  const auto estimate = RoganGladen({100, 100, 100, 100, 1000, 300}, 0.95);
  ASSERT_TRUE(estimate.ok());
  EXPECT_NEAR(estimate->value, 0.3, 1e-12);
  EXPECT_LT(estimate->low, 0.3);
  EXPECT_GT(estimate->high, 0.3);
}

TEST(JudgeCorrection, RoganGladenUndoesAKnownBias) {
  // 40 % true; the judge finds 90 % of them and calls 20 % of the others true: .4*.9+.6*.2 = .48.
  const auto estimate = RoganGladen({100, 90, 100, 80, 1000, 480}, 0.95);
  ASSERT_TRUE(estimate.ok());
  EXPECT_NEAR(estimate->value, 0.4, 1e-12);
  EXPECT_LT(estimate->low, 0.4);
  EXPECT_GT(estimate->high, 0.4);
}

TEST(JudgeCorrection, RoganGladenRefusesAJudgeThatTellsLittle) {
  const RoganGladenCounts counts{50, 28, 50, 27, 500, 250};
  EXPECT_EQ(RoganGladen(counts, 0.95).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(RoganGladen(counts, 0.95, 1.0).ok());
  EXPECT_FALSE(RoganGladenPoint({50, 25, 50, 25, 500, 250}).ok());
  EXPECT_EQ(RoganGladen({0, 0, 50, 25, 10, 5}, 0.95).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(RoganGladen({10, 11, 50, 25, 10, 5}, 0.95).ok());
  EXPECT_FALSE(RoganGladen(counts, 1.0).ok());
}

TEST(JudgeCorrection, PpiTakesOffTheJudgesBias) {
  // The judge says .2 too much of everything, without noise.
  const LabelledSlice slice{{0, 1, 0, 1}, {0.2, 1.2, 0.2, 1.2}, {0.2, 1.2, 1.2, 1.2}};
  const auto plain = PredictionPowered(slice, 1, 0.95);
  ASSERT_TRUE(plain.ok());
  EXPECT_NEAR(plain->value, 0.75, 1e-12);
  const auto plus = PredictionPoweredPlus(slice, 0.95);
  ASSERT_TRUE(plus.ok());
  EXPECT_GT(plus->lambda, 0);
  EXPECT_LT(plus->standard_error, plain->standard_error + 1e-12);
}

TEST(JudgeCorrection, PpiPlusLeavesOutAJudgeThatIsWorthless) {
  const auto plus = PredictionPoweredPlus({{0, 1, 0, 1}, {1, 0, 1, 0}, {1, 1, 0, 0}}, 0.95);
  ASSERT_TRUE(plus.ok());
  EXPECT_EQ(plus->lambda, 0);
  EXPECT_NEAR(plus->value, 0.5, 1e-12);
  EXPECT_LT(PredictionPoweredPlus({{0, 1, 0, 1}, {1, 0, 1, 0}, {1, 1, 0, 0}}, 0.95, false)->lambda,
            0);
}

TEST(JudgeCorrection, TooFewOrUnequalItemsAreAnError) {
  EXPECT_FALSE(PredictionPowered({{1}, {1}, {1, 0}}, 1, 0.95).ok());
  EXPECT_FALSE(PredictionPowered({{1, 0}, {1}, {1, 0}}, 1, 0.95).ok());
  EXPECT_FALSE(PredictionPoweredPlus({{1, 0}, {1, 0}, {}}, 0.95).ok());
}

}  // namespace
}  // namespace assay
