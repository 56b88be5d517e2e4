#include "judge/claims/evidence_clusters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "common/base/random.h"

namespace assay {
namespace {

using testing::ElementsAre;

TEST(EvidenceClusters, WhatFitsTogetherIsOneCluster) {
  const auto clusters = ClustersOfEvidence({{2, 0}, {0}, {1, 2}}, {10, 10, 10}, 100);
  ASSERT_EQ(clusters.size(), 1u);
  EXPECT_THAT(clusters[0].claims, ElementsAre(0, 1, 2));
  EXPECT_THAT(clusters[0].passages, ElementsAre(0, 1, 2));
}

TEST(EvidenceClusters, ClaimsWithoutAPassageAreInNone) {
  EXPECT_TRUE(ClustersOfEvidence({{}, {}}, {10}, 100).empty());
  EXPECT_TRUE(ClustersOfEvidence({}, {}, 100).empty());
  const auto clusters = ClustersOfEvidence({{}, {0}}, {10}, 100);
  ASSERT_EQ(clusters.size(), 1u);
  EXPECT_THAT(clusters[0].claims, ElementsAre(1));
}

TEST(EvidenceClusters, TheRoomLeftGoesToWhatIsWantedMost) {
  // Both claims rest on passage 0; 3 is wanted by both, 1 and 2 by one each.
  const auto clusters = ClustersOfEvidence({{0, 3, 1}, {0, 3, 2}}, {10, 10, 10, 10}, 20);
  ASSERT_EQ(clusters.size(), 1u);
  EXPECT_THAT(clusters[0].passages, ElementsAre(0, 3));
}

TEST(EvidenceClusters, APassageLargerThanTheRoomStandsAlone) {
  const auto clusters = ClustersOfEvidence({{0}, {1}}, {50, 60}, 20);
  ASSERT_EQ(clusters.size(), 2u);
  EXPECT_THAT(clusters[0].passages, ElementsAre(0));
  EXPECT_THAT(clusters[1].passages, ElementsAre(1));
}

TEST(EvidenceClusters, EveryClaimOnceWithItsBestPassageWithinTheRoom) {
  Random random(11);
  for (int round = 0; round < 200; ++round) {
    const std::size_t passages = 1 + random.Below(60);
    std::vector<std::int64_t> tokens;
    for (std::size_t i = 0; i < passages; ++i) {
      tokens.push_back(static_cast<std::int64_t>(1 + random.Below(400)));
    }
    std::vector<std::vector<std::size_t>> found(random.Below(120));
    for (auto& claim : found) {
      for (std::uint64_t n = random.Below(4); n > 0; --n) claim.push_back(random.Below(passages));
    }
    const auto most = static_cast<std::int64_t>(400 + random.Below(3000));
    const auto clusters = ClustersOfEvidence(found, tokens, most);
    std::map<std::size_t, int> seen;
    for (const EvidenceCluster& cluster : clusters) {
      EXPECT_FALSE(cluster.claims.empty());
      std::int64_t sum = 0;
      for (const std::size_t passage : cluster.passages) sum += tokens[passage];
      EXPECT_LE(sum, most);
      EXPECT_TRUE(std::is_sorted(cluster.passages.begin(), cluster.passages.end()));
      EXPECT_EQ(std::adjacent_find(cluster.passages.begin(), cluster.passages.end()),
                cluster.passages.end());
      for (const std::size_t claim : cluster.claims) {
        ++seen[claim];
        EXPECT_THAT(cluster.passages, testing::Contains(found[claim].front()));
      }
    }
    for (std::size_t claim = 0; claim < found.size(); ++claim) {
      EXPECT_EQ(seen[claim], found[claim].empty() ? 0 : 1);
    }
  }
}

}  // namespace
}  // namespace assay
