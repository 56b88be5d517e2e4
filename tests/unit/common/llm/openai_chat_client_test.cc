#include "common/llm/openai_chat_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/fakes/fake_executor.h"
#include "tests/fakes/fake_http_transport.h"

namespace assay {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kEvent[] =
    "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ab\"}}]}\n\n";
constexpr char kEnd[] =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],"
    "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";
constexpr char kPlain[] =
    "{\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"ab\"},\"finish_reason\":"
    "\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}";

class OpenAiChatClientTest : public testing::Test {
 protected:
  OpenAiChatClientTest() {
    endpoint_.set_id("local");
    endpoint_.set_base_url("http://127.0.0.1:9");
    endpoint_.set_api_key_env("KEY");
  }

  LlmCallId Start() {
    LlmCall call;
    call.endpoint = endpoint_;
    call.completion = completion_;
    call.body =
        R"({"model":"m","messages":[{"role":"user","content":"tell me of the forty thieves"}]})";
    call.max_tokens = 100;
    const LlmCallId id = client_->Start(
        std::move(call),
        [this](const LlmProgress& progress) { progress_.push_back(progress.text_bytes); },
        [this](LlmResult result) { results_.push_back(std::move(result)); });
    loop_.RunReady();
    transport_.Sending();
    return id;
  }

  void StartStream() {
    Start();
    transport_.Head(200, {{"content-type", "text/event-stream; charset=utf-8"}});
  }

  v1::Error Error() {
    loop_.RunReady();
    if (results_.size() != 1 || !std::holds_alternative<v1::Error>(results_[0])) {
      ADD_FAILURE() << results_.size() << " results, or no error";
      return {};
    }
    return std::get<v1::Error>(results_[0]);
  }

  v1::Reply Reply() {
    loop_.RunReady();
    if (results_.size() != 1 || !std::holds_alternative<v1::Reply>(results_[0])) {
      ADD_FAILURE() << results_.size() << " results, or no reply";
      return {};
    }
    return std::get<v1::Reply>(results_[0]);
  }

  v1::Endpoint endpoint_;
  bool completion_ = false;
  FakeExecutor loop_;
  FakeHttpTransport transport_{loop_};
  ApiKeys keys_{[](const std::string& name) -> std::optional<std::string> {
    if (name == "KEY") return "sk-0123456789";
    return std::nullopt;
  }};
  std::unique_ptr<OpenAiChatClient> client_ =
      std::make_unique<OpenAiChatClient>(OpenAiChatClient::Environment{
          .transport = &transport_, .executor = &loop_, .clock = &loop_.clock(), .keys = &keys_});
  std::vector<std::int64_t> progress_;
  std::vector<LlmResult> results_;
};

TEST_F(OpenAiChatClientTest, SendsTheBodyAsItIsWithTheKey) {
  Start();
  ASSERT_EQ(transport_.requests().size(), 1u);
  const HttpRequest& request = transport_.requests()[0];
  EXPECT_EQ(request.url, "http://127.0.0.1:9/v1/chat/completions");
  EXPECT_THAT(*request.body, HasSubstr("forty thieves"));
  EXPECT_FALSE(request.keep_connection);
  std::vector<std::string> headers;
  for (const HttpHeader& header : request.headers)
    headers.push_back(header.name + ": " + header.value);
  EXPECT_THAT(headers,
              ElementsAre("Content-Type: application/json", "Accept: text/event-stream",
                          "User-Agent: assay/0.1.0", "Authorization: Bearer sk-0123456789"));
}

TEST_F(OpenAiChatClientTest, MeasuresAStream) {
  StartStream();
  loop_.Advance(absl::Milliseconds(300));
  transport_.Body(kEvent);
  loop_.Advance(absl::Milliseconds(50));
  transport_.Body(kEvent);
  loop_.Advance(absl::Milliseconds(700));
  transport_.Body(kEvent);
  transport_.Body(kEnd);
  loop_.RunReady();
  EXPECT_TRUE(results_.empty());
  transport_.Complete();
  EXPECT_TRUE(results_.empty());
  const v1::Reply reply = Reply();
  EXPECT_EQ(reply.text(), "ababab");
  EXPECT_EQ(reply.http_status(), 200);
  EXPECT_EQ(reply.timings().first_token_ms(), 300);
  EXPECT_EQ(reply.timings().max_gap_ms(), 700);
  EXPECT_EQ(reply.timings().total_ms(), 1050);
  EXPECT_EQ(reply.timings().chunks(), 3);
  EXPECT_THAT(progress_, ElementsAre(6));
  EXPECT_EQ(loop_.pending_timers(), 0u);
}

TEST_F(OpenAiChatClientTest, ReadsAPlainReply) {
  endpoint_.set_stream(false);
  completion_ = true;
  Start();
  EXPECT_EQ(transport_.requests()[0].url, "http://127.0.0.1:9/v1/completions");
  EXPECT_TRUE(transport_.requests()[0].keep_connection);
  transport_.Head(200, {{"content-type", "application/json"}, {"content-length", "200"}});
  transport_.Body(std::string_view(kPlain).substr(0, 30));
  transport_.Body(std::string_view(kPlain).substr(30));
  transport_.Complete();
  const v1::Reply reply = Reply();
  EXPECT_EQ(reply.text(), "ab");
  EXPECT_EQ(reply.timings().first_token_ms(), -1);
  EXPECT_EQ(loop_.pending_timers(), 0u);
}

TEST_F(OpenAiChatClientTest, AcceptsAPlainReplyToAStreamedRequest) {
  Start();
  transport_.Head(200, {{"content-type", "application/json"}, {"content-length", "200"}});
  transport_.Body(kPlain);
  transport_.Complete();
  EXPECT_THAT(Reply().flags(), Contains("not_streamed"));
}

TEST_F(OpenAiChatClientTest, ReadsAStreamThatDoesNotSayItIsOne) {
  Start();
  transport_.Head(200, {});
  transport_.Body(kEvent);
  transport_.Body(kEnd);
  transport_.Complete();
  EXPECT_EQ(Reply().text(), "ab");
}

TEST_F(OpenAiChatClientTest, RefusesHtmlAndCompressedReplies) {
  Start();
  transport_.Head(200, {{"content-type", "text/html"}});
  transport_.Body("\n<html><body>Log in</body></html>");
  EXPECT_EQ(Error().error_class(), v1::ERROR_CLASS_PROTOCOL);
  EXPECT_EQ(transport_.running(), 0u);
  results_.clear();
  Start();
  transport_.Head(200, {{"content-type", "text/event-stream"}, {"content-encoding", "gzip"}});
  EXPECT_EQ(Error().error_class(), v1::ERROR_CLASS_PROTOCOL);
  EXPECT_EQ(transport_.running(), 0u);
}

TEST_F(OpenAiChatClientTest, FailsWhenNoContentComesInTime) {
  Start();
  loop_.Advance(absl::Seconds(60));
  transport_.Head(200, {{"content-type", "text/event-stream"}});
  loop_.Advance(absl::Seconds(59));
  transport_.Body(
      ": ping\n\ndata: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n");
  loop_.RunReady();
  EXPECT_TRUE(results_.empty());
  loop_.Advance(absl::Seconds(1));
  const v1::Error error = Error();
  EXPECT_EQ(error.error_class(), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(error.message(), "no content came within 120 s");
  EXPECT_EQ(error.endpoint(), "local");
  EXPECT_EQ(transport_.cancelled(), 1);
  EXPECT_EQ(loop_.pending_timers(), 0u);
}

TEST_F(OpenAiChatClientTest, CommentsDoNotHideAStall) {
  StartStream();
  for (int i = 0; i < 3; ++i) {
    loop_.Advance(absl::Seconds(50));
    transport_.Body(kEvent);
  }
  for (int i = 0; i < 59; ++i) {
    loop_.Advance(absl::Seconds(1));
    transport_.Body(": ping\n\n");
  }
  loop_.RunReady();
  EXPECT_TRUE(results_.empty());
  loop_.Advance(absl::Seconds(2));
  EXPECT_EQ(Error().message(), "the stream stood still for 60 s");
  EXPECT_EQ(Error().error_class(), v1::ERROR_CLASS_INFRA);
}

TEST_F(OpenAiChatClientTest, SlowButAliveEndsAtTheWallOnly) {
  StartStream();
  for (int i = 0; i < 21; ++i) {
    loop_.Advance(absl::Seconds(28));
    transport_.Body(kEvent);
  }
  loop_.RunReady();
  EXPECT_TRUE(results_.empty());
  loop_.Advance(absl::Seconds(20));
  EXPECT_EQ(Error().error_class(), v1::ERROR_CLASS_TOO_SLOW);
  EXPECT_EQ(Error().message(), "not finished within 600 s");
}

TEST_F(OpenAiChatClientTest, AStreamThatDoesNotEndBehindDoneFails) {
  StartStream();
  transport_.Body(kEvent);
  transport_.Body(kEnd);
  loop_.Advance(absl::Seconds(61));
  EXPECT_EQ(Error().error_class(), v1::ERROR_CLASS_INFRA);
}

TEST_F(OpenAiChatClientTest, APlainReplyMayTakeUntilTheWallButNotStallInItsMiddle) {
  endpoint_.set_stream(false);
  Start();
  transport_.Head(200, {{"content-type", "application/json"}});
  loop_.Advance(absl::Seconds(300));
  transport_.Body("\n");
  loop_.Advance(absl::Seconds(200));
  transport_.Body("{\"choices\":[");
  loop_.Advance(absl::Seconds(59));
  loop_.RunReady();
  EXPECT_TRUE(results_.empty());
  loop_.Advance(absl::Seconds(2));
  EXPECT_EQ(Error().error_class(), v1::ERROR_CLASS_INFRA);
}

TEST_F(OpenAiChatClientTest, ReportsARefusalWithItsClassAndRetryAfter) {
  Start();
  transport_.Head(429, {{"retry-after", "12.5"}});
  transport_.Body(R"({"error":{"message":"Slow down, sk-0123456789: )");
  transport_.Body(
      R"(tell me of the forty thieves","type":"requests","code":"rate_limit_exceeded"}})");
  transport_.Complete();
  const v1::Error error = Error();
  EXPECT_EQ(error.error_class(), v1::ERROR_CLASS_THROTTLE);
  EXPECT_EQ(error.http_status(), 429);
  EXPECT_EQ(error.retry_after_ms(), 12500);
  EXPECT_EQ(error.message(), "HTTP 429: Slow down, [key]: [request text] (rate_limit_exceeded)");
}

TEST_F(OpenAiChatClientTest, ReportsARefusalWhoseBodyBreaksOrNeverEnds) {
  Start();
  transport_.Head(503, {{"retry-after", "3"}});
  transport_.Fail(HttpFailureKind::kReset);
  EXPECT_EQ(Error().http_status(), 503);
  EXPECT_EQ(Error().retry_after_ms(), 3000);
  results_.clear();
  Start();
  transport_.Head(401, {});
  transport_.Body("{\"error\":");
  loop_.Advance(absl::Seconds(61));
  EXPECT_EQ(Error().error_class(), v1::ERROR_CLASS_AUTH);
  results_.clear();
  Start();
  transport_.Head(500, {});
  for (int i = 0; i < 70; ++i) transport_.Body(std::string(1024, 'x'));
  EXPECT_EQ(Error().error_class(), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(transport_.running(), 0u);
}

TEST_F(OpenAiChatClientTest, GivesEveryFailureOfTheTransportAClass) {
  const std::pair<HttpFailureKind, v1::ErrorClass> cases[] = {
      {HttpFailureKind::kBadRequest, v1::ERROR_CLASS_CONFIG},
      {HttpFailureKind::kResolve, v1::ERROR_CLASS_INFRA},
      {HttpFailureKind::kConnect, v1::ERROR_CLASS_INFRA},
      {HttpFailureKind::kTls, v1::ERROR_CLASS_INFRA},
      {HttpFailureKind::kStaleConnection, v1::ERROR_CLASS_INFRA},
      {HttpFailureKind::kReset, v1::ERROR_CLASS_INFRA},
      {HttpFailureKind::kTruncated, v1::ERROR_CLASS_INFRA},
      {HttpFailureKind::kTooLarge, v1::ERROR_CLASS_PROTOCOL},
      {HttpFailureKind::kMalformed, v1::ERROR_CLASS_PROTOCOL},
      {HttpFailureKind::kOther, v1::ERROR_CLASS_UNKNOWN}};
  for (const auto& [kind, wanted] : cases) {
    results_.clear();
    StartStream();
    transport_.Body(kEvent);
    transport_.Fail(kind);
    EXPECT_EQ(Error().error_class(), wanted) << static_cast<int>(kind);
  }
}

TEST_F(OpenAiChatClientTest, AnErrorInTheStreamEndsItAtOnce) {
  StartStream();
  transport_.Body(kEvent);
  transport_.Body("data: {\"error\":{\"message\":\"CUDA\",\"code\":500}}\n\n");
  EXPECT_EQ(Error().error_class(), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(transport_.running(), 0u);
}

TEST_F(OpenAiChatClientTest, AnEventOverTheLimitIsAProtocolError) {
  StartStream();
  transport_.Body("data: " + std::string(600'000, 'x'));
  transport_.Body(std::string(600'000, 'x'));
  EXPECT_EQ(Error().error_class(), v1::ERROR_CLASS_PROTOCOL);
}

TEST_F(OpenAiChatClientTest, CancelClosesTheConnectionAndReportsOnce) {
  const LlmCallId id = Start();
  client_->Cancel(id);
  client_->Cancel(id);
  EXPECT_EQ(Error().error_class(), v1::ERROR_CLASS_CANCELLED);
  EXPECT_EQ(transport_.cancelled(), 1);
  EXPECT_EQ(loop_.pending_timers(), 0u);
  client_->Cancel(id);
  client_->Cancel(12345);
  loop_.RunReady();
  EXPECT_EQ(results_.size(), 1u);
}

TEST_F(OpenAiChatClientTest, NothingIsSentWithoutItsKeyOrToABadUrl) {
  endpoint_.set_api_key_env("UNSET");
  Start();
  EXPECT_EQ(Error().error_class(), v1::ERROR_CLASS_AUTH);
  EXPECT_THAT(Error().message(), HasSubstr("UNSET"));
  results_.clear();
  endpoint_.set_api_key_env("");
  endpoint_.set_base_url("ftp://x");
  Start();
  EXPECT_EQ(Error().error_class(), v1::ERROR_CLASS_CONFIG);
  EXPECT_TRUE(transport_.requests().empty());
}

TEST_F(OpenAiChatClientTest, DestructionClosesConnectionsAndDropsCallbacks) {
  StartStream();
  client_.reset();
  loop_.RunReady();
  EXPECT_EQ(transport_.cancelled(), 1);
  EXPECT_TRUE(results_.empty());
  EXPECT_EQ(loop_.pending_timers(), 0u);
}

}  // namespace
}  // namespace assay
