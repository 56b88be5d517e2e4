#include "judge/claims/claim_scores.h"

#include <gtest/gtest.h>

#include <cmath>

namespace assay {
namespace {

TEST(ClaimScores, LengthPenaltyOfThePaper) {
  EXPECT_EQ(LengthPenalty(11, 10), 1);
  EXPECT_NEAR(LengthPenalty(10, 10), 1, 1e-12);
  EXPECT_NEAR(LengthPenalty(5, 10), std::exp(-1.0), 1e-12);
  EXPECT_NEAR(LengthPenalty(1, 10), 1.234e-4, 1e-7);
  EXPECT_EQ(LengthPenalty(0, 10), 0);
}

TEST(ClaimScores, F1AtKWantsBothPrecisionAndNumber) {
  EXPECT_EQ(F1AtK(0, 0, 10), 0);
  EXPECT_EQ(F1AtK(0, 5, 10), 0);
  EXPECT_EQ(F1AtK(10, 0, 10), 1);
  EXPECT_EQ(F1AtK(20, 0, 10), 1);
  EXPECT_NEAR(F1AtK(5, 5, 10), 0.5, 1e-12);
}

TEST(ClaimScores, PooledMedianIsTheUpperOne) {
  EXPECT_EQ(PooledMedianK({4, 1, 3, 2}), 3);
  EXPECT_EQ(PooledMedianK({7}), 7);
}

TEST(ClaimScores, IcatIsZeroWhereThereIsNothing) {
  EXPECT_EQ(IcatOf(0, 0, 0, 5).f1, 0);
  EXPECT_EQ(IcatOf(3, 4, 0, 0).coverage, 0);
  const IcatScores scores = IcatOf(3, 4, 1, 2);
  EXPECT_NEAR(scores.f1, 0.6, 1e-12);
}

TEST(ClaimScores, NothingCheckedIsNoPrecision) {
  ClaimCounts counts;
  counts.Add(ClaimLabel::kUnknown);
  EXPECT_FALSE(CheckedPrecision(counts).has_value());
  counts.Add(ClaimLabel::kContradicted);
  EXPECT_EQ(CheckedPrecision(counts), 0.0);
  EXPECT_EQ(counts.claims(), 2);
}

TEST(ClaimScores, RefCheckerRules) {
  using enum Entailment;
  const std::vector<Entailment> mixed = {kNeutral, kEntailment, kEntailment, kNeutral};
  EXPECT_EQ(StrictVerdict(mixed), kNeutral);
  EXPECT_EQ(MajorityVerdict(mixed), kNeutral) << "ties go to the first seen";
  EXPECT_EQ(MergedOverSegments(mixed), kEntailment);
  EXPECT_EQ(MergedOverSegments({}), kNeutral);
  EXPECT_EQ(StrictVerdict({}), kAbstain);
  EXPECT_EQ(MajorityVerdict({}), kAbstain);
  EXPECT_FALSE(SoftRatio({}, kEntailment).has_value());
}

TEST(ClaimScores, RagMetricsOfNothingAreZero) {
  for (const auto& [name, value] : RagMetrics({})) EXPECT_EQ(value, 0) << name;
}

TEST(ClaimScores, AResponseIsTrueWhenAllItsClaimsAre) {
  const std::vector<std::optional<bool>> unknown = {true, std::nullopt};
  const std::vector<std::optional<bool>> wrong = {std::nullopt, false};
  EXPECT_EQ(AllClaimsTrue({}), true);
  EXPECT_FALSE(AllClaimsTrue(unknown).has_value());
  EXPECT_EQ(AllClaimsTrue(wrong), false);
}

}  // namespace
}  // namespace assay
