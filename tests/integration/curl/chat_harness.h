// A real client over a real transport, driven by the test's thread, and the bytes of typical
// replies.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "common/http/curl_transport.h"
#include "common/llm/openai_chat_client.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/system_clock.h"
#include "tests/fakes/raw_server.h"

namespace assay {

inline const char kStreamHeaders[] = "Content-Type: text/event-stream\r\n";
inline const char kChunkedHeaders[] =
    "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n";
inline const char kJsonHeaders[] = "Content-Type: application/json\r\n";
inline const char kKey[] = "sk-test-0123456789";

inline std::string ContentEvent(std::string_view json_text) {
  return R"(data: {"choices":[{"index":0,"delta":{"content":")" + std::string(json_text) +
         "\"}}]}\n\n";
}
inline const char kFinishEvent[] =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
inline const char kDoneEvent[] = "data: [DONE]\n\n";

inline std::string PlainBody(std::string_view json_text) {
  return R"({"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":")" +
         std::string(json_text) + R"("},"finish_reason":"stop"}]})";
}

class ChatHarness {
 public:
  explicit ChatHarness(const std::string& base_url, CurlTransportOptions options = {})
      : transport(std::move(options)) {
    endpoint.set_id("e");
    endpoint.set_base_url(base_url);
    endpoint.set_api_key_env("KEY");
    endpoint.mutable_deadlines()->set_connect_timeout_s(2);
    endpoint.mutable_deadlines()->set_first_token_timeout_s(15);
    endpoint.mutable_deadlines()->set_stall_timeout_s(15);
    endpoint.mutable_deadlines()->set_wall_timeout_s(60);
  }

  LlmCallId Start(Callback<LlmResult> done, Callback<const LlmProgress&> progress = {}) {
    LlmCall call;
    call.endpoint = endpoint;
    call.body = R"({"model":"m","messages":[{"role":"user","content":"the words of the prompt"}]})";
    return client.Start(std::move(call), std::move(progress), std::move(done));
  }

  // Makes one call and waits for its result.
  LlmResult Call() {
    std::optional<LlmResult> got;
    Start([&](LlmResult result) {
      got = std::move(result);
      core.Stop();
    });
    core.RunUntilStopped();
    return *std::move(got);
  }

  v1::Reply Reply() {
    LlmResult result = Call();
    if (const v1::Error* error = std::get_if<v1::Error>(&result)) {
      ADD_FAILURE() << "no reply: " << error->ShortDebugString();
      return {};
    }
    return std::get<v1::Reply>(std::move(result));
  }

  v1::Error Error() {
    LlmResult result = Call();
    if (const v1::Reply* reply = std::get_if<v1::Reply>(&result)) {
      ADD_FAILURE() << "a reply: " << reply->ShortDebugString();
      return {};
    }
    return std::get<v1::Error>(std::move(result));
  }

  v1::Endpoint endpoint;
  SystemClock clock;
  AsioExecutor core;
  CurlTransport transport;
  ApiKeys keys{[](const std::string& name) -> std::optional<std::string> {
    if (name == "KEY") return kKey;
    return std::nullopt;
  }};
  OpenAiChatClient client{
      {.transport = &transport, .executor = &core, .clock = &clock, .keys = &keys}};
};

// Always the same answer.
inline RawServer::Script Always(RawReply reply) {
  return [reply = std::move(reply)](int, const std::string&) { return reply; };
}

}  // namespace assay
