#include "judge/claims/published_claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr bool kStrict = true;
constexpr bool kOfficial = false;

std::string Loop() {
  std::string reply;
  for (int i = 0; i < 30; ++i) absl::StrAppend(&reply, "- It is ", i % 3, ".\n");
  return reply;
}

TEST(PublishedClaims, IcatTakesEveryLine) {
  EXPECT_THAT(*ReadIcatClaims("A is B.\n\n2. C is D.\n", kOfficial),
              ElementsAre("A is B.", "2. C is D."));
  EXPECT_THAT(*ReadIcatClaims("A is B.\n\n2. C is D.\n", kStrict),
              ElementsAre("A is B.", "C is D."));
  EXPECT_THAT(*ReadIcatClaims(" \n", kOfficial), IsEmpty());
  EXPECT_FALSE(ReadIcatClaims(" \n", kStrict).has_value()) << "nothing said is not no claims";
}

TEST(PublishedClaims, FactScoreSplitsAtDashesWhereverTheyStand) {
  const std::string reply = "- He is a painter.\n- He lived in Aix - en - Provence";
  EXPECT_THAT(*ReadFactScoreFacts(reply, kOfficial),
              ElementsAre("He is a painter.", "He lived in Aix", "en", "Provence."));
  EXPECT_THAT(*ReadFactScoreFacts(reply, kStrict),
              ElementsAre("He is a painter.", "He lived in Aix - en - Provence"));
  EXPECT_THAT(*ReadFactScoreFacts("There are no facts.", kOfficial), IsEmpty());
  EXPECT_FALSE(ReadFactScoreFacts("There are no facts.", kStrict).has_value());
}

TEST(PublishedClaims, VeriScoreDropsBulletsNumbersAndNotes) {
  const std::string reply = "- A - B is C.\n2. D is E.\n3 F is G.\nNote: well.\n\n";
  EXPECT_THAT(*ReadVeriScoreClaims(reply, kOfficial),
              ElementsAre("A B is C.", "D is E.", "F is G."));
  EXPECT_THAT(*ReadVeriScoreClaims(reply, kStrict),
              ElementsAre("A - B is C.", "D is E.", "3 F is G."));
  EXPECT_THAT(*ReadVeriScoreClaims("No verifiable claim.", kOfficial), IsEmpty());
  EXPECT_THAT(*ReadVeriScoreClaims("No verifiable claim", kOfficial),
              ElementsAre("No verifiable claim"));
  EXPECT_THAT(*ReadVeriScoreClaims("No verifiable claim", kStrict), IsEmpty());
}

TEST(PublishedClaims, TripletsOfQuotedTexts) {
  const std::string reply =
      "### Triplets\n(\"Bob's boat\", 'is', \"blue\")\n(\"Bob's boat\", \"is\", \"blue\")\n"
      "(\"a\", \"b\", \"c\"), (\"d\", \"e\", \"f\")\n(\"the \"big\" one\", \"is\", \"red\")\n"
      "(\"only\", \"two\")\n(one, two, three)\n";
  EXPECT_THAT(*ReadTriplets(reply, kStrict),
              ElementsAre("(\"Bob's boat\", \"is\", \"blue\")", "(\"a\", \"b\", \"c\")",
                          "(\"d\", \"e\", \"f\")"));
  EXPECT_THAT(*ReadTriplets(reply, kOfficial),
              ElementsAre("(\"Bob's boat\", \"is\", \"blue\")",
                          "(\"\"the \"big\" one\"\", \"\"is\"\", \"\"red\"\")"))
      << "two in a row are none, and what Python cannot evaluate keeps its quotes";
  EXPECT_FALSE(ReadTriplets("I see no claims.", kStrict).has_value());
  EXPECT_THAT(*ReadTriplets("I see no claims.", kOfficial), IsEmpty());
}

TEST(PublishedClaims, IcatTopicsOneALine) {
  const std::string reply = "Here:\n{\"topic\": \"history\"}\n{ \"topic\": \"prices\"}\n";
  EXPECT_THAT(*ReadIcatTopics(reply, kOfficial), ElementsAre("history"));
  EXPECT_FALSE(ReadIcatTopics(reply, kStrict).has_value()) << "a line that is none";
  EXPECT_THAT(*ReadIcatTopics("```\n[{\"topic\": \"a\"},\n{\"topic\": \"b\"}]\n```", kStrict),
              ElementsAre("a", "b"));
  std::string many;
  for (int i = 0; i < 14; ++i) absl::StrAppend(&many, "{\"topic\": \"t", i, "\"}\n");
  EXPECT_EQ(ReadIcatTopics(many, kOfficial)->size(), 10u);
}

TEST(PublishedClaims, AListThatLoopsIsNoAnswerInStrictMode) {
  EXPECT_FALSE(ReadIcatClaims(Loop(), kStrict).has_value());
  EXPECT_FALSE(ReadFactScoreFacts(Loop(), kStrict).has_value());
  EXPECT_FALSE(ReadVeriScoreClaims(Loop(), kStrict).has_value());
  EXPECT_EQ(ReadVeriScoreClaims(Loop(), kOfficial)->size(), 30u);
}

}  // namespace
}  // namespace assay
