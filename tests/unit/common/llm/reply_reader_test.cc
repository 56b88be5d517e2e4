#include "common/llm/reply_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assay {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kBody = R"({"model":"m","messages":[{"role":"user","content":"Hi"}]})";

std::string Delta(const std::string& delta, const std::string& finish = "null") {
  return R"({"id":"c1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":)" +
         delta + R"(,"finish_reason":)" + finish + "}]}";
}
std::string Content(const std::string& text) { return Delta(R"({"content":")" + text + "\"}"); }
const std::string kStop = Delta("{}", "\"stop\"");
const std::string kUsage =
    R"({"id":"c1","model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}})";

// Feeds data lines as events and takes the result as after a clean end of HTTP.
LlmResult Stream(const std::vector<std::string>& events, bool omits_done = false) {
  ReplyReader reader({.omits_done = omits_done, .requested_model = "m", .request_body = kBody});
  for (const std::string& data : events) {
    if (!reader.TakeEvent({.type = {}, .data = data, .id = {}})) break;
  }
  return reader.TakeStream();
}

v1::Reply ReplyOf(const LlmResult& result) {
  const v1::Reply* reply = std::get_if<v1::Reply>(&result);
  if (reply == nullptr) {
    ADD_FAILURE() << std::get<v1::Error>(result).ShortDebugString();
    return {};
  }
  return *reply;
}

v1::Error ErrorOf(const LlmResult& result) {
  const v1::Error* error = std::get_if<v1::Error>(&result);
  if (error == nullptr) {
    ADD_FAILURE() << std::get<v1::Reply>(result).ShortDebugString();
    return {};
  }
  return *error;
}

v1::ErrorClass ClassOf(const LlmResult& result) { return ErrorOf(result).error_class(); }

TEST(ReplyReaderStreamTest, ReadsAnOrdinaryStream) {
  const v1::Reply reply =
      ReplyOf(Stream({Delta(R"({"role":"assistant","content":null})"), Content("Hello "),
                      Content("world"), kStop, kUsage, "[DONE]"}));
  EXPECT_EQ(reply.text(), "Hello world");
  EXPECT_EQ(reply.finish_reason(), "stop");
  EXPECT_EQ(reply.model(), "m");
  EXPECT_EQ(reply.response_id(), "c1");
  EXPECT_EQ(reply.usage().prompt_tokens(), 9);
  EXPECT_EQ(reply.usage().completion_tokens(), 4);
  EXPECT_FALSE(reply.usage().estimated());
  EXPECT_THAT(reply.flags(), IsEmpty());
}

TEST(ReplyReaderStreamTest, ReadsLlamaServersEvents) {
  const v1::Reply reply = ReplyOf(Stream(
      {R"({"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1,"id":"x","model":"m","system_fingerprint":"b0","object":"chat.completion.chunk"})",
       R"({"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Ch"}}]})",
       R"({"choices":[{"finish_reason":"length","index":0,"delta":{}}],"usage":{"completion_tokens":1,"prompt_tokens":5,"total_tokens":6},"timings":{"predicted_per_second":1e300}})",
       "[DONE]"}));
  EXPECT_EQ(reply.text(), "Ch");
  EXPECT_EQ(reply.finish_reason(), "length");
  EXPECT_EQ(reply.system_fingerprint(), "b0");
  EXPECT_EQ(reply.usage().completion_tokens(), 1);
}

TEST(ReplyReaderStreamTest, AcceptsContentAndFinishInOneChunk) {
  EXPECT_EQ(ReplyOf(Stream({Delta(R"({"content":"all"})", "\"stop\""), "[DONE]"})).text(), "all");
}

TEST(ReplyReaderStreamTest, ReadsCompletionChunks) {
  const v1::Reply reply = ReplyOf(
      Stream({R"({"choices":[{"index":0,"text":"one ","finish_reason":null}]})",
              R"({"choices":[{"index":0,"text":"two","finish_reason":"stop"}]})", "[DONE]"}));
  EXPECT_EQ(reply.text(), "one two");
}

TEST(ReplyReaderStreamTest, IsNeverCompleteWithoutFinishAndDone) {
  EXPECT_EQ(ClassOf(Stream({})), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(ClassOf(Stream({Content("a")})), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(ClassOf(Stream({Content("a"), "[DONE]"})), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(ClassOf(Stream({Content("a"), kStop})), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(ClassOf(Stream({Content("a"), "[DONE]", kStop})), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(ClassOf(Stream({Content("a")}, true)), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(ReplyOf(Stream({Content("a"), kStop}, true)).text(), "a");
}

TEST(ReplyReaderStreamTest, IgnoresEverythingBehindDone) {
  const v1::Reply reply =
      ReplyOf(Stream({Content("a"), kStop, "[DONE]", "[DONE]", Content("more"), "{broken"}));
  EXPECT_EQ(reply.text(), "a");
  EXPECT_THAT(reply.flags(), ElementsAre("data_after_done", "duplicate_done", "usage_missing"));
}

TEST(ReplyReaderStreamTest, FlagsASecondFinishAndTextBehindIt) {
  const v1::Reply reply =
      ReplyOf(Stream({Content("a"), kStop, Delta(R"({"content":"b"})", "\"length\""), "[DONE]"}));
  EXPECT_EQ(reply.finish_reason(), "stop");
  EXPECT_EQ(reply.text(), "ab");
  EXPECT_THAT(reply.flags(), Contains("duplicate_finish"));
  EXPECT_THAT(reply.flags(), Contains("text_after_finish"));
}

TEST(ReplyReaderStreamTest, JoinsSurrogatesAndBytesAcrossChunks) {
  v1::Reply reply = ReplyOf(Stream({Content("a\\uD83D"), Content("\\uDE00b"), kStop, "[DONE]"}));
  EXPECT_EQ(reply.text(),
            "a\xF0\x9F\x98\x80"
            "b");
  EXPECT_THAT(reply.flags(), Not(Contains("invalid_utf8")));
  reply = ReplyOf(Stream({Content("\xE4"), Content("\xBD\xA0"), kStop, "[DONE]"}));
  EXPECT_EQ(reply.text(), "\xE4\xBD\xA0");
  EXPECT_THAT(reply.flags(), Not(Contains("invalid_utf8")));
  reply = ReplyOf(Stream({Content("a\\uD83D"), Content("b\\u0000"), kStop, "[DONE]"}));
  EXPECT_EQ(reply.text(), std::string("a\xEF\xBF\xBD"
                                      "b\0",
                                      6));
  EXPECT_THAT(reply.flags(), Contains("invalid_utf8"));
  EXPECT_THAT(reply.flags(), Contains("nul_bytes"));
}

TEST(ReplyReaderStreamTest, KeepsReasoningApart) {
  const v1::Reply reply = ReplyOf(
      Stream({Delta(R"({"reasoning_content":"first ","reasoning":"first "})"),
              Delta(R"({"reasoning":"then"})"),
              Delta(R"({"content":"answer","reasoning_content":null})"), kStop, kUsage, "[DONE]"}));
  EXPECT_EQ(reply.text(), "answer");
  EXPECT_EQ(reply.reasoning(), "first then");
  EXPECT_GT(reply.usage().reasoning_tokens(), 0);
  EXPECT_LT(reply.usage().reasoning_tokens(), 4);
  EXPECT_THAT(reply.flags(), ElementsAre("reasoning_estimated"));
}

TEST(ReplyReaderStreamTest, TakesAThinkBlockThatIsCutIntoChunks) {
  const v1::Reply reply = ReplyOf(Stream(
      {Content("<th"), Content("ink>\\nhm</thi"), Content("nk>\\n\\nanswer"), kStop, "[DONE]"}));
  EXPECT_EQ(reply.text(), "answer");
  EXPECT_EQ(reply.reasoning(), "hm");
}

TEST(ReplyReaderStreamTest, FlagsAnEmptyOutput) {
  v1::Reply reply = ReplyOf(Stream({Content("<think>only"), kStop, "[DONE]"}));
  EXPECT_EQ(reply.text(), "");
  EXPECT_THAT(reply.flags(), Contains("empty_output"));
  EXPECT_THAT(reply.flags(), Contains("think_unclosed"));
  reply = ReplyOf(Stream({Delta(R"({"role":"assistant","content":null})"), kStop, "[DONE]"}));
  EXPECT_THAT(reply.flags(), Contains("empty_output"));
  reply = ReplyOf(Stream({Delta(R"({"refusal":"I cannot."})"), kStop, "[DONE]"}));
  EXPECT_EQ(reply.refusal(), "I cannot.");
  EXPECT_THAT(reply.flags(), Not(Contains("empty_output")));
}

TEST(ReplyReaderStreamTest, KeepsUnknownFinishValuesAndFailsBrokenOnes) {
  v1::Reply reply = ReplyOf(Stream({Delta(R"({"content":"a"})", "\"eos\""), "[DONE]"}));
  EXPECT_EQ(reply.finish_reason(), "eos");
  EXPECT_THAT(reply.flags(), Contains("unknown_finish"));
  reply = ReplyOf(Stream({Delta(R"({"content":"a"})", "17"), "[DONE]"}));
  EXPECT_EQ(reply.finish_reason(), "17");
  EXPECT_EQ(ClassOf(Stream({Delta(R"({"content":"a"})", "\"abort\""), "[DONE]"})),
            v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(ClassOf(Stream({Delta(R"({"content":"a"})", "\"error\""), "[DONE]"})),
            v1::ERROR_CLASS_INFRA);
}

TEST(ReplyReaderStreamTest, FailsWithTheClassOfAnErrorInTheStream) {
  EXPECT_EQ(ClassOf(Stream({Content("a"), R"({"error":{"message":"x","code":500}})", "[DONE]"})),
            v1::ERROR_CLASS_INFRA);
  const v1::Error error = ErrorOf(Stream(
      {R"({"error":{"message":"too long","type":"exceed_context_size_error","code":400}})"}));
  EXPECT_EQ(error.error_class(), v1::ERROR_CLASS_REQUEST);
  EXPECT_THAT(error.message(), HasSubstr("too long"));
  EXPECT_EQ(ClassOf(Stream({R"({"error":"rate"})"})), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(
      ClassOf(Stream({R"({"object":"error","message":"no","type":"BadRequestError","code":400})"})),
      v1::ERROR_CLASS_REQUEST);
  EXPECT_EQ(
      ReplyOf(Stream({Delta(R"({"content":"a"},"error":null)", "\"stop\""), "[DONE]"})).text(),
      "a");
  ReplyReader reader({.requested_model = {}, .request_body = {}});
  EXPECT_FALSE(reader.TakeEvent(
      {.type = "error", .data = R"({"error":{"code":"insufficient_quota"}})", .id = {}}));
  EXPECT_EQ(ClassOf(reader.TakeStream()), v1::ERROR_CLASS_QUOTA);
}

TEST(ReplyReaderStreamTest, RefusesWrongShapes) {
  for (const std::string& event :
       {std::string("{\"choices\":"), std::string("not json"), std::string("[]"), std::string("7"),
        std::string(R"({"choices":{}})"), std::string(R"({"choices":["x"]})"),
        std::string(R"({"choices":[{"index":1,"delta":{"content":"b"}}]})"),
        std::string(R"({"choices":[{"index":0,"delta":{}},{"index":1,"delta":{}}]})"),
        std::string(R"({"choices":[{"index":0,"delta":"x"}]})"),
        std::string(R"({"choices":[{"index":0,"message":{"content":"x"}}]})"),
        std::string(R"({"choices":[{"index":0,"delta":{"content":["x"]}}]})"),
        std::string(R"({"choices":[{"index":0,"delta":{"content":"a","content":"b"}}]})"),
        std::string(R"({"choices":[],"choices":[]})"), std::string(R"({"a":NaN})"),
        std::string(R"({"choices":[{"index":0,"delta":{"content":"x"}}]} trailing)")}) {
    EXPECT_EQ(ClassOf(Stream({event, kStop, "[DONE]"})), v1::ERROR_CLASS_PROTOCOL) << event;
  }
}

TEST(ReplyReaderStreamTest, FlagsOddButHarmlessEvents) {
  const v1::Reply reply =
      ReplyOf(Stream({R"({"type":"ping"})", Delta(R"({"role":"user","content":"a"})"),
                      Delta(R"({"tool_calls":[{"id":"t"}]})"), "", kStop,
                      R"({"model":"other","choices":[]})", "[DONE]"}));
  EXPECT_THAT(reply.flags(),
              ElementsAre("role_changed", "tool_calls", "unknown_chunk", "usage_missing"));
}

TEST(ReplyReaderStreamTest, NoticesChunksThatComeTwice) {
  const std::string longer = Content(std::string(40, 'x'));
  v1::Reply reply = ReplyOf(Stream({longer, longer, kStop, "[DONE]"}));
  EXPECT_EQ(reply.text().size(), 80u);
  EXPECT_THAT(reply.flags(), Contains("duplicate_chunk"));
  reply = ReplyOf(Stream({Content("na "), Content("na "), kStop, "[DONE]"}));
  EXPECT_THAT(reply.flags(), Not(Contains("duplicate_chunk")));
  ReplyReader numbered({.requested_model = {}, .request_body = {}});
  EXPECT_TRUE(numbered.TakeEvent({.type = {}, .data = longer, .id = "1"}));
  EXPECT_TRUE(numbered.TakeEvent({.type = {}, .data = longer, .id = "1"}));
  EXPECT_TRUE(numbered.TakeEvent({.type = {}, .data = kStop, .id = "2"}));
  EXPECT_TRUE(numbered.TakeEvent({.type = {}, .data = "[DONE]", .id = "3"}));
  reply = ReplyOf(numbered.TakeStream());
  EXPECT_EQ(reply.text().size(), 40u);
  EXPECT_THAT(reply.flags(), Contains("duplicate_chunk"));
}

TEST(ReplyReaderStreamTest, ComparesTheModel) {
  const auto model_of = [](const std::string& model) {
    return R"({"model":")" + model +
           R"(","choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]})";
  };
  EXPECT_THAT(ReplyOf(Stream({model_of("other"), "[DONE]"})).flags(), Contains("model_differs"));
  EXPECT_THAT(ReplyOf(Stream({model_of("m-2024-08-06"), "[DONE]"})).flags(),
              Not(Contains("model_differs")));
}

TEST(ReplyReaderStreamTest, BoundsTheText) {
  ReplyReader reader({.requested_model = {}, .request_body = {}});
  const std::string chunk = Content(std::string(1'000'000, 'x'));
  bool more = true;
  for (int i = 0; i < 40 && more; ++i)
    more = reader.TakeEvent({.type = {}, .data = chunk, .id = {}});
  EXPECT_FALSE(more);
  EXPECT_EQ(ClassOf(reader.TakeStream()), v1::ERROR_CLASS_PROTOCOL);
}

// What a chat endpoint says of one token; `rivals` are the inner objects.
std::string TokenEntry(const std::string& token, const std::string& logprob,
                       const std::string& rivals = "") {
  return R"({"token":")" + token + R"(","bytes":[49],"logprob":)" + logprob +
         R"(,"top_logprobs":[)" + rivals + "]}";
}
std::string ChoiceWith(const std::string& content, const std::string& logprobs) {
  return R"({"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":")" + content +
         R"("},"logprobs":)" + logprobs + R"(,"finish_reason":null}]})";
}

TEST(ReplyReaderLogprobTest, JoinsThoseOfAStream) {
  const std::string rivals =
      R"({"token":"4","bytes":[52],"logprob":-0.5},{"token":"5","logprob":-1})";
  const v1::Reply reply = ReplyOf(
      Stream({ChoiceWith("Score: ", R"({"content":[)" + TokenEntry("Score: ", "-0.25") + "]}"),
              ChoiceWith("4", R"({"content":[)" + TokenEntry("4", "-0.5", rivals) +
                                  R"(],"refusal":null})"),
              kStop, kUsage, "[DONE]"}));
  ASSERT_EQ(reply.logprobs_size(), 2);
  EXPECT_EQ(reply.logprobs(0).token(), "Score: ");
  EXPECT_EQ(reply.logprobs(0).logprob(), -0.25);
  EXPECT_EQ(reply.logprobs(0).rivals_size(), 0);
  ASSERT_EQ(reply.logprobs(1).rivals_size(), 2);
  EXPECT_EQ(reply.logprobs(1).rivals(1).token(), "5");
  EXPECT_EQ(reply.logprobs(1).rivals(1).logprob(), -1);
  EXPECT_THAT(reply.flags(), IsEmpty());
}

TEST(ReplyReaderLogprobTest, OtherFormsAreNoneAndBrokenOnesAreFlagged) {
  const auto reply_with = [](const std::string& logprobs) {
    return ReplyOf(Stream({ChoiceWith("4", logprobs), kStop, kUsage, "[DONE]"}));
  };
  for (const char* none : {"null", "{}", "[]", "7", R"({"content":null})",
                           R"({"tokens":["4"],"token_logprobs":[-1]})"}) {
    const v1::Reply reply = reply_with(none);
    EXPECT_EQ(reply.text(), "4");
    EXPECT_EQ(reply.logprobs_size(), 0) << none;
    EXPECT_THAT(reply.flags(), IsEmpty()) << none;
  }
  for (const std::string& entry :
       {TokenEntry("4", "null"), TokenEntry("4", "1e999"), TokenEntry("4", "\"x\""),
        TokenEntry("4", "-1", R"({"token":"5"})"), std::string("7"),
        std::string(R"({"logprob":-1})")}) {
    const v1::Reply reply = reply_with(R"({"content":[)" + entry + "]}");
    EXPECT_EQ(reply.text(), "4");
    EXPECT_EQ(reply.logprobs_size(), 0) << entry;
    EXPECT_THAT(reply.flags(), ElementsAre("logprobs_dropped")) << entry;
  }
}

TEST(ReplyReaderLogprobTest, AreBoundedAndStorable) {
  std::string tokens = TokenEntry("\\ud83d", "-1");
  const v1::Reply reply = ReplyOf(
      Stream({ChoiceWith("x", R"({"content":[)" + tokens + "]}"), kStop, kUsage, "[DONE]"}));
  ASSERT_EQ(reply.logprobs_size(), 1);
  EXPECT_EQ(reply.logprobs(0).token(), "\uFFFD");
  while (tokens.size() < (std::size_t{4} << 20)) {
    tokens += ",";
    tokens += TokenEntry(std::string(100, 't'), "-1");
  }
  const v1::Reply large = ReplyOf(
      Stream({ChoiceWith("x", R"({"content":[)" + tokens + "]}"), kStop, kUsage, "[DONE]"}));
  EXPECT_EQ(large.logprobs_size(), 0);
  EXPECT_THAT(large.flags(), ElementsAre("logprobs_dropped"));
}

TEST(ReplyReaderUsageTest, EstimatesWhatIsMissingOrNonsense) {
  const auto usage = [](const std::string& json, const std::string& text) {
    return ReplyOf(
        Stream({Content(text), kStop, R"({"choices":[],"usage":)" + json + "}", "[DONE]"}));
  };
  const std::string text(30'000, 'x');
  for (const char* nonsense : {R"({"prompt_tokens":9,"completion_tokens":0})",
                               R"({"prompt_tokens":9,"completion_tokens":-4})",
                               R"({"prompt_tokens":9,"completion_tokens":1000000000000})",
                               R"({"prompt_tokens":1000000000000,"completion_tokens":7000})",
                               R"({"prompt_tokens":-1,"completion_tokens":7000})",
                               R"({"prompt_tokens":9,"completion_tokens":1e300})",
                               R"({"prompt_tokens":9,"completion_tokens":"7000"})", R"({})"}) {
    const v1::Reply reply = usage(nonsense, text);
    EXPECT_TRUE(reply.usage().estimated()) << nonsense;
    EXPECT_EQ(reply.usage().completion_tokens(), 7500) << nonsense;
    EXPECT_GT(reply.usage().prompt_tokens(), 0);
    EXPECT_THAT(reply.flags(), Contains("usage_implausible")) << nonsense;
  }
  EXPECT_THAT(usage("null", text).flags(), Contains("usage_missing"));
  const v1::Reply fine = usage(
      R"({"prompt_tokens":9,"completion_tokens":7000.0,"completion_tokens_details":{"reasoning_tokens":5},)"
      R"("prompt_tokens_details":{"cached_tokens":3}})",
      text);
  EXPECT_FALSE(fine.usage().estimated());
  EXPECT_EQ(fine.usage().completion_tokens(), 7000);
  EXPECT_EQ(fine.usage().reasoning_tokens(), 5);
  EXPECT_EQ(fine.usage().cached_tokens(), 3);
  EXPECT_THAT(fine.flags(), IsEmpty());
}

LlmResult Body(std::string_view body, bool cut_possible = false) {
  ReplyReader reader({.requested_model = "m", .request_body = kBody});
  return reader.TakeBody(body, cut_possible);
}

TEST(ReplyReaderBodyTest, ReadsAPlainReply) {
  const v1::Reply reply = ReplyOf(Body(
      R"({"choices":[{"finish_reason":"length","index":0,"message":{"role":"assistant","content":"riv res",)"
      R"("refusal":null,"annotations":[]},"logprobs":{"content":[{"token":"a","bytes":[97],"logprob":-0.1,"top_logprobs":[]}]}}],)"
      R"("created":1795322614,"model":"m","system_fingerprint":"b0","object":"chat.completion","usage":)"
      R"({"completion_tokens":12,"prompt_tokens":26,"prompt_tokens_details":{"cached_tokens":2}},"id":"chatcmpl-1"})"));
  EXPECT_EQ(reply.text(), "riv res");
  EXPECT_EQ(reply.finish_reason(), "length");
  EXPECT_EQ(reply.response_id(), "chatcmpl-1");
  EXPECT_EQ(reply.usage().cached_tokens(), 2);
  EXPECT_THAT(reply.flags(), IsEmpty());
}

TEST(ReplyReaderBodyTest, GivesEachWrongBodyItsClass) {
  EXPECT_EQ(ClassOf(Body("")), v1::ERROR_CLASS_PROTOCOL);
  EXPECT_EQ(ClassOf(Body("", true)), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(ClassOf(Body("<html>login</html>")), v1::ERROR_CLASS_PROTOCOL);
  EXPECT_EQ(ClassOf(Body("{}")), v1::ERROR_CLASS_PROTOCOL);
  EXPECT_EQ(ClassOf(Body(R"({"choices":[]})")), v1::ERROR_CLASS_PROTOCOL);
  EXPECT_EQ(ClassOf(Body(R"({"choices":null})")), v1::ERROR_CLASS_PROTOCOL);
  EXPECT_EQ(ClassOf(Body(R"({"choices":[{"message":{"content":"a"},"finish_reason":"stop"},{}]})")),
            v1::ERROR_CLASS_PROTOCOL);
  EXPECT_EQ(ClassOf(Body(R"({"choices":[{"message":{"content":"a"},"finish_reason":null}]})")),
            v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(ClassOf(Body(R"({"choices":[{"message":{"content":"a"}}]})")), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(ClassOf(Body(R"({"error":{"message":"m","code":"invalid_api_key"}})")),
            v1::ERROR_CLASS_AUTH);
  const std::string fine = R"({"choices":[{"message":{"content":"abc"},"finish_reason":"stop"}]})";
  EXPECT_EQ(ReplyOf(Body(fine, true)).text(), "abc");
  for (std::size_t cut = 1; cut < fine.size(); ++cut) {
    EXPECT_EQ(ClassOf(Body(fine.substr(0, cut), true)), v1::ERROR_CLASS_INFRA) << cut;
    EXPECT_EQ(ClassOf(Body(fine.substr(0, cut), false)), v1::ERROR_CLASS_PROTOCOL) << cut;
  }
}

TEST(ReplyReaderBodyTest, AcceptsNullContent) {
  const v1::Reply reply =
      ReplyOf(Body(R"({"choices":[{"message":{"content":null},"finish_reason":"stop"}]})"));
  EXPECT_EQ(reply.text(), "");
  EXPECT_THAT(reply.flags(), Contains("empty_output"));
}

}  // namespace
}  // namespace assay
