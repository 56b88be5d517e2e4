// Every way in which a reply can break, with real sockets (reliability.md 1.8 and F21 to F26).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/integration/curl/chat_harness.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;
using End = RawReply::End;

// The reply as pieces of a chunked body, without its last chunk.
std::string ChunkedStream(const std::vector<std::string>& events) {
  std::string bytes = HttpHead(200, kChunkedHeaders);
  for (const std::string& event : events) bytes += HttpChunk(event);
  return bytes;
}

const std::vector<std::string>& ShortStream() {
  static const std::vector<std::string> events = {ContentEvent("H\xC3\xA9llo \\ud83d\\ude00"),
                                                  ContentEvent("\xE4\xBD\xA0"), kFinishEvent,
                                                  kDoneEvent};
  return events;
}

v1::ErrorClass ClassOf(RawReply reply, bool stream = true) {
  RawServer server(Always(std::move(reply)));
  ChatHarness chat(server.url());
  chat.endpoint.set_stream(stream);
  return chat.Error().error_class();
}

TEST(BrokenRepliesTest, AWholeStreamIsAReply) {
  RawServer server(Always({{ChunkedStream(ShortStream()) + HttpChunk("")}, End::kClose, ""}));
  ChatHarness chat(server.url());
  const v1::Reply reply = chat.Reply();
  EXPECT_EQ(reply.text(), "H\xC3\xA9llo \xF0\x9F\x98\x80\xE4\xBD\xA0");
  EXPECT_THAT(server.requests()[0], HasSubstr("POST /v1/chat/completions HTTP/1.1\r\n"));
  EXPECT_THAT(server.requests()[0], HasSubstr("Authorization: Bearer sk-test-0123456789\r\n"));
  EXPECT_THAT(server.requests()[0], HasSubstr("Accept-Encoding: identity\r\n"));
  EXPECT_THAT(server.requests()[0], Not(HasSubstr("Expect:")));
}

TEST(BrokenRepliesTest, EveryShapeOfABrokenStreamFails) {
  const std::string whole = ChunkedStream(ShortStream());
  const std::string last = HttpChunk("");
  EXPECT_EQ(ClassOf({{whole}, End::kClose, ""}), v1::ERROR_CLASS_INFRA) << "no last chunk";
  EXPECT_EQ(ClassOf({{ChunkedStream({ContentEvent("a"), kFinishEvent}) + last}, End::kClose, ""}),
            v1::ERROR_CLASS_INFRA)
      << "no [DONE]";
  EXPECT_EQ(ClassOf({{ChunkedStream({ContentEvent("a"), kDoneEvent}) + last}, End::kClose, ""}),
            v1::ERROR_CLASS_INFRA)
      << "no finish_reason";
  EXPECT_EQ(ClassOf({{HttpHead(200, kStreamHeaders) + ContentEvent("a")}, End::kClose, ""}),
            v1::ERROR_CLASS_INFRA)
      << "no length, closed half-way";
  EXPECT_EQ(ClassOf({{whole}, End::kReset, ""}), v1::ERROR_CLASS_INFRA) << "reset";
  EXPECT_EQ(ClassOf({{HttpHead(200, std::string(kStreamHeaders) + "Content-Length: 9999\r\n") +
                      ContentEvent("a") + kFinishEvent + kDoneEvent},
                     End::kClose,
                     ""}),
            v1::ERROR_CLASS_INFRA)
      << "shorter than its length";
  EXPECT_EQ(ClassOf({{ChunkedStream({ContentEvent("a"),
                                     "data: {\"error\":{\"message\":\"m\",\"code\":500}}\n\n",
                                     kDoneEvent}) +
                      last},
                     End::kClose,
                     ""}),
            v1::ERROR_CLASS_INFRA)
      << "error object";
  EXPECT_EQ(ClassOf({{}, End::kClose, ""}), v1::ERROR_CLASS_INFRA) << "no reply at all";
  EXPECT_EQ(ClassOf({{}, End::kReset, ""}), v1::ERROR_CLASS_INFRA) << "reset at once";
}

TEST(BrokenRepliesTest, ACutAtAnyByteIsNeverAReply) {
  const std::string chunked = ChunkedStream(ShortStream()) + HttpChunk("");
  std::string closed = HttpHead(200, kStreamHeaders);
  for (const std::string& event : ShortStream()) closed += event;
  const struct {
    const std::string& bytes;
    End end;
  } cases[] = {{chunked, End::kClose}, {chunked, End::kReset}, {closed, End::kClose}};
  for (const auto& c : cases) {
    RawServer server([&](int number, const std::string&) {
      return RawReply{{c.bytes.substr(0, static_cast<std::size_t>(number))}, c.end, ""};
    });
    ChatHarness chat(server.url());
    // libcurl takes "0\r\n\r" for the end of a chunked body: nothing of the reply is missing then.
    const std::size_t whole = c.bytes == chunked ? c.bytes.size() - 1 : c.bytes.size();
    for (std::size_t cut = 0; cut < whole; ++cut) {
      const LlmResult result = chat.Call();
      const v1::Error* error = std::get_if<v1::Error>(&result);
      ASSERT_NE(error, nullptr) << "cut at " << cut;
      ASSERT_EQ(error->error_class(), v1::ERROR_CLASS_INFRA)
          << "cut at " << cut << ": " << error->ShortDebugString();
    }
    if (c.end == End::kClose) {
      EXPECT_EQ(chat.Reply().finish_reason(), "stop");
    }
  }
}

TEST(BrokenRepliesTest, APlainReplyCutAtAnyByteIsNeverAReply) {
  const std::string announced = HttpReply(200, kJsonHeaders, PlainBody("abc"));
  const std::string closed = HttpHead(200, kJsonHeaders) + PlainBody("abc");
  for (const std::string& bytes : {announced, closed}) {
    RawServer server([&](int number, const std::string&) {
      return RawReply{{bytes.substr(0, static_cast<std::size_t>(number))}, End::kClose, ""};
    });
    ChatHarness chat(server.url());
    chat.endpoint.set_stream(false);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      ASSERT_EQ(chat.Error().error_class(), v1::ERROR_CLASS_INFRA) << "cut at " << cut;
    }
    EXPECT_EQ(chat.Reply().text(), "abc");
  }
}

TEST(BrokenRepliesTest, AStreamInAnyPiecesIsTheSame) {
  const std::string bytes = ChunkedStream(ShortStream()) + HttpChunk("");
  RawServer server([&](int number, const std::string&) {
    RawReply reply{{}, End::kClose, ""};
    const std::size_t size = static_cast<std::size_t>(number) + 1;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      reply.pieces.push_back(bytes.substr(at, size));
    }
    return reply;
  });
  ChatHarness chat(server.url());
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(chat.Reply().text(), "H\xC3\xA9llo \xF0\x9F\x98\x80\xE4\xBD\xA0");
}

TEST(HangingServerTest, EveryHangEndsByItsDeadlineAndClosesTheConnection) {
  const std::string head = HttpHead(200, kChunkedHeaders);
  const struct {
    const char* what;
    RawReply reply;
    const char* message;
  } cases[] = {
      {"no byte", {{}, End::kHold, ""}, "no content came within 0.3 s"},
      {"headers only", {{head}, End::kHold, ""}, "no content came within 0.3 s"},
      {"comments for ever",
       {{head}, End::kHold, HttpChunk(": ping\n\n")},
       "no content came within 0.3 s"},
      {"empty deltas for ever",
       {{head}, End::kHold, HttpChunk(ContentEvent(""))},
       "no content came within 0.3 s"},
      {"tokens, then nothing",
       {{head, HttpChunk(ContentEvent("a"))}, End::kHold, ""},
       "the stream stood still for 0.2 s"},
      {"tokens, then comments",
       {{head, HttpChunk(ContentEvent("a"))}, End::kHold, HttpChunk(": ping\n\n")},
       "the stream stood still for 0.2 s"},
      {"no end behind [DONE]",
       {{head, HttpChunk(ContentEvent("a")), HttpChunk(kFinishEvent), HttpChunk(kDoneEvent)},
        End::kHold,
        ""},
       "the stream stood still for 0.2 s"},
  };
  for (const auto& c : cases) {
    RawServer server(Always(c.reply));
    ChatHarness chat(server.url());
    chat.endpoint.mutable_deadlines()->set_first_token_timeout_s(0.3);
    chat.endpoint.mutable_deadlines()->set_stall_timeout_s(0.2);
    const v1::Error error = chat.Error();
    EXPECT_EQ(error.error_class(), v1::ERROR_CLASS_INFRA) << c.what;
    EXPECT_EQ(error.message(), c.message) << c.what;
    EXPECT_TRUE(server.WaitForPeerCloses(1)) << c.what;
  }
}

TEST(HangingServerTest, TokensForEverEndAtTheWall) {
  RawServer server(
      Always({{HttpHead(200, kChunkedHeaders)}, End::kHold, HttpChunk(ContentEvent("x"))}));
  ChatHarness chat(server.url());
  chat.endpoint.mutable_deadlines()->set_wall_timeout_s(0.3);
  EXPECT_EQ(chat.Error().error_class(), v1::ERROR_CLASS_TOO_SLOW);
  EXPECT_TRUE(server.WaitForPeerCloses(1));
}

TEST(HangingServerTest, APlainCallWaitsForTheWall) {
  RawServer server(Always({{}, End::kHold, ""}));
  ChatHarness chat(server.url());
  chat.endpoint.set_stream(false);
  chat.endpoint.mutable_deadlines()->set_wall_timeout_s(0.2);
  EXPECT_EQ(chat.Error().error_class(), v1::ERROR_CLASS_TOO_SLOW);
  EXPECT_TRUE(server.WaitForPeerCloses(1));
}

long PeakRssKib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(HostileServerTest, MemoryIsBoundedWhateverComes) {
  const long before = PeakRssKib();
  const std::string mega(std::size_t{1} << 20, 'x');
  const std::string length = "Content-Length: 104857600\r\n";
  EXPECT_EQ(ClassOf({{HttpHead(200, kJsonHeaders + length)}, End::kHold, mega}, false),
            v1::ERROR_CLASS_PROTOCOL)
      << "a body of 100 MB";
  EXPECT_EQ(ClassOf({{HttpHead(200, kJsonHeaders)}, End::kHold, mega}, true),
            v1::ERROR_CLASS_PROTOCOL)
      << "a body without end where a stream was asked for";
  EXPECT_EQ(ClassOf({{HttpHead(200, kStreamHeaders) + "data: "}, End::kHold, mega}),
            v1::ERROR_CLASS_PROTOCOL)
      << "a line without end";
  EXPECT_EQ(ClassOf({{HttpHead(200, kStreamHeaders)}, End::kHold, "data: x\n"}),
            v1::ERROR_CLASS_PROTOCOL)
      << "an event without end";
  EXPECT_EQ(ClassOf({{HttpHead(503, "")}, End::kHold, mega}), v1::ERROR_CLASS_INFRA)
      << "an error body without end";
  EXPECT_EQ(ClassOf({{"HTTP/1.1 200 OK\r\n"}, End::kHold, "X-A: b\r\n"}), v1::ERROR_CLASS_PROTOCOL)
      << "headers without end";
  EXPECT_EQ(ClassOf({{"HTTP/1.1 200 OK\r\nX-A: "}, End::kHold, mega}), v1::ERROR_CLASS_PROTOCOL)
      << "a header line without end";
  EXPECT_EQ(ClassOf({{}, End::kHold, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"}),
            v1::ERROR_CLASS_PROTOCOL)
      << "informational replies without end";
  EXPECT_LT(PeakRssKib() - before, 160 * 1024);
}

TEST(HostileServerTest, WrongRepliesAreProtocolErrors) {
  const std::string plain = PlainBody("a");
  EXPECT_EQ(
      ClassOf(
          {{HttpReply(200, "Content-Type: text/html\r\n", "<html>login</html>")}, End::kClose, ""}),
      v1::ERROR_CLASS_PROTOCOL);
  EXPECT_EQ(ClassOf({{HttpReply(200, kJsonHeaders, "<html>login</html>")}, End::kClose, ""}, false),
            v1::ERROR_CLASS_PROTOCOL);
  const std::string bomb = "\x1F\x8B\x08" + std::string(1000, '\0');
  for (bool stream : {true, false}) {
    EXPECT_EQ(
        ClassOf({{HttpReply(200, std::string(kJsonHeaders) + "Content-Encoding: gzip\r\n", bomb)},
                 End::kClose,
                 ""},
                stream),
        v1::ERROR_CLASS_PROTOCOL);
  }
  EXPECT_EQ(ClassOf({{HttpReply(200, kJsonHeaders, "")}, End::kClose, ""}, false),
            v1::ERROR_CLASS_PROTOCOL);
  EXPECT_EQ(ClassOf({{HttpReply(204, "", "")}, End::kClose, ""}), v1::ERROR_CLASS_PROTOCOL);
  EXPECT_EQ(ClassOf({{HttpReply(206, kJsonHeaders, plain)}, End::kClose, ""}, false),
            v1::ERROR_CLASS_PROTOCOL);
  EXPECT_EQ(ClassOf({{"SSH-2.0-OpenSSH_9.2\r\n"}, End::kClose, ""}), v1::ERROR_CLASS_PROTOCOL);
  EXPECT_EQ(ClassOf({{"\x16\x03\x01 what"}, End::kClose, ""}), v1::ERROR_CLASS_PROTOCOL);
  EXPECT_EQ(ClassOf({{HttpReply(200, kJsonHeaders, "{\"choices\":[],\"n\":NaN}")}, End::kClose, ""},
                    false),
            v1::ERROR_CLASS_PROTOCOL);
}

TEST(HostileServerTest, AnInformationalReplyComesBeforeTheRealOne) {
  RawServer server(
      Always({{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
               HttpReply(200, kJsonHeaders, PlainBody("a"))},
              End::kClose,
              ""}));
  ChatHarness chat(server.url());
  chat.endpoint.set_stream(false);
  EXPECT_EQ(chat.Reply().text(), "a");
}

}  // namespace
}  // namespace assay
