// Connections: cancelling, reuse, redirects, proxies, refusals, many at once.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/curl/chat_harness.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;
using End = RawReply::End;

std::string WholeStream(std::string_view text) {
  return HttpHead(200, kChunkedHeaders) + HttpChunk(ContentEvent(text)) + HttpChunk(kFinishEvent) +
         HttpChunk(kDoneEvent) + HttpChunk("");
}

TEST(CancelTest, ClosesTheConnectionAtEveryStage) {
  const std::vector<std::string> stages[] = {
      {},
      {HttpHead(200, kChunkedHeaders)},
      {HttpHead(200, kChunkedHeaders), HttpChunk(ContentEvent("a"))}};
  for (const auto& pieces : stages) {
    RawServer server(Always({pieces, End::kHold, ""}));
    ChatHarness chat(server.url());
    std::optional<LlmResult> got;
    const LlmCallId id = chat.Start([&](LlmResult result) {
      ASSERT_FALSE(got.has_value());
      got = std::move(result);
      chat.core.Stop();
    });
    ASSERT_TRUE(server.WaitForRequests(1));
    chat.client.Cancel(id);
    chat.client.Cancel(id);
    chat.core.RunUntilStopped();
    EXPECT_EQ(std::get<v1::Error>(*got).error_class(), v1::ERROR_CLASS_CANCELLED);
    EXPECT_TRUE(server.WaitForPeerCloses(1));
  }
}

TEST(CancelTest, WorksWhileTokensPourIn) {
  RawServer server(
      Always({{HttpHead(200, kChunkedHeaders)}, End::kHold, HttpChunk(ContentEvent("abc"))}));
  ChatHarness chat(server.url());
  LlmCallId id = 0;
  std::optional<LlmResult> got;
  int progress_behind_done = 0;
  id = chat.Start(
      [&](LlmResult result) {
        got = std::move(result);
        chat.core.Stop();
      },
      [&](const LlmProgress& progress) {
        EXPECT_GT(progress.text_bytes, 0);
        progress_behind_done += got.has_value() ? 1 : 0;
        chat.client.Cancel(id);
      });
  chat.core.RunUntilStopped();
  EXPECT_EQ(std::get<v1::Error>(*got).error_class(), v1::ERROR_CLASS_CANCELLED);
  EXPECT_EQ(progress_behind_done, 0);
  EXPECT_TRUE(server.WaitForPeerCloses(1));
}

TEST(CancelTest, DestructionClosesWhatIsRunning) {
  RawServer server(Always({{HttpHead(200, kChunkedHeaders)}, End::kHold, ""}));
  {
    ChatHarness chat(server.url());
    for (int i = 0; i < 3; ++i) {
      chat.Start([](LlmResult) { FAIL() << "the client is gone"; });
    }
    ASSERT_TRUE(server.WaitForRequests(3));
  }
  EXPECT_TRUE(server.WaitForPeerCloses(3));
}

TEST(ReuseTest, PlainCallsShareAConnectionAndStreamsDoNot) {
  RawServer server([](int number, const std::string& request) {
    const bool stream = request.find("Accept: text/event-stream") != std::string::npos;
    return RawReply{{stream ? WholeStream("s") : HttpReply(200, kJsonHeaders, PlainBody("p"))},
                    number == 0 || !stream ? End::kKeepAlive : End::kClose,
                    ""};
  });
  ChatHarness chat(server.url());
  chat.endpoint.set_stream(false);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(chat.Reply().text(), "p");
  EXPECT_EQ(server.connections(), 1);
  chat.endpoint.set_stream(true);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(chat.Reply().text(), "s");
  EXPECT_EQ(server.connections(), 3);
}

TEST(ReuseTest, AConnectionThatTheServerClosedWhileIdleIsNotUsed) {
  RawServer server(Always({{HttpReply(200, kJsonHeaders, PlainBody("p"))}, End::kClose, ""}));
  ChatHarness chat(server.url());
  chat.endpoint.set_stream(false);
  for (int i = 1; i <= 5; ++i) {
    EXPECT_EQ(chat.Reply().text(), "p");
    ASSERT_TRUE(server.WaitForOwnCloses(i));
  }
}

TEST(ReuseTest, ARequestIsNeverSentTwiceWhenAKeptConnectionDiesUnderIt) {
  for (End end : {End::kClose, End::kReset}) {
    RawServer server([&](int number, const std::string&) {
      if (number == 0) {
        return RawReply{{HttpReply(200, kJsonHeaders, PlainBody("p"))}, End::kKeepAlive, ""};
      }
      return RawReply{{}, end, ""};
    });
    ChatHarness chat(server.url());
    chat.endpoint.set_stream(false);
    EXPECT_EQ(chat.Reply().text(), "p");
    const v1::Error error = chat.Error();
    EXPECT_EQ(error.error_class(), v1::ERROR_CLASS_INFRA);
    EXPECT_THAT(error.message(), HasSubstr("closed by the server while idle"));
    EXPECT_EQ(server.requests().size(), 2u);
  }
}

TEST(RedirectTest, IsNotFollowedAndTheKeyStaysHome) {
  RawServer other(Always({{HttpReply(200, kJsonHeaders, PlainBody("stolen"))}, End::kClose, ""}));
  for (int status : {301, 302, 303, 307, 308}) {
    RawServer server(Always(
        {{HttpReply(status, "Location: " + other.url() + "/v1/chat/completions\r\n", "moved")},
         End::kClose,
         ""}));
    ChatHarness chat(server.url());
    const v1::Error error = chat.Error();
    EXPECT_EQ(error.error_class(), v1::ERROR_CLASS_CONFIG);
    EXPECT_EQ(error.http_status(), status);
    EXPECT_THAT(error.message(), HasSubstr("redirects are not followed"));
  }
  EXPECT_EQ(other.connections(), 0);
}

TEST(EnvironmentTest, ProxiesAreNotTakenFromIt) {
  RawServer proxy(Always({{HttpReply(200, kJsonHeaders, PlainBody("proxied"))}, End::kClose, ""}));
  RawServer server(Always({{HttpReply(200, kJsonHeaders, PlainBody("direct"))}, End::kClose, ""}));
  for (const char* name : {"http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"}) {
    setenv(name, proxy.url().c_str(), 1);
  }
  ChatHarness chat(server.url());
  chat.endpoint.set_stream(false);
  EXPECT_EQ(chat.Reply().text(), "direct");
  for (const char* name : {"http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"}) unsetenv(name);
  EXPECT_EQ(proxy.connections(), 0);
}

// A port on which nobody listens: bound, so that nobody else gets it.
class ClosedPort {
 public:
  ClosedPort() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port_ = ntohs(address.sin_port);
  }
  ~ClosedPort() { close(socket_); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
};

TEST(RefusalTest, ARefusedConnectionIsInfra) {
  ClosedPort port;
  ChatHarness chat(port.url());
  const v1::Error error = chat.Error();
  EXPECT_EQ(error.error_class(), v1::ERROR_CLASS_INFRA);
  EXPECT_THAT(error.message(), HasSubstr("cannot connect"));
  EXPECT_EQ(error.http_status(), 0);
}

TEST(RefusalTest, CarriesStatusClassAndRetryAfter) {
  const std::string body =
      R"({"error":{"message":"You said: the words of the prompt. Key sk-test-0123456789","code":"slow_down"}})";
  RawServer server(Always({{HttpReply(429, "Retry-After: 2.5\r\n", body)}, End::kClose, ""}));
  ChatHarness chat(server.url());
  const v1::Error error = chat.Error();
  EXPECT_EQ(error.error_class(), v1::ERROR_CLASS_THROTTLE);
  EXPECT_EQ(error.http_status(), 429);
  EXPECT_EQ(error.retry_after_ms(), 2500);
  EXPECT_THAT(error.message(), Not(HasSubstr("sk-test")));
}

TEST(RefusalTest, AnEarlyRefusalOfALongRequestIsSeen) {
  RawServer server(Always(
      {{HttpReply(413, kJsonHeaders, R"({"error":{"message":"too big"}})")}, End::kClose, ""}));
  ChatHarness chat(server.url());
  std::optional<LlmResult> got;
  LlmCall call;
  call.endpoint = chat.endpoint;
  call.body = R"({"model":"m","messages":")" + std::string(3'000'000, 'y') + "\"}";
  chat.client.Start(std::move(call), {}, [&](LlmResult result) {
    got = std::move(result);
    chat.core.Stop();
  });
  chat.core.RunUntilStopped();
  EXPECT_EQ(std::get<v1::Error>(*got).error_class(), v1::ERROR_CLASS_REQUEST);
}

TEST(ManyCallsTest, EachGetsItsOwnReply) {
  RawServer server([](int, const std::string& request) {
    const std::size_t at = request.find("number ");
    const std::string number = request.substr(at + 7, request.find('"', at) - at - 7);
    const bool stream = request.find("Accept: text/event-stream") != std::string::npos;
    return RawReply{
        {stream ? WholeStream(number) : HttpReply(200, kJsonHeaders, PlainBody(number))},
        stream ? End::kClose : End::kKeepAlive,
        ""};
  });
  ChatHarness chat(server.url());
  int done = 0;
  constexpr int kCalls = 400;
  for (int i = 0; i < kCalls; ++i) {
    LlmCall call;
    call.endpoint = chat.endpoint;
    call.endpoint.set_stream(i % 2 == 0);
    call.body = R"({"model":"m","messages":"number )" + std::to_string(i) + "\"}";
    chat.client.Start(std::move(call), {}, [&, i](LlmResult result) {
      const v1::Reply* reply = std::get_if<v1::Reply>(&result);
      ASSERT_NE(reply, nullptr) << std::get<v1::Error>(result).ShortDebugString();
      EXPECT_EQ(reply->text(), std::to_string(i));
      if (++done == kCalls) chat.core.Stop();
    });
  }
  chat.core.RunUntilStopped();
  EXPECT_EQ(done, kCalls);
}

}  // namespace
}  // namespace assay
