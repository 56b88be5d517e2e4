#include "common/llm/server_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/llm/error_text.h"
#include "common/llm/retry_after.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ReadErrorBodyTest, ReadsEveryDialect) {
  ServerError e = ReadErrorBody(
      R"({"error":{"message":"Rate limit","type":"requests","param":null,"code":"rate_limit_exceeded"}})");
  EXPECT_EQ(e.message, "Rate limit");
  EXPECT_EQ(e.type, "requests");
  EXPECT_EQ(e.code, "rate_limit_exceeded");
  e = ReadErrorBody(
      R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})");
  EXPECT_EQ(e.code, "503");
  EXPECT_EQ(ReadErrorBody(R"({"error":"nope"})").message, "nope");
  EXPECT_EQ(ReadErrorBody(R"({"detail":"Not Found"})").message, "Not Found");
  EXPECT_EQ(ReadErrorBody(R"({"object":"error","message":"m","type":"t","code":400})").message,
            "m");
  EXPECT_EQ(ReadErrorBody(R"([{"error":{"message":"wrapped","code":429}}])").message, "wrapped");
  EXPECT_TRUE(ReadErrorBody("<html>502</html>").empty());
  EXPECT_TRUE(ReadErrorBody("").empty());
  EXPECT_TRUE(ReadErrorBody(R"({"error":null})").empty());
}

TEST(ReadErrorBodyTest, LeavesOutTheInputThatFastApiEchoes) {
  const ServerError e = ReadErrorBody(
      R"({"detail":[{"type":"int","loc":["body","seed"],"msg":"not an integer","input":"SECRET PROMPT"},)"
      R"({"loc":["body",3],"msg":"also bad"}]})");
  EXPECT_EQ(e.message, "body.seed: not an integer; body.3: also bad");
}

struct StatusCase {
  int status;
  std::string code;
  v1::ErrorClass wanted;
};

TEST(ClassOfStatusTest, FollowsTheTable) {
  const StatusCase cases[] = {
      {101, "", v1::ERROR_CLASS_PROTOCOL},
      {201, "", v1::ERROR_CLASS_PROTOCOL},
      {204, "", v1::ERROR_CLASS_PROTOCOL},
      {206, "", v1::ERROR_CLASS_PROTOCOL},
      {301, "", v1::ERROR_CLASS_CONFIG},
      {302, "", v1::ERROR_CLASS_CONFIG},
      {307, "", v1::ERROR_CLASS_CONFIG},
      {308, "", v1::ERROR_CLASS_CONFIG},
      {400, "", v1::ERROR_CLASS_REQUEST},
      {401, "", v1::ERROR_CLASS_AUTH},
      {402, "", v1::ERROR_CLASS_QUOTA},
      {403, "", v1::ERROR_CLASS_AUTH},
      {404, "", v1::ERROR_CLASS_CONFIG},
      {408, "", v1::ERROR_CLASS_INFRA},
      {409, "", v1::ERROR_CLASS_INFRA},
      {413, "", v1::ERROR_CLASS_REQUEST},
      {422, "", v1::ERROR_CLASS_REQUEST},
      {425, "", v1::ERROR_CLASS_INFRA},
      {429, "", v1::ERROR_CLASS_THROTTLE},
      {429, "slow_down", v1::ERROR_CLASS_THROTTLE},
      {429, "insufficient_quota", v1::ERROR_CLASS_QUOTA},
      {499, "", v1::ERROR_CLASS_INFRA},
      {500, "", v1::ERROR_CLASS_INFRA},
      {500, "exceed_context_size_error", v1::ERROR_CLASS_REQUEST},
      {502, "", v1::ERROR_CLASS_INFRA},
      {503, "", v1::ERROR_CLASS_INFRA},
      {520, "", v1::ERROR_CLASS_INFRA},
      {529, "", v1::ERROR_CLASS_INFRA},
      {530, "", v1::ERROR_CLASS_INFRA},
      {405, "", v1::ERROR_CLASS_UNKNOWN},
      {418, "", v1::ERROR_CLASS_UNKNOWN},
      {451, "", v1::ERROR_CLASS_UNKNOWN},
      {600, "", v1::ERROR_CLASS_UNKNOWN},
      {999, "", v1::ERROR_CLASS_UNKNOWN},
  };
  for (const StatusCase& c : cases) {
    EXPECT_EQ(ClassOfStatus(c.status, {.code = c.code}), c.wanted) << c.status << " " << c.code;
    EXPECT_EQ(ClassOfStatus(c.status, {.type = c.code}), c.wanted);
  }
}

TEST(ClassOfErrorObjectTest, GoesByCodeThenTypeThenInfra) {
  EXPECT_EQ(ClassOfErrorObject({.code = "429"}), v1::ERROR_CLASS_THROTTLE);
  EXPECT_EQ(ClassOfErrorObject({.code = "rate_limit_exceeded"}), v1::ERROR_CLASS_THROTTLE);
  EXPECT_EQ(ClassOfErrorObject({.code = "insufficient_quota"}), v1::ERROR_CLASS_QUOTA);
  EXPECT_EQ(ClassOfErrorObject({.type = "invalid_request_error"}), v1::ERROR_CLASS_REQUEST);
  EXPECT_EQ(ClassOfErrorObject({.type = "BadRequestError", .code = "400"}),
            v1::ERROR_CLASS_REQUEST);
  EXPECT_EQ(ClassOfErrorObject({.type = "server_error", .code = "500"}), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(ClassOfErrorObject({.type = "authentication_error"}), v1::ERROR_CLASS_AUTH);
  EXPECT_EQ(ClassOfErrorObject({.message = "overloaded"}), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(ClassOfErrorObject({.code = "200"}), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(ClassOfErrorObject({}), v1::ERROR_CLASS_INFRA);
}

std::int64_t RetryAfter(std::vector<HttpHeader> headers) {
  HttpResponseHead head;
  head.headers = std::move(headers);
  return RetryAfterMs(head, absl::FromUnixSeconds(1'700'000'000));  // Tue, 14 Nov 2023 22:13:20 GMT
}

TEST(RetryAfterTest, ReadsSecondsMillisecondsAndDates) {
  EXPECT_EQ(RetryAfter({}), 0);
  EXPECT_EQ(RetryAfter({{"retry-after", "7"}}), 7000);
  EXPECT_EQ(RetryAfter({{"retry-after", "0.25"}}), 250);
  EXPECT_EQ(RetryAfter({{"retry-after", "1e9"}}), 1'000'000'000'000);
  EXPECT_EQ(RetryAfter({{"retry-after", "7"}, {"retry-after-ms", "1500.5"}}), 1501);
  EXPECT_EQ(RetryAfter({{"retry-after", "Tue, 14 Nov 2023 22:14:20 GMT"}}), 60'000);
  EXPECT_EQ(RetryAfter({{"retry-after", "Tuesday, 14-Nov-23 22:14:20 GMT"}}), 60'000);
  EXPECT_EQ(RetryAfter({{"retry-after", "Tue Nov 14 22:14:20 2023"}}), 60'000);
}

TEST(RetryAfterTest, IgnoresJunkAndThePast) {
  EXPECT_EQ(RetryAfter({{"retry-after", "0"}}), 0);
  EXPECT_EQ(RetryAfter({{"retry-after", "-5"}}), 0);
  EXPECT_EQ(RetryAfter({{"retry-after", "Tue, 14 Nov 2023 22:12:20 GMT"}}), 0);
  EXPECT_EQ(RetryAfter({{"retry-after", "soon"}}), 0);
  EXPECT_EQ(RetryAfter({{"retry-after", "5 s"}}), 0);
  EXPECT_EQ(RetryAfter({{"retry-after", "nan"}}), 0);
  EXPECT_EQ(RetryAfter({{"retry-after", "inf"}}), 0);
  EXPECT_EQ(RetryAfter({{"retry-after", ""}}), 0);
  EXPECT_EQ(RetryAfter({{"retry-after-ms", "junk"}, {"retry-after", "2"}}), 2000);
  EXPECT_EQ(RetryAfter({{"retry-after", "junk"}, {"retry-after", "3"}}), 3000);
  EXPECT_EQ(RetryAfter({{"retry-after", "1e300"}}), 1'000'000'000'000'000);
}

TEST(CleanErrorMessageTest, RemovesKeys) {
  const std::string key = "my-very-own-secret";
  for (const std::string& leaked : {std::string("sk-abc123DEF456"), std::string("sk-pro****wxyz"),
                                    std::string("hf_abcdefgh"), std::string("gsk_12345678"), key,
                                    std::string("0123456789abcdef0123456789abcdef0123456789")}) {
    const std::string clean =
        CleanErrorMessage("Incorrect API key provided: " + leaked + ", see docs.", "{}", key);
    EXPECT_THAT(clean, Not(HasSubstr(leaked)));
    EXPECT_THAT(clean, HasSubstr("provided: [key]"));
    EXPECT_THAT(clean, HasSubstr("see docs."));
  }
  EXPECT_EQ(CleanErrorMessage("Authorization: Bearer abcdefghij", "", ""),
            "Authorization: Bearer [key]");
}

TEST(CleanErrorMessageTest, RemovesWhatTheRequestSaid) {
  const std::string body =
      R"({"model":"org/a-model-with-a-long-name-8B","messages":[{"role":"user","content":"Tell me about)"
      R"(\nthe \"confidential\" merger of Alpha and Beta in detail"}]})";
  const std::string clean = CleanErrorMessage(
      "Bad value: Tell me about\nthe \"confidential\" merger of Alpha and Beta in detail; model "
      "org/a-model-with-a-long-name-8B",
      body, "");
  EXPECT_THAT(clean, Not(HasSubstr("merger")));
  EXPECT_THAT(clean, Not(HasSubstr("confidential")));
  EXPECT_THAT(clean, HasSubstr("Bad value: [request text]"));
  EXPECT_THAT(clean, HasSubstr("model org/a-model-with-a-long-name-8B"));
}

TEST(CleanErrorMessageTest, EscapesAndShortens) {
  EXPECT_THAT(CleanErrorMessage("a\x1b[31mred\r\nb", "", ""), Not(HasSubstr("\x1b")));
  EXPECT_LE(CleanErrorMessage(std::string(100'000, 'x') + " y", "", "").size(),
            kErrorMessageBytesMax);
  EXPECT_LE(CleanErrorMessage(std::string(3000, '\x01'), "", "").size(), kErrorMessageBytesMax);
  EXPECT_EQ(CleanErrorMessage("maximum context length is 4096 tokens", R"({"model":"m"})", ""),
            "maximum context length is 4096 tokens");
}

}  // namespace
}  // namespace assay
