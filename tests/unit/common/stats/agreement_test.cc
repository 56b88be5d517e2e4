#include "common/stats/agreement.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Agreement, KappaOfATextbookTable) {
  // 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: po .7, pe .5.
  std::vector<RatingPair> pairs;
  const auto add = [&](int n, double a, double b) { pairs.insert(pairs.end(), n, {a, b}); };
  add(20, 1, 1);
  add(5, 1, 0);
  add(10, 0, 1);
  add(15, 0, 0);
  EXPECT_NEAR(*ExactAgreement(pairs), 0.7, 1e-12);
  EXPECT_NEAR(*CohenKappa(pairs), 0.4, 1e-12);
  EXPECT_NEAR(*QuadraticKappa(pairs), 0.4, 1e-12);  // two labels: the same
}

TEST(Agreement, QuadraticKappaForgivesNearMisses) {
  const std::vector<RatingPair> near = {{1, 2}, {2, 3}, {4, 5}, {5, 5}, {1, 1}};
  EXPECT_GT(*QuadraticKappa(near), *CohenKappa(near));
}

TEST(Agreement, OneLabelOnlySaysNothing) {
  EXPECT_FALSE(CohenKappa({{1, 1}, {1, 1}}).has_value());
  EXPECT_FALSE(CohenKappa({}).has_value());
  EXPECT_FALSE(ExactAgreement({}).has_value());
  EXPECT_FALSE(KrippendorffAlpha({{2}, {}}, AlphaLevel::kNominal).has_value());
}

TEST(Agreement, AlphaOfKrippendorffsOwnExample) {
  // "Computing Krippendorff's alpha-reliability" (2011), table of 4 observers and 12 units with
  // missing values: nominal .743, interval .849.
  const std::vector<std::vector<double>> units = {
      {1, 1, 1},    {2, 2, 3, 2}, {3, 3, 3, 3}, {3, 3, 3, 3}, {2, 2, 2, 2}, {1, 2, 3, 4},
      {4, 4, 4, 4}, {1, 1, 2, 1}, {2, 2, 2, 2}, {5, 5, 5},    {1, 1},       {3}};
  EXPECT_NEAR(*KrippendorffAlpha(units, AlphaLevel::kNominal), 0.743, 5e-4);
  EXPECT_NEAR(*KrippendorffAlpha(units, AlphaLevel::kInterval), 0.849, 5e-4);
}

}  // namespace
}  // namespace assay
