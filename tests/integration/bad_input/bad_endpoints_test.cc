// Endpoints that answer wrongly (reliability.md 5.3): never a wrong text, never a hang; the outcome
// and the error class are named in the results, and the exit code says which kind of end it was.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/json/json.h"
#include "tests/integration/bad_input/assay_process.h"
#include "tests/integration/bad_input/scripted_server.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kText[] = "Tea is a drink made of leaves.";

std::string ChatBody(const std::string& choices, const std::string& usage = "") {
  return "{\"id\":\"c1\",\"object\":\"chat.completion\",\"model\":\"writer\",\"choices\":" +
         choices + (usage.empty() ? "" : ",\"usage\":" + usage) + "}";
}

std::string Choice(const std::string& content, const std::string& finish) {
  return "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":" + content +
         "},\"finish_reason\":" + finish + "}]";
}

std::string Json200(const std::string& body) { return HttpAnswer(200, "application/json", body); }

std::string Good() {
  return Json200(ChatBody(Choice("\"" + std::string(kText) + "\"", "\"stop\"")));
}

std::string Sse(const std::string& events) { return HttpAnswer(200, "text/event-stream", events); }

std::string Delta(const std::string& content, const std::string& finish = "null") {
  return "data: "
         "{\"id\":\"c1\",\"model\":\"writer\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
         "\"" +
         content + "\"},\"finish_reason\":" + finish + "}]}\n\n";
}

std::string Error(int status, const std::string& code, const std::string& message,
                  const std::string& headers = "") {
  return HttpAnswer(
      status, "application/json",
      "{\"error\":{\"message\":\"" + message + "\",\"type\":\"t\",\"code\":\"" + code + "\"}}",
      headers);
}

struct EndpointRun {
  ProcessResult process;
  Json result;  // the one line of results.jsonl, or null
  std::vector<ScriptedRequest> requests;
};

EndpointRun RunAgainst(const ScriptedServer::Script& script, bool stream = false) {
  Workspace workspace;
  workspace.Write("mine/suite.yaml", "name: mine\nversion: '1'\n");
  workspace.Write("mine/samples.jsonl", "{\"id\":\"tea\",\"prompt\":\"Write about tea.\"}\n");
  ScriptedServer server(script);
  std::vector<std::string> arguments = {"run",          "./mine",
                                        "--model",      "openai/writer",
                                        "--base-url",   server.base_url(),
                                        "--scorer",     "repetition",
                                        "--run-id",     "r",
                                        "--max-tokens", "100",
                                        "--set",        "retry.infra_attempts=2",
                                        "--set",        "retry.backoff_initial_s=0.01",
                                        "--set",        "retry.backoff_max_s=0.02"};
  if (!stream) arguments.push_back("--no-stream");
  EndpointRun run;
  run.process = RunAssay(workspace, arguments);
  const std::string lines = workspace.Read("runs/r/results.jsonl");
  if (!lines.empty()) run.result = ParseJson(lines.substr(0, lines.find('\n'))).value();
  run.requests = server.requests();
  return run;
}

struct EndpointCase {
  std::string name;
  std::string answer;
  int exit_code;
  std::string outcome;
  std::string error_class;         // empty: none
  std::vector<std::string> parts;  // of what is printed
  bool stream = false;
};

std::vector<EndpointCase> EndpointCases() {
  const std::string done = "data: [DONE]\n\n";
  return {
      {"html",
       HttpAnswer(200, "text/html", "<html>Please log in</html>"),
       1,
       "infra_lost",
       "protocol",
       {"Lost, and why", "protocol"}},
      {"not_http", "SSH-2.0-OpenSSH_9.2\r\n", 1, "infra_lost", "protocol", {"not an HTTP reply"}},
      {"no_choices", Json200("{\"id\":\"c1\"}"), 1, "infra_lost", "protocol", {"protocol"}},
      {"empty_choices", Json200(ChatBody("[]")), 1, "infra_lost", "protocol", {"protocol"}},
      {"truncated_json",
       Json200("{\"id\":\"c1\",\"choices\":[{\"ind"),
       1,
       "infra_lost",
       "protocol",
       {"protocol"}},
      {"no_content", Json200(ChatBody(Choice("null", "\"stop\""))), 1, "empty", "", {"+ empty"}},
      {"only_reasoning",
       Json200(ChatBody(Choice("\"<think>hm</think>\"", "\"stop\""))),
       1,
       "empty",
       "",
       {"+ empty"}},
      {"refusal",
       Json200(ChatBody("[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,"
                        "\"refusal\":\"No.\"},\"finish_reason\":\"stop\"}]")),
       1,
       "refused",
       "",
       {"+ refused"}},
      {"content_filter",
       Json200(ChatBody(Choice("\"Te\"", "\"content_filter\""))),
       1,
       "refused",
       "",
       {"+ refused"}},
      {"aborted",
       Json200(ChatBody(Choice("\"Te\"", "\"abort\""))),
       1,
       "infra_lost",
       "infra",
       {"infra"}},
      {"status_204", HttpAnswer(204, "text/plain", ""), 1, "infra_lost", "protocol", {"204"}},
      {"status_500", Error(500, "", "boom \\u001b[31m"), 1, "infra_lost", "infra", {"500"}},
      {"status_503_html",
       HttpAnswer(503, "text/html", "<h1>busy</h1>"),
       1,
       "infra_lost",
       "infra",
       {"503"}},
      {"status_400",
       Error(400, "context_length_exceeded", "too long"),
       1,
       "failed",
       "request",
       {"request", "too long"}},
      {"status_413", Error(413, "", "big"), 1, "failed", "request", {"413"}},
      {"status_401",
       Error(401, "invalid_api_key", "who are you"),
       3,
       "",
       "",
       {"Stopped", "401", "who are you", "--resume r"}},
      {"status_403", Error(403, "", "forbidden"), 3, "", "", {"Stopped", "403", "--resume r"}},
      {"status_404",
       Error(404, "model_not_found", "no such model"),
       3,
       "",
       "",
       {"Stopped", "404", "no such model", "--resume r"}},
      {"redirect",
       HttpAnswer(302, "text/html", "", "Location: http://127.0.0.1:9/v1\r\n"),
       3,
       "",
       "",
       {"Stopped", "302", "--resume r"}},
      {"quota",
       Error(429, "insufficient_quota", "pay first"),
       3,
       "",
       "",
       {"Stopped", "pay first", "--resume r"}},
      {"cut_stream", Sse(Delta("Tea is")), 1, "infra_lost", "infra", {"infra"}, true},
      {"no_done", Sse(Delta("Tea is", "\"stop\"")), 1, "infra_lost", "infra", {"[DONE]"}, true},
      {"done_before_finish",
       Sse(Delta("Tea is") + done),
       1,
       "infra_lost",
       "infra",
       {"infra"},
       true},
      {"error_in_stream",
       Sse(Delta("Tea is") + "data: {\"error\":{\"message\":\"engine died\"}}\n\n" + done),
       1,
       "infra_lost",
       "infra",
       {"engine died"},
       true},
      {"error_event",
       Sse(Delta("Tea is") + "event: error\ndata: {\"message\":\"engine died\"}\n\n" + done),
       1,
       "infra_lost",
       "infra",
       {"engine died"},
       true},
      {"garbage_event",
       Sse(Delta("Tea is") + "data: {oops\n\n" + done),
       1,
       "infra_lost",
       "protocol",
       {"protocol"},
       true},
      {"endless_line",
       Sse("data: " + std::string(12 << 20, 'x') + "\n\n"),
       1,
       "infra_lost",
       "protocol",
       {"protocol"},
       true},
  };
}

class BadEndpointTest : public ::testing::TestWithParam<EndpointCase> {};

TEST_P(BadEndpointTest, EndsWithANamedOutcomeAndNoText) {
  const EndpointCase& one = GetParam();
  const EndpointRun run =
      RunAgainst([&](const ScriptedRequest&) { return one.answer; }, one.stream);
  const std::string printed = run.process.out + run.process.err;
  EXPECT_EQ(run.process.exit_code, one.exit_code) << printed;
  for (const std::string& part : one.parts) EXPECT_THAT(printed, HasSubstr(part));
  EXPECT_THAT(printed, Not(HasSubstr("\x1b[31m"))) << "a server does not colour our terminal";
  ASSERT_TRUE(run.result.is_object()) << printed;
  if (!one.outcome.empty()) {
    EXPECT_EQ(run.result["outcome"], one.outcome) << DumpJson(run.result);
  }
  if (one.outcome != "refused") {
    EXPECT_EQ(run.result["text_file"], "");
  }
  if (!one.error_class.empty()) {
    EXPECT_EQ(run.result["error"]["error_class"], one.error_class) << DumpJson(run.result);
  }
}

INSTANTIATE_TEST_SUITE_P(Endpoints, BadEndpointTest, ::testing::ValuesIn(EndpointCases()),
                         [](const ::testing::TestParamInfo<EndpointCase>& info) {
                           return info.param.name;
                         });

struct AcceptedCase {
  std::string name;
  std::string answer;
  bool stream = false;
};

std::vector<AcceptedCase> AcceptedCases() {
  const std::string text = std::string("\"") + kText + "\"";
  const std::string head = "Tea is a drink ";
  return {
      {"usage_missing", Good()},
      {"usage_negative", Json200(ChatBody(Choice(text, "\"stop\""),
                                          "{\"prompt_tokens\":-1,\"completion_tokens\":-5}"))},
      {"usage_absurd",
       Json200(ChatBody(Choice(text, "\"stop\""),
                        "{\"prompt_tokens\":1,\"completion_tokens\":1000000000000}"))},
      {"finish_unknown", Json200(ChatBody(Choice(text, "\"eos\"")))},
      {"other_model",
       Json200("{\"model\":\"impostor\",\"choices\":" + Choice(text, "\"stop\"") + "}")},
      {"stream_plain", Sse(Delta(head) + Delta("made of leaves.", "\"stop\"") + "data: [DONE]\n\n"),
       true},
      {"stream_odd_lines",
       Sse("\xef\xbb\xbf: hello\r\rdata:{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" +
           head + "\"}}]}\r\r" + Delta("made of leaves.", "\"stop\"") +
           "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":9}}\n\n"
           "data: [DONE]\n\ndata: [DONE]\n\ndata: late\n\n"),
       true},
  };
}

class OddEndpointTest : public ::testing::TestWithParam<AcceptedCase> {};

TEST_P(OddEndpointTest, ACompleteTextIsTakenWhole) {
  const AcceptedCase& one = GetParam();
  const EndpointRun run =
      RunAgainst([&](const ScriptedRequest&) { return one.answer; }, one.stream);
  EXPECT_EQ(run.process.exit_code, 0) << run.process.out << run.process.err;
  ASSERT_TRUE(run.result.is_object());
  EXPECT_EQ(run.result["outcome"], "generated");
  EXPECT_EQ(run.result["words"], 7);
  EXPECT_EQ(run.requests.size(), 1u);
  EXPECT_LT(run.result["usage"]["completion_tokens"], 1000);
  EXPECT_GT(run.result["usage"]["completion_tokens"], 0);
}

INSTANTIATE_TEST_SUITE_P(Endpoints, OddEndpointTest, ::testing::ValuesIn(AcceptedCases()),
                         [](const ::testing::TestParamInfo<AcceptedCase>& info) {
                           return info.param.name;
                         });

TEST(EndpointTest, ThrottlingSpendsNoAttempt) {
  const EndpointRun run = RunAgainst([](const ScriptedRequest& request) {
    if (request.number <= 3) return HttpAnswer(429, "text/plain", "", "Retry-After: 0\r\n");
    return Good();
  });
  EXPECT_EQ(run.process.exit_code, 0) << run.process.out << run.process.err;
  EXPECT_EQ(run.requests.size(), 4u) << "more than infra_attempts";
}

TEST(EndpointTest, AFaultThatPassesIsRetried) {
  const EndpointRun run = RunAgainst([](const ScriptedRequest& request) {
    return request.number == 1 ? Error(502, "", "bad gateway") : Good();
  });
  EXPECT_EQ(run.process.exit_code, 0) << run.process.out << run.process.err;
  EXPECT_EQ(run.requests.size(), 2u);
}

TEST(EndpointTest, ARefusedRequestIsNotRepeated) {
  const EndpointRun run =
      RunAgainst([](const ScriptedRequest&) { return Error(400, "", "no such parameter"); });
  EXPECT_EQ(run.requests.size(), 1u);
}

TEST(EndpointTest, ARedirectIsNotFollowedAndTheKeyGoesNowhereElse) {
  ScriptedServer elsewhere([](const ScriptedRequest&) { return Good(); });
  const EndpointRun run = RunAgainst([&](const ScriptedRequest&) {
    return HttpAnswer(307, "text/plain", "",
                      "Location: " + elsewhere.base_url() + "/chat/completions\r\n");
  });
  EXPECT_EQ(run.process.exit_code, 3);
  EXPECT_TRUE(elsewhere.requests().empty());
}

TEST(EndpointTest, NobodyListens) {
  Workspace workspace;
  const ProcessResult result = RunAssay(
      workspace, {"run", "starter", "--limit", "1", "--model", "openai/x", "--base-url",
                  "http://127.0.0.1:1/v1", "--scorer", "length", "--set", "retry.infra_attempts=2",
                  "--set", "retry.backoff_initial_s=0.01", "--json"});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("infra"), HasSubstr("connect")));
  EXPECT_THAT(result.out, AllOf(HasSubstr("\"record\":\"launch\""), HasSubstr("\"exit_code\":1")));
}

TEST(EndpointTest, TheKeyIsSentToItsEndpointAndStoredNowhere) {
  const std::string key = "sk-test-0123456789abcdef0123456789";
  Workspace workspace;
  ScriptedServer server([](const ScriptedRequest&) { return Error(500, "", "no"); });
  const ProcessResult result =
      RunAssay(workspace,
               {"run", "starter", "--limit", "1", "--model", "openai/x", "--base-url",
                server.base_url(), "--scorer", "length", "--set", "retry.infra_attempts=1", "-vv"},
               {{"OPENAI_API_KEY", key}});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  ASSERT_FALSE(server.requests().empty());
  EXPECT_THAT(server.requests()[0].headers, HasSubstr("Bearer " + key));
  EXPECT_THAT(result.out + result.err, Not(HasSubstr(key)));
  for (const std::string& entry : workspace.Entries()) {
    EXPECT_THAT(workspace.Read(entry), Not(HasSubstr(key))) << entry;
  }
}

}  // namespace
}  // namespace assay
