#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "common/config/run_spec_checks.h"
#include "common/json/json.h"
#include "common/llm/chat_client.h"
#include "common/llm/extra_body.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;

v1::LlmRequest Chat() {
  v1::LlmRequest request;
  request.set_model("org/name");
  v1::Message* message = request.add_messages();
  message->set_role("user");
  message->set_content("Write \"it\"\n\x01 \xE4\xBD\xA0");
  return request;
}

google::protobuf::Value Number(double value) {
  google::protobuf::Value v;
  v.set_number_value(value);
  return v;
}

TEST(BuildRequestBodyTest, WritesKeysInAFixedOrder) {
  v1::LlmRequest request = Chat();
  v1::Sampling& sampling = *request.mutable_sampling();
  sampling.set_temperature(0.7);
  sampling.set_top_p(1);
  sampling.set_top_k(-1);
  sampling.set_max_tokens(32768);
  sampling.set_seed(9007199254740993);
  sampling.add_stop("</s>");
  auto& extra = *sampling.mutable_extra_body()->mutable_fields();
  extra["repetition_penalty"] = Number(1.05);
  extra["min_p"] = Number(0);
  (*extra["chat_template_kwargs"].mutable_struct_value()->mutable_fields())["enable_thinking"]
      .set_bool_value(false);
  const absl::StatusOr<std::string> body = BuildRequestBody(request, {});
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(
      *body,
      R"({"model":"org/name","messages":[{"role":"user","content":"Write \"it\"\n\u0001 )"
      "\xE4\xBD\xA0"
      R"("}],"temperature":0.7,"top_p":1,"top_k":-1,"max_tokens":32768,)"
      R"("seed":9007199254740993,"stop":["</s>"],)"
      R"("chat_template_kwargs":{"enable_thinking":false},"min_p":0,"repetition_penalty":1.05,)"
      R"("stream":true,"stream_options":{"include_usage":true}})");
  EXPECT_EQ(Json::parse(*body)["messages"][0]["content"], request.messages(0).content());
}

TEST(BuildRequestBodyTest, LeavesOutWhatIsNotSet) {
  v1::Endpoint endpoint;
  endpoint.set_stream(false);
  const absl::StatusOr<std::string> body = BuildRequestBody(Chat(), endpoint);
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(Json::parse(*body).size(), 3u);
  EXPECT_THAT(*body, HasSubstr(R"("stream":false})"));
}

TEST(BuildRequestBodyTest, AsksForLogProbabilitiesOfChatsOnly) {
  v1::LlmRequest request = Chat();
  EXPECT_THAT(*BuildRequestBody(request, {}), Not(HasSubstr("logprobs")));
  request.set_top_logprobs(5);
  EXPECT_THAT(*BuildRequestBody(request, {}), HasSubstr(R"("logprobs":true,"top_logprobs":5,)"));
  request.clear_messages();
  request.mutable_completion()->set_prompt("p");
  EXPECT_FALSE(BuildRequestBody(request, {}).ok());
}

TEST(BuildRequestBodyTest, NamesMaxTokensAsTheEndpointWants) {
  v1::Endpoint endpoint;
  endpoint.set_max_tokens_field("max_completion_tokens");
  v1::LlmRequest request = Chat();
  request.mutable_sampling()->set_max_tokens(5);
  EXPECT_THAT(*BuildRequestBody(request, endpoint), HasSubstr(R"("max_completion_tokens":5,)"));
  request.clear_messages();
  request.mutable_completion()->set_prompt("p");
  EXPECT_THAT(*BuildRequestBody(request, endpoint), HasSubstr(R"("max_tokens":5,)"));
  endpoint.set_max_tokens_field("max_new_tokens");
  EXPECT_EQ(BuildRequestBody(request, endpoint).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(BuildRequestBodyTest, SendsACompletionPromptWithItsPrefix) {
  v1::LlmRequest request;
  request.set_model("m");
  request.mutable_completion()->set_prompt("[INST]go[/INST]");
  request.mutable_completion()->set_assistant_prefix(" Sure");
  const std::string body = *BuildRequestBody(request, {});
  EXPECT_THAT(body, HasSubstr(R"({"model":"m","prompt":"[INST]go[/INST] Sure","stream")"));
}

TEST(BuildRequestBodyTest, AsksForStructuredOutput) {
  v1::LlmRequest request = Chat();
  request.mutable_response_format();
  EXPECT_THAT(*BuildRequestBody(request, {}),
              HasSubstr(R"("response_format":{"type":"json_object"})"));
  v1::ResponseFormat& format = *request.mutable_response_format();
  format.set_name("scores");
  (*format.mutable_json_schema()->mutable_fields())["type"].set_string_value("object");
  EXPECT_THAT(*BuildRequestBody(request, {}),
              HasSubstr(R"("response_format":{"type":"json_schema","json_schema":)"
                        R"({"name":"scores","strict":true,"schema":{"type":"object"}}})"));
}

TEST(BuildRequestBodyTest, RefusesWhatMayNotBeSent) {
  v1::LlmRequest request = Chat();
  (*request.mutable_sampling()->mutable_extra_body()->mutable_fields())["n"] = Number(2);
  absl::StatusOr<std::string> body = BuildRequestBody(request, {});
  EXPECT_EQ(body.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(body.status().message()), HasSubstr("\"n\""));

  request = Chat();
  (*request.mutable_sampling()->mutable_extra_body()->mutable_fields())["min_p"] =
      Number(std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(BuildRequestBody(request, {}).ok());

  request = Chat();
  request.mutable_messages(0)->set_content("bad \xFF byte");
  EXPECT_FALSE(BuildRequestBody(request, {}).ok());

  EXPECT_FALSE(BuildRequestBody(v1::LlmRequest(), {}).ok());
  request = Chat();
  request.mutable_completion()->set_prompt("p");
  EXPECT_FALSE(BuildRequestBody(request, {}).ok());
}

TEST(ExtraBodyTest, AllowsWhatSpecsAllowAndTheDocumentationLists) {
  std::ifstream file(ASSAY_SOURCE_DIR "/docs/spec.md");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::size_t begin = text.find('`' + std::string(AllowedExtraBodyKeys().front()) + ' ');
  ASSERT_NE(begin, std::string::npos);
  std::istringstream words(text.substr(begin + 1, text.find('`', begin + 1) - begin - 1));
  const std::vector<std::string> listed{std::istream_iterator<std::string>(words), {}};
  EXPECT_THAT(AllowedExtraBodyKeys(), testing::ElementsAreArray(listed));
  for (std::string_view key : AllowedExtraBodyKeys()) {
    EXPECT_TRUE(IsAllowedExtraBodyKey(key));
    v1::Sampling sampling;
    (*sampling.mutable_extra_body()->mutable_fields())[std::string(key)] = Number(1);
    ConfigErrors errors("spec", nullptr);
    CheckSampling(sampling, "sampling", &errors);
    EXPECT_THAT(std::string(errors.ToStatus().message()), Not(HasSubstr("not allowed"))) << key;
  }
  for (const char* key : {"messages", "stream", "n", "", "zzz"}) {
    EXPECT_FALSE(IsAllowedExtraBodyKey(key));
  }
}

TEST(CallHashTest, DependsOnKindBodyAndDrawOnly) {
  v1::Call call;
  *call.mutable_llm() = Chat();
  const std::string hash = CallHash(call, "body");
  EXPECT_EQ(hash.size(), 64u);
  call.set_endpoint("another");
  call.set_label("another");
  EXPECT_EQ(CallHash(call, "body"), hash);
  EXPECT_NE(CallHash(call, "bodx"), hash);
  call.mutable_draw()->set_try_(1);
  EXPECT_NE(CallHash(call, "body"), hash);
  call.mutable_draw()->set_try_(0);
  call.mutable_draw()->set_repeat(1);
  EXPECT_NE(CallHash(call, "body"), hash);
  call.clear_draw();
  call.mutable_llm()->mutable_completion();
  EXPECT_NE(CallHash(call, "body"), hash);
}

}  // namespace
}  // namespace assay
