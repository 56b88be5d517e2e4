#include "common/text/numpy_random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace assay {
namespace {

TEST(NumpyRandomTest, APermutationHoldsEachNumberOnce) {
  EXPECT_TRUE(NumpyPermutation(42, 0).empty());
  EXPECT_EQ(NumpyPermutation(42, 1), (std::vector<std::uint32_t>{0}));
  const std::vector<std::uint32_t> order = NumpyPermutation(7, 1000);
  EXPECT_EQ(std::set<std::uint32_t>(order.begin(), order.end()).size(), 1000u);
  EXPECT_EQ(*std::max_element(order.begin(), order.end()), 999u);
}

// As NumPy prints default_rng(42).permutation(10).
TEST(NumpyRandomTest, TheOrderIsNumPys) {
  EXPECT_EQ(NumpyPermutation(42, 10), (std::vector<std::uint32_t>{5, 6, 0, 7, 3, 2, 4, 9, 1, 8}));
}

}  // namespace
}  // namespace assay
