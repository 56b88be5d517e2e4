// Judge replies that cannot be used (reliability.md 5.4): never a score that the judge did not
// give; the outcome is unjudged, the reason names what was wrong, and the reply is kept.
#include <regex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/json/json.h"
#include "tests/integration/bad_input/assay_process.h"
#include "tests/integration/bad_input/scripted_server.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kDimensions[][24] = {"coherence", "content",    "depth", "instruction_following",
                                    "language",  "originality"};

// A reply in which every dimension is 4, except those of `changes` ("depth": "6").
std::string Scores(const std::map<std::string, std::string>& changes = {},
                   const std::string& extra = "") {
  std::string text = "{\"analysis\": \"fine\"";
  for (const char* name : kDimensions) {
    const auto change = changes.find(name);
    if (change != changes.end() && change->second.empty()) continue;
    text += std::string(", \"") + name + "\": " + (change == changes.end() ? "4" : change->second);
  }
  return text + extra + ", \"nonce\": \"@NONCE@\"}";
}

std::string ChatAnswer(const std::string& content, const std::string& finish) {
  Json body = {{"id", "c"},
               {"model", "m"},
               {"choices",
                {{{"index", 0},
                  {"message", {{"role", "assistant"}, {"content", content}}},
                  {"finish_reason", finish}}}},
               {"usage", {{"prompt_tokens", 1}, {"completion_tokens", 1}}}};
  return HttpAnswer(200, "application/json", DumpJson(body));
}

struct JudgeRun {
  ProcessResult process;
  Json scorer;  // of results.jsonl
  std::string report;
  int judge_calls = 0;
};

JudgeRun RunWithReply(const std::string& reply, const std::string& finish = "stop") {
  Workspace workspace;
  workspace.Write("mine/suite.yaml", "name: mine\nversion: '1'\n");
  workspace.Write("mine/samples.jsonl", "{\"id\":\"tea\",\"prompt\":\"Write about tea.\"}\n");
  ScriptedServer server([&](const ScriptedRequest& request) {
    const Json body = ParseJson(request.body).value();
    if (body["model"] == "writer") return ChatAnswer("Tea is a drink made of leaves.", "stop");
    std::string prompt;
    for (const Json& message : body["messages"]) prompt += message["content"].get<std::string>();
    std::smatch nonce;
    const bool found = std::regex_search(prompt, nonce, std::regex("\"nonce\": \"([^\"]+)\""));
    EXPECT_TRUE(found) << prompt;
    return ChatAnswer(std::regex_replace(reply, std::regex("@NONCE@"), found ? nonce[1].str() : ""),
                      finish);
  });
  JudgeRun run;
  run.process = RunAssay(
      workspace, {"run", "./mine", "--model", "openai/writer", "--base-url", server.base_url(),
                  "--judge", "openai/judge", "--scorer", "rubric:general", "--run-id", "r",
                  "--no-stream", "--set", "judge_health.enabled=false"});
  const std::string lines = workspace.Read("runs/r/results.jsonl");
  if (!lines.empty()) {
    run.scorer = ParseJson(lines.substr(0, lines.find('\n'))).value()["scorers"][0];
  }
  run.report = workspace.Read("runs/r/report.html");
  run.judge_calls = static_cast<int>(server.requests().size()) - 1;
  return run;
}

struct JudgeCase {
  std::string name;
  std::string reply;
  std::string reason;  // part of the verdict's reason
  std::string finish = "stop";
};

std::vector<JudgeCase> UnusableReplies() {
  return {
      {"empty", "", ""},
      {"blank", "  \n ", "empty"},
      {"refusal", "I cannot judge this.", "no JSON object"},
      {"two_objects", Scores() + "\n" + Scores({{"depth", "1"}}), "more than one"},
      {"truncated", Scores().substr(0, 60), "does not end", "length"},
      {"not_json", "{coherence: 4}", ""},
      {"fraction_text", Scores({{"depth", "\"4/5\""}}), "depth"},
      {"word", Scores({{"depth", "\"four\""}}), "depth"},
      {"numeric_text", Scores({{"depth", "\"4\""}}), "depth"},
      {"fraction", Scores({{"depth", "4.7"}}), "depth"},
      {"zero", Scores({{"depth", "0"}}), "from 1 to 5"},
      {"six", Scores({{"depth", "6"}}), "from 1 to 5"},
      {"negative", Scores({{"depth", "-1"}}), "depth"},
      {"exponent", Scores({{"depth", "1e3"}}), "depth"},
      {"boolean", Scores({{"depth", "true"}}), "depth"},
      {"null", Scores({{"depth", "null"}}), "depth"},
      {"missing", Scores({{"depth", ""}}), "no key \"depth\""},
      {"twice", Scores({}, ", \"depth\": 4"), "depth"},
      {"twice_by_width", Scores({}, ", \"d\xe2\x80\x8b\x65pth\": 4"), "twice"},
      {"wrong_nonce", std::regex_replace(Scores(), std::regex("@NONCE@"), "0000"), "nonce"},
      {"no_nonce", std::regex_replace(Scores(), std::regex(", \"nonce\": \"@NONCE@\""), ""),
       "nonce"},
      {"grade_words", "GRADE: CI, downgrade: C", "no JSON object"},
  };
}

class BadJudgeTest : public ::testing::TestWithParam<JudgeCase> {};

TEST_P(BadJudgeTest, IsUnjudgedWithItsReason) {
  const JudgeCase& one = GetParam();
  const JudgeRun run = RunWithReply(one.reply, one.finish);
  EXPECT_EQ(run.process.exit_code, 1) << run.process.out << run.process.err;
  ASSERT_TRUE(run.scorer.is_object()) << run.process.err;
  EXPECT_EQ(run.scorer["outcome"], "unjudged") << DumpJson(run.scorer);
  EXPECT_TRUE(run.scorer["scores"].empty());
  EXPECT_THAT(run.scorer["reason"].get<std::string>(), HasSubstr(one.reason));
  EXPECT_GT(run.judge_calls, 1) << "a judge is asked again";
  EXPECT_LE(run.judge_calls, 3);
  EXPECT_EQ(run.scorer["replies"].size(), static_cast<std::size_t>(run.judge_calls));
  EXPECT_THAT(run.process.out, HasSubstr("+ unjudged"));
  EXPECT_THAT(run.process.out, HasSubstr("   0/1\n")) << "judged of required, never a zero";
  EXPECT_THAT(run.process.out, HasSubstr("--retry-errors r"));
}

INSTANTIATE_TEST_SUITE_P(Judges, BadJudgeTest, ::testing::ValuesIn(UnusableReplies()),
                         [](const ::testing::TestParamInfo<JudgeCase>& info) {
                           return info.param.name;
                         });

std::vector<JudgeCase> UsableReplies() {
  return {
      {"bare", Scores(), ""},
      {"fenced", "```json\n" + Scores() + "\n```", ""},
      {"prose_around", "Here you are: " + Scores() + " Hope it helps.", ""},
      {"extra_key", Scores({}, ", \"humour\": 1"), ""},
      {"markup_in_rationale", Scores({}, ", \"note\": \"<script>alert(1)</script>\""), ""},
  };
}

class OddJudgeTest : public ::testing::TestWithParam<JudgeCase> {};

TEST_P(OddJudgeTest, OneObjectWithEveryScoreIsTaken) {
  const JudgeRun run = RunWithReply(GetParam().reply);
  EXPECT_EQ(run.process.exit_code, 0) << run.process.out << run.process.err;
  ASSERT_TRUE(run.scorer.is_object());
  EXPECT_EQ(run.scorer["outcome"], "scored") << DumpJson(run.scorer);
  EXPECT_EQ(run.judge_calls, 1);
  EXPECT_THAT(run.report, Not(HasSubstr("<script>alert(1)")));
}

INSTANTIATE_TEST_SUITE_P(Judges, OddJudgeTest, ::testing::ValuesIn(UsableReplies()),
                         [](const ::testing::TestParamInfo<JudgeCase>& info) {
                           return info.param.name;
                         });

}  // namespace
}  // namespace assay
