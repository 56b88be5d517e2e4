// ChatClient that answers from a script, on an Executor with virtual time. It counts what it was
// asked, so that a test can tell what would have been paid for.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/llm/chat_client.h"
#include "tests/fakes/scripted_calls.h"

namespace assay {

class ScriptedChatClient : public ChatClient {
 public:
  // The answer to a call; `nth` counts all calls of this client from 0.
  using Script = std::function<LlmResult(const LlmCall& call, int nth)>;
  // How long the answer takes.
  using Delay = std::function<absl::Duration(const LlmCall& call, int nth)>;

  ScriptedChatClient(Executor& executor, Script script)
      : calls_(executor), script_(std::move(script)) {}

  void set_delay(Delay delay) { delay_ = std::move(delay); }

  LlmCallId Start(LlmCall call, Callback<const LlmProgress&> progress,
                  Callback<LlmResult> done) override {
    const int nth = static_cast<int>(bodies.size());
    bodies.push_back(call.body);
    LlmResult result = script_(call, nth);
    const absl::Duration delay = delay_ ? delay_(call, nth) : absl::ZeroDuration();
    const LlmCallId id = calls_.Start(delay, std::move(result), std::move(done));
    progress_[id] = std::move(progress);
    most_in_flight = std::max(most_in_flight, in_flight());
    return id;
  }

  void Cancel(LlmCallId id) override {
    if (calls_.Cancel(id)) ++cancelled;
  }

  // Reports progress of every running call.
  void Progress(const LlmProgress& progress) {
    for (auto& [id, report] : progress_) {
      if (calls_.IsRunning(id)) report(progress);
    }
  }

  int in_flight() const { return calls_.in_flight(); }
  int started() const { return static_cast<int>(bodies.size()); }

  std::vector<std::string> bodies;  // of every call, in order
  int cancelled = 0;
  int most_in_flight = 0;

 private:
  ScriptedCalls<LlmCallId, LlmResult> calls_;
  Script script_;
  Delay delay_;
  std::map<LlmCallId, Callback<const LlmProgress&>> progress_;
};

// A reply with a text and round numbers.
inline v1::Reply MakeReply(const std::string& text) {
  v1::Reply reply;
  reply.set_text(text);
  reply.set_finish_reason("stop");
  reply.set_model("scripted");
  reply.set_http_status(200);
  reply.mutable_usage()->set_prompt_tokens(10);
  reply.mutable_usage()->set_completion_tokens(5);
  reply.mutable_timings()->set_first_token_ms(2);
  reply.mutable_timings()->set_total_ms(7);
  return reply;
}

inline v1::Error MakeCallError(v1::ErrorClass error_class, const std::string& message = "") {
  v1::Error error;
  error.set_error_class(error_class);
  error.set_message(message);
  return error;
}

}  // namespace assay
