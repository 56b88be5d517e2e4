#include "judge/claims/published_replies.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(PublishedReplies, WiceAnswers) {
  EXPECT_EQ(ReadWiceVerdict("<output><answer> Supported </answer></output>"), 1.0);
  EXPECT_EQ(ReadWiceVerdict("<answer>partially_supported</answer>"), 0.5);
  EXPECT_FALSE(ReadWiceVerdict("supported").has_value());
  EXPECT_FALSE(ReadWiceVerdict("<answer>supported").has_value());
  EXPECT_FALSE(ReadWiceVerdict("<answer>mostly</answer>").has_value());
  EXPECT_FALSE(
      ReadWiceVerdict("<answer>supported</answer><answer>not_supported</answer>").has_value());
}

TEST(PublishedReplies, TrueFalseAsFactScoreGuesses) {
  EXPECT_EQ(ReadTrueFalse("True.", false), true);
  EXPECT_EQ(ReadTrueFalse("This is false", false), false);
  EXPECT_EQ(ReadTrueFalse("false? no, true", false), true);
  EXPECT_EQ(ReadTrueFalse("true or false", false), false);
  EXPECT_EQ(ReadTrueFalse("I cannot tell.", false), false);
  EXPECT_EQ(ReadTrueFalse("Certainly!", false), true);
}

TEST(PublishedReplies, TrueFalseStrictNeverGuesses) {
  EXPECT_EQ(ReadTrueFalse("True.", true), true);
  EXPECT_FALSE(ReadTrueFalse("true or false", true).has_value());
  EXPECT_FALSE(ReadTrueFalse("Certainly!", true).has_value());
  EXPECT_FALSE(ReadTrueFalse("not true", true).has_value());
}

TEST(PublishedReplies, VeriScoreFullStopBugIsOfficialOnly) {
  EXPECT_EQ(ReadVeriScoreVerdict("###Supported.###", false), "supported");
  EXPECT_EQ(ReadVeriScoreVerdict("### Supported ###", false), "unsupported");
  EXPECT_EQ(ReadVeriScoreVerdict("### Supported ###", true), "supported");
  EXPECT_EQ(ReadVeriScoreVerdict("###Contradicted.###", true), "contradicted");
  EXPECT_FALSE(ReadVeriScoreVerdict("It depends.", true).has_value());
}

TEST(PublishedReplies, SinglePassCountsEachClaimOnce) {
  const SinglePass pass = ReadSinglePass(
      "A is B: Supported\nSome prose\na is  b.: Unsupported\n"
      "C: D is E: Supported\n");
  EXPECT_EQ(pass.claims.size(), 3u);
  EXPECT_EQ(pass.distinct, 2);
  EXPECT_FALSE(pass.looped);
  EXPECT_NEAR(*SinglePassScore(pass, 1, true), F1AtK(1, 1, 1), 1e-12);
  EXPECT_NEAR(*SinglePassScore(pass, 3, false), HarmonicMean(2.0 / 3, 1), 1e-12);
  EXPECT_EQ(SinglePassScore({}, 17, false), 0.0);
}

TEST(PublishedReplies, RefCheckerPadsOfficiallyAndRefusesStrictly) {
  using enum Entailment;
  const std::string reply = "Entailment\nContradiction";
  EXPECT_EQ(*ReadJointEntailment(reply, 3, false),
            (std::vector<Entailment>{kEntailment, kContradiction, kNeutral}));
  EXPECT_EQ(*ReadJointEntailment(reply, 1, false), std::vector<Entailment>{kEntailment});
  EXPECT_FALSE(ReadJointEntailment(reply, 3, true).has_value());
  EXPECT_EQ(ReadEntailment("neutral, not a contradiction", false), kContradiction);
  EXPECT_FALSE(ReadEntailment("neutral, not a contradiction", true).has_value());
  EXPECT_EQ(ReadEntailment("", false), kNeutral);
}

TEST(PublishedReplies, IcatAlignment) {
  const std::string lines =
      "{\"topic_id\": 1, \"evidence\": [1, 9]}\n{\"topic_id\": 1, \"evidence\": [2]}\n"
      "{ \"topic_id\": 2, \"evidence\": [2]}\n{\"topic_id\": 7, \"evidence\": [2]}";
  const auto official = ReadIcatAlignment(lines, 3, 5, false);
  ASSERT_TRUE(official.has_value());
  EXPECT_EQ(official->size(), 1u) << "the blank drops topic 2, as published";
  EXPECT_EQ(official->at(1), std::set<int>{1});
  EXPECT_FALSE(ReadIcatAlignment(lines, 3, 5, true).has_value());
  const auto fenced =
      ReadIcatAlignment("```json\n[{\"topic_id\": 2, \"evidence\": [3]}]\n```", 3, 5, true, {3, 4});
  ASSERT_TRUE(fenced.has_value());
  EXPECT_EQ(fenced->at(2), std::set<int>{3});
  EXPECT_FALSE(
      ReadIcatAlignment("{\"topic_id\": 2, \"evidence\": [5]}", 3, 5, true, {3, 4}).has_value())
      << "claim 5 was not shown";
}

TEST(PublishedReplies, SentenceClasses) {
  EXPECT_EQ(ReadSentenceClass("彩虹很大。{1}"), 1);
  EXPECT_EQ(ReadSentenceClass("彩虹很大。{4} "), 4);
  EXPECT_FALSE(ReadSentenceClass("彩虹很大。").has_value());
  EXPECT_FALSE(ReadSentenceClass("彩虹很大。{9}").has_value());
}

TEST(PublishedReplies, NormalizedClaims) {
  EXPECT_EQ(NormalizedClaim("  The  Tower is Tall. "), "the tower is tall");
  EXPECT_EQ(NormalizedClaim("\"The tower\tis tall\""), "the tower is tall");
  EXPECT_EQ(NormalizedClaim("塔很高。"), NormalizedClaim("塔很高"));
  EXPECT_EQ(NormalizedClaim("..."), "");
}

}  // namespace
}  // namespace assay
