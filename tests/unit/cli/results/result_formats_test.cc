// Results as JSON and as CSV.
#include <cmath>

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "cli/results/message_json.h"
#include "cli/results/results_csv.h"
#include "common/json/json.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

v1::SampleResult Result() {
  v1::SampleResult result;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        run_id: "r1"
        suite: "starter"
        sample_id: "story"
        category: "=cmd()"
        language: "en"
        model: "m,1"
        repeat: 1
        outcome: OUTCOME_GENERATED
        truncated: true
        finish_reason: "length"
        required_words: 3000
        words: 9007199254740993
        text_file: "texts/m/story.r1.txt"
        text_digest: "sha256:00"
        scorers {
          scorer: "length"
          outcome: OUTCOME_SCORED
          scores { name: "score" value: -12.25 }
        }
        scorers {
          scorer: "rubric"
          outcome: OUTCOME_UNJUDGED
          reason: "not JSON"
          compat: COMPAT_STRICT
        }
        usage { prompt_tokens: 7 completion_tokens: 11 }
        error { error_class: ERROR_CLASS_INFRA message: "@bad \"quote\"" }
      )pb",
      &result));
  return result;
}

TEST(MessageJsonTest, NumbersAreNumbersAndEnumsAreWords) {
  const std::string line = MessageToJson(Result());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto json = ParseJson(line);
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ((*json)["words"], 9007199254740993);
  EXPECT_EQ((*json)["outcome"], "generated");
  EXPECT_EQ((*json)["scorers"][1]["outcome"], "unjudged");
  EXPECT_EQ((*json)["scorers"][1]["compat"], "strict");
  EXPECT_EQ((*json)["error"]["error_class"], "infra");
  EXPECT_EQ((*json)["scorers"][0]["scores"][0]["value"], -12.25);
  EXPECT_TRUE(line.starts_with("{\"run_id\":\"r1\",\"suite\":\"starter\"")) << "order of fields";
}

TEST(MessageJsonTest, ScalarsAreAlwaysThereAndAbsentMessagesAreNot) {
  const auto json = ParseJson(MessageToJson(v1::SampleResult()));
  ASSERT_TRUE(json.ok());
  EXPECT_EQ((*json)["truncated"], false);
  EXPECT_EQ((*json)["words"], 0);
  EXPECT_EQ((*json)["flags"], Json::array());
  EXPECT_FALSE(json->contains("usage"));
}

TEST(MessageJsonTest, DoublesReadBackExactly) {
  v1::Score score;
  score.set_value(0.1 + 0.2);
  EXPECT_EQ(ParseJson(MessageToJson(score))->at("value").get<double>(), 0.1 + 0.2);
  score.set_value(std::nan(""));
  EXPECT_TRUE(ParseJson(MessageToJson(score))->at("value").is_null());
}

TEST(ResultsCsvTest, OneColumnAScoreAndNoFormulas) {
  v1::SampleResult other;
  other.set_sample_id("x");
  EXPECT_EQ(
      ResultsCsv({Result()}),
      "suite,sample_id,category,language,model,repeat,outcome,truncated,finish_reason,"
      "required_words,words,length.outcome,length.score,rubric.outcome,prompt_tokens,"
      "completion_tokens,total_ms,text_file,text_digest,error\n"
      "starter,story,'=cmd(),en,\"m,1\",1,generated,true,length,3000,9007199254740993,"
      "scored,-12.25,unjudged,7,11,0,texts/m/story.r1.txt,sha256:00,\"'@bad \"\"quote\"\"\"\n");
}

TEST(ResultsCsvTest, EveryFormulaLeadIsGuardedAndMissingScoresAreEmpty) {
  for (const char* lead : {"=1", "+1", "-1", "@x", "\tx", "\rx"}) {
    v1::SampleResult result;
    result.set_category(lead);
    const std::string csv = ResultsCsv({result});
    EXPECT_THAT(csv.substr(csv.find('\n')), HasSubstr("'" + std::string(lead)));
  }
  v1::SampleResult bare;
  bare.set_suite("s");
  const std::string csv = ResultsCsv({Result(), bare});
  EXPECT_THAT(csv, HasSubstr("\ns,,,,,0,"));
  EXPECT_THAT(csv, HasSubstr(",false,,0,0,,,,0,0,0,,,\n"));
}

}  // namespace
}  // namespace assay
