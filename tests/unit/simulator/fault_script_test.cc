#include "simulator/fault_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/digest.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

TEST(FaultScript, ReadsEveryField) {
  const auto rules = ParseFaultScript(R"({"rules": [
    {"name": "storm", "match": {"model": "sim/", "every": 3, "first_tries": 1},
     "action": {"status": 429, "retry_after": 2, "headers": {"x-a": "b"},
                "error_code": "insufficient_quota"}},
    {"action": {"cut_after_bytes": 10, "cut_end": "reset", "stall_after_bytes": 3,
                "stall_ms": 20, "comments_forever": true, "no_done": true}}]})",
                                      "f.json");
  ASSERT_TRUE(rules.ok()) << rules.status();
  ASSERT_EQ(rules->size(), 2u);
  EXPECT_EQ((*rules)[0].name, "storm");
  EXPECT_EQ((*rules)[0].action.status, 429);
  EXPECT_EQ((*rules)[0].action.retry_after, "2");
  EXPECT_EQ((*rules)[0].action.headers.at(0).first, "x-a");
  EXPECT_EQ((*rules)[1].name, "rule-2");
  EXPECT_EQ((*rules)[1].action.cut_end, CutEnd::kReset);
  EXPECT_EQ((*rules)[1].action.stall_ms, 20);
}

TEST(FaultScript, ErrorsNameFileRuleAndField) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{", "f.json: line 1"},
      {R"({"rule": []})", "f.json.rules: expected a list"},
      {R"({"rules": [{"action": {}}]})", "f.json: rule 1.action: expected an object with"},
      {R"({"rules": [{"action": {"stauts": 500}}]})", "rule 1.action: unknown field \"stauts\""},
      {R"({"rules": [{"match": {"nth": 0}, "action": {"hang": true}}]})",
       "rule 1.match.nth: expected a whole number of at least 1"},
      {R"({"rules": [{"match": {"share": 2}, "action": {"hang": true}}]})", "rule 1.match.share"},
      {R"({"rules": [{"action": {"cut_end": "softly"}}]})", "close, reset or clean"},
      {R"({"rules": [{"action": {"headers": {"a": "b\r\nc: d"}}}]})", "without line ends"}};
  for (const auto& [json, message] : cases) {
    const auto rules = ParseFaultScript(json, "f.json");
    ASSERT_FALSE(rules.ok()) << json;
    EXPECT_THAT(std::string(MessageOf(rules.status())), HasSubstr(message));
  }
}

std::vector<int> Hits(const FaultMatch& match, int requests, int bodies) {
  FaultMatcher matcher({{"r", match, {}}});
  std::vector<int> hits;
  for (int i = 1; i <= requests; ++i) {
    const std::string body = Sha256Hex(std::to_string(i % bodies));
    if (matcher.Match({"sim/strong", "the prompt", "chat", body}) != nullptr) hits.push_back(i);
  }
  return hits;
}

TEST(FaultMatcher, CountsAsTheScriptSays) {
  FaultMatch match;
  match.nth = 3;
  EXPECT_THAT(Hits(match, 9, 9), ::testing::ElementsAre(3));
  match = {};
  match.every = 4;
  EXPECT_THAT(Hits(match, 9, 9), ::testing::ElementsAre(4, 8));
  match = {};
  match.after = 2;
  match.first = 3;
  EXPECT_THAT(Hits(match, 9, 9), ::testing::ElementsAre(3, 4, 5));
  match = {};
  match.first_tries = 1;
  EXPECT_THAT(Hits(match, 9, 3), ::testing::ElementsAre(1, 2, 3));
  match = {};
  match.model = "other";
  EXPECT_THAT(Hits(match, 9, 3), ::testing::IsEmpty());
  match = {};
  match.share = 0.3;
  const std::vector<int> hits = Hits(match, 1000, 1000);
  EXPECT_NEAR(static_cast<double>(hits.size()), 300, 60);
  EXPECT_EQ(hits, Hits(match, 1000, 1000));
}

}  // namespace
}  // namespace assay
