#include "judge/engine/expected_score.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "common/json/json.h"
#include "tests/unit/judge/engine/gzip_text.h"

namespace assay {
namespace {

using Rivals = std::vector<std::pair<std::string, double>>;

void AddToken(v1::Reply& reply, const std::string& token, const Rivals& rivals = {}) {
  reply.mutable_text()->append(token);
  v1::TokenLogprob& added = *reply.add_logprobs();
  added.set_token(token);
  for (const auto& [text, probability] : rivals) {
    v1::TokenLogprob& rival = *added.add_rivals();
    rival.set_token(text);
    rival.set_logprob(std::log(probability));
  }
}

v1::Reply ScoreReply(const std::string& token, const Rivals& rivals) {
  v1::Reply reply;
  AddToken(reply, "{\"id\": \"c1\", ");
  AddToken(reply, "\"score\":");
  AddToken(reply, token, rivals);
  AddToken(reply, "}");
  return reply;
}

// The score of a reply that says 4.
double Score(const v1::Reply& reply, std::int64_t most = 5) {
  AnswerField field;
  field.name = "score";
  field.kind = AnswerField::Kind::kInteger;
  field.least = 1;
  field.most = most;
  Answer answer;
  answer["score"].number = 4;
  answer["score"].expected = 4;
  SetExpectedScores({field}, reply, answer);
  return answer["score"].expected;
}

TEST(ExpectedScoreTest, IsTheMeanOverTheRivalsInRange) {
  const Rivals rivals = {{"4", 0.5}, {"5", 0.25}, {" 3", 0.05}, {"9", 0.1}, {"x", 0.1}};
  const double mean = (4 * 0.5 + 5 * 0.25 + 3 * 0.05) / 0.8;
  EXPECT_NEAR(Score(ScoreReply("4", rivals)), mean, 1e-12);
  EXPECT_NEAR(Score(ScoreReply(" 4", rivals)), mean, 1e-12);
}

TEST(ExpectedScoreTest, StaysTheNumberWhereTheTokensDoNotTell) {
  EXPECT_EQ(Score(ScoreReply("4", {{"x", 0.5}, {"9", 0.5}})), 4) << "no mass in range";
  EXPECT_EQ(Score(ScoreReply(" 4,", {{" 5,", 1.0}})), 4) << "not a number by itself";
  v1::Reply other = ScoreReply("4", {{"5", 1.0}});
  other.set_text(other.text() + "more");
  EXPECT_EQ(Score(other), 4) << "the tokens do not spell the text";
  v1::Reply twice = ScoreReply("4", {{"5", 1.0}});
  AddToken(twice, " \"score\": 3");
  EXPECT_EQ(Score(twice), 4) << "the key stands there twice";
  v1::Reply none = ScoreReply("4", {});
  none.clear_logprobs();
  EXPECT_EQ(Score(none), 4);
}

TEST(ExpectedScoreTest, OneDigitOfALongerValueSaysNothing) {
  v1::Reply ten;
  AddToken(ten, "{\"score\": ");
  AddToken(ten, "1", {{"1", 0.9}, {"2", 0.1}});
  AddToken(ten, "0");
  AddToken(ten, "}");
  EXPECT_EQ(Score(ten, 10), 4);
  EXPECT_EQ(Score(ScoreReply("4", {{"4", 0.5}, {"1", 0.5}}), 10), 4) << "1 may begin 10";
  EXPECT_EQ(Score(ScoreReply("4", {{"4", 0.5}, {"10", 0.5}}), 10), 7);
}

TEST(ExpectedScoreTest, ReasoningBeforeAndMarksBehindTheTextDoNotMatter) {
  v1::Reply reply;
  AddToken(reply, "<think>\"score\": 1</think>\n\n");
  reply.clear_text();
  v1::Reply said = ScoreReply("4", {{"4", 0.5}, {"5", 0.5}});
  reply.set_text(said.text());
  for (const v1::TokenLogprob& token : said.logprobs()) *reply.add_logprobs() = token;
  reply.add_logprobs()->set_token("<|im_end|>");
  EXPECT_NEAR(Score(reply), 4.5, 1e-12);
}

// The rivals of the first token of a response.
v1::TokenLogprob FirstToken(const Json& response) {
  v1::TokenLogprob token;
  for (const Json& given : response.at("logprobs").at("content").at(0).at("top_logprobs")) {
    v1::TokenLogprob& rival = *token.add_rivals();
    rival.set_token(given.at("token").get<std::string>());
    rival.set_logprob(given.at("logprob").get<double>());
  }
  return token;
}

TEST(PreferenceTest, EqualsAlpacaEvalOnAllItsRows) {
  const std::string path = GoldenPath("alpaca-eval/NullModel.annotations.json.gz");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  const Json rows = Json::parse(ReadGzip(path));
  int plain = 0;
  int swapped = 0;
  for (const Json& row : rows) {
    const auto p = Preference(FirstToken(row.at("raw_completion")), "m", "M");
    ASSERT_TRUE(p.has_value());
    const double preference = row.at("preference").get<double>();
    const bool is_plain = std::abs(preference - (1 + *p)) < 1e-8;
    const bool is_swapped = std::abs(preference - (2 - *p)) < 1e-8;
    ASSERT_NE(is_plain, is_swapped) << preference << " of " << *p;
    ++(is_plain ? plain : swapped);
  }
  EXPECT_EQ(rows.size(), 805u);
  EXPECT_EQ(plain, 406);
  EXPECT_EQ(swapped, 399);
}

TEST(PreferenceTest, NeedsOneOfTheTwoTokens) {
  v1::TokenLogprob token;
  token.add_rivals()->set_token("The");
  EXPECT_FALSE(Preference(token, "m", "M").has_value());
  token.add_rivals()->set_token("M");
  EXPECT_EQ(Preference(token, "m", "M"), 0.0);
}

}  // namespace
}  // namespace assay
