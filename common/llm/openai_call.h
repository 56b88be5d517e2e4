// One running call of OpenAiChatClient: its deadlines, and the reading of its reply. Private to
// common/llm. Lives on the transport's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/http_transport.h"
#include "common/http/sse_parser.h"
#include "common/llm/deadlines.h"
#include "common/llm/openai_chat_client.h"
#include "common/llm/reply_reader.h"

namespace assay {

// Shared with the tasks that carry progress and the result to the other thread.
struct LlmListener {
  Callback<const LlmProgress&> progress;
  Callback<LlmResult> done;
};

class OpenAiCall : public HttpHandler {
 public:
  // `finished` is called once, last, after the result was posted; it destroys the call.
  OpenAiCall(const OpenAiChatClient::Environment& environment, LlmCall call,
             std::shared_ptr<LlmListener> listener, Task finished);

  void Start();
  void Cancel();
  // Closes the connection and reports nothing.
  void Abandon();

  void OnSending() override;
  void OnHead(const HttpResponseHead& head) override;
  void OnBody(std::string_view bytes) override;
  void OnComplete() override;
  void OnFailure(const HttpFailure& failure) override;

 private:
  enum class BodyKind { kUnknown, kEvents, kJson, kRefusal };

  absl::StatusOr<HttpRequest> MakeRequest();
  void TakeEvents(std::string_view bytes);
  bool RecogniseBody(std::string_view bytes);
  void NoteProgress(std::int64_t content_bytes);
  void Watch(absl::Duration limit, std::string_view what);
  void CheckWatch();
  void FinishRefused();
  void FinishRead(LlmResult result);
  void Fail(v1::ErrorClass error_class, std::string_view message);
  void FinishWithError(v1::Error error);
  void Finish(LlmResult result);
  void StopTimers();

  const OpenAiChatClient::Environment environment_;
  const v1::Endpoint endpoint_;
  const bool completion_;
  const std::shared_ptr<const std::string> request_body_;
  const CallDeadlines deadlines_;
  const bool streamed_;
  const std::shared_ptr<LlmListener> listener_;
  Task finished_;

  Secret key_;
  HttpRequestId request_id_ = 0;
  std::optional<ReplyReader> reader_;
  SseParser events_;
  std::string body_;  // of a reply that is not a stream
  BodyKind body_kind_ = BodyKind::kUnknown;
  bool cut_possible_ = false;
  int status_ = 0;
  std::int64_t retry_after_ms_ = 0;

  absl::Duration started_;
  absl::Duration sent_;
  absl::Duration last_content_;
  absl::Duration last_progress_;
  v1::Timings timings_;

  TimerId wall_timer_ = 0;
  TimerId watch_timer_ = 0;
  absl::Duration watch_from_;
  absl::Duration watch_limit_ = absl::InfiniteDuration();
  std::string watch_what_;
};

}  // namespace assay
