// The official parser against Python's own re, json and float, on seeded random replies.
#include <gtest/gtest.h>

#include "common/base/random.h"
#include "common/text/utf8.h"
#include "judge/rubric_reply.h"
#include "tests/unit/common/text/python_oracle.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

std::string RandomValue(Random& random) {
  static const std::vector<std::string> kValues = {
      "1",       "2",     "3",       "4",           "5",    "5",    "4",       "\"4\"",
      "\" 3 \"", "4.5",   "9",       "-1",          "true", "null", "\"4/5\"", "{\"score\": 5}",
      "[5]",     "1e400", "\"1_0\"", "\"\\u0664\"", "\"x\""};
  return kValues[random.Below(kValues.size())];
}

std::string RandomReply(Random& random, const v1::RubricScorer& rubric) {
  std::string object = "{\"Analysis\": \"a";
  static const std::vector<std::string> kOdd = {"\n",  "\\n", "```json\n", "\n```",
                                                "```", "\"",  "中",        "\t"};
  if (random.Below(3) == 0) object += kOdd[random.Below(kOdd.size())];
  object += "\"";
  for (const v1::RubricDimension& dimension : rubric.dimensions()) {
    if (random.Below(25) == 0) continue;
    object += random.Below(30) == 0 ? "," : ", ";
    if (random.Below(3) == 0) object += "\n  ";
    object += "\"" + dimension.name() + "\": ";
    object += random.Below(4) == 0 ? RandomValue(random) : std::to_string(1 + random.Below(5));
  }
  object += random.Below(30) == 0 ? ",}" : "}";
  switch (random.Below(8)) {
    case 0:
      return "```json\n" + object + "\n```";
    case 1:
      return "Sure:\n```json\n" + object + "\n```\n```json\n{}\n```";
    case 2:
      return "```json" + object + "```";
    case 3:
      return "```\n" + object + "\n```";
    case 4:
      return "\n " + object + " \n";
    case 5:
      return "```json\n\n```" + object;
    default:
      return object;
  }
}

std::string Ours(const v1::RubricScorer& rubric, const std::string& text) {
  const RubricReply reply = ParseOfficialReply(rubric, text);
  if (!reply.accepted) return "cost " + std::to_string(reply.cost);
  if (reply.scores.empty()) return "crash";
  std::string out;
  for (const double score : reply.scores) out += (out.empty() ? "scores " : ",") + HexOf(score);
  return out;
}

// A score that is no finite number spoils the official mean; here it counts as unusable.
std::string Finite(const std::string& answer) {
  for (const char* bad : {"nan", "7ff0000000000000", "fff0000000000000"}) {
    if (answer.find(bad) != std::string::npos) return "crash";
  }
  return answer;
}

TEST(RubricDifferentialTest, OfficialParser) {
  const std::optional<std::string> python = FindPython();
  if (!python) GTEST_SKIP() << "no Python 3.11 with Unicode 14 to compare with";
  const v1::RubricScorer rubric = LongBenchSpec(v1::COMPAT_OFFICIAL).rubric();
  std::string names;
  for (const v1::RubricDimension& dimension : rubric.dimensions()) {
    names += (names.empty() ? "" : ",") + HexOf(dimension.name());
  }
  Random random(11);
  std::vector<std::string> replies = {"null",          "7", "[]", "\"x\"", "", "```json\n```",
                                      "```json\n\n```"};
  for (int i = 0; i < 8000; ++i) {
    std::string reply = RandomReply(random, rubric);
    if (random.Below(4) == 0) {
      std::string mutated = reply;
      mutated[random.Below(mutated.size())] = "{}\":, `\n1x"[random.Below(10)];
      if (IsValidUtf8(mutated)) reply = mutated;
    }
    replies.push_back(reply);
  }
  std::vector<std::string> questions;
  for (const std::string& reply : replies) {
    questions.push_back("rubric " + names + " " + HexOf("1,5") + " " + HexOf(reply));
  }
  const std::vector<std::string> answers = AskPython(*python, questions);
  ASSERT_EQ(answers.size(), replies.size());
  int scored = 0;
  int crashed = 0;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    ASSERT_EQ(Ours(rubric, replies[i]), Finite(answers[i])) << replies[i];
    scored += answers[i].starts_with("scores") ? 1 : 0;
    crashed += answers[i] == "crash" ? 1 : 0;
  }
  EXPECT_GT(scored, 1000);
  EXPECT_GT(crashed, 100);
}

}  // namespace
}  // namespace assay
