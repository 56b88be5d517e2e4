#include "simulator/http_request.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

using Result = HttpRequestParser::Result;

TEST(HttpRequestParser, SplitAnywhereGivesTheSameRequest) {
  const std::string bytes =
      "POST /v1/x?after=3 HTTP/1.1\r\nHost: a\r\nX-Two:  b c \r\nContent-Length: 5\r\n\r\nhello"
      "GET /next HTTP/1.1\r\n\r\n";
  const std::size_t first = bytes.find("GET");
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    HttpRequestParser parser(1000);
    std::string input = bytes.substr(0, cut);
    Result result = parser.Parse(input);
    EXPECT_EQ(result == Result::kReady, cut >= first) << cut;
    if (result == Result::kNeedMore) {
      input += bytes.substr(cut);
      result = parser.Parse(input);
    } else {
      input += bytes.substr(cut);
    }
    ASSERT_EQ(result, Result::kReady) << cut;
    const ReceivedRequest request = parser.TakeRequest();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/v1/x");
    EXPECT_EQ(request.query, "after=3");
    EXPECT_EQ(request.Header("x-two"), "b c");
    EXPECT_EQ(request.body, "hello");
    ASSERT_EQ(parser.Parse(input), Result::kReady) << cut;
    EXPECT_EQ(parser.TakeRequest().path, "/next");
    EXPECT_TRUE(input.empty());
  }
}

int ErrorOf(std::string input) {
  HttpRequestParser parser(100);
  return parser.Parse(input) == Result::kBad ? parser.error_status() : 0;
}

TEST(HttpRequestParser, RefusesWhatItDoesNotSpeak) {
  EXPECT_EQ(ErrorOf("hello\r\n\r\n"), 400);
  EXPECT_EQ(ErrorOf("GET / HTTP/2.0\r\n\r\n"), 505);
  EXPECT_EQ(ErrorOf("GET http://x/ HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(ErrorOf("GET / HTTP/1.1\r\nbad header\r\n\r\n"), 400);
  EXPECT_EQ(ErrorOf("GET / HTTP/1.1\r\nName : x\r\n\r\n"), 400);
  EXPECT_EQ(ErrorOf("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), 411);
  EXPECT_EQ(ErrorOf("POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n"), 413);
  EXPECT_EQ(ErrorOf("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), 400);
  EXPECT_EQ(ErrorOf("POST / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n"), 400);
  EXPECT_EQ(ErrorOf("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400);
  EXPECT_EQ(ErrorOf("GET /" + std::string(70000, 'a')), 431);
}

TEST(HttpRequestParser, KeepAliveAndExpect) {
  std::string input = "GET / HTTP/1.0\r\n\r\nGET / HTTP/1.1\r\nConnection: Close\r\n\r\n";
  HttpRequestParser parser(100);
  ASSERT_EQ(parser.Parse(input), Result::kReady);
  EXPECT_FALSE(parser.TakeRequest().keep_alive);
  ASSERT_EQ(parser.Parse(input), Result::kReady);
  EXPECT_FALSE(parser.TakeRequest().keep_alive);
  input = "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  EXPECT_EQ(parser.Parse(input), Result::kContinue);
  EXPECT_EQ(parser.Parse(input), Result::kNeedMore);
  input += "ab";
  ASSERT_EQ(parser.Parse(input), Result::kReady);
  EXPECT_TRUE(parser.TakeRequest().keep_alive);
}

}  // namespace
}  // namespace assay
