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

namespace assay {

class ScriptedChatClient : public ChatClient {
 public:
  // The answer to a call; `nth` counts all calls of this client from 0.
  using Script = std::function<LlmResult(const LlmCall& call, int nth)>;
  // How long the answer takes.
  using Delay = std::function<absl::Duration(const LlmCall& call, int nth)>;

  ScriptedChatClient(Executor& executor, Script script)
      : executor_(executor), script_(std::move(script)) {}

  void set_delay(Delay delay) { delay_ = std::move(delay); }

  LlmCallId Start(LlmCall call, Callback<const LlmProgress&> progress,
                  Callback<LlmResult> done) override {
    const int nth = static_cast<int>(bodies.size());
    bodies.push_back(call.body);
    const LlmCallId id = next_id_++;
    LlmResult result = script_(call, nth);
    Running running;
    running.progress = std::move(progress);
    running.done = std::move(done);
    running.timer = executor_.RunAfter(
        delay_ ? delay_(call, nth) : absl::ZeroDuration(),
        [this, id, result = std::move(result)]() mutable { Finish(id, std::move(result)); });
    running_[id] = std::move(running);
    most_in_flight = std::max(most_in_flight, in_flight());
    return id;
  }

  void Cancel(LlmCallId id) override {
    const auto found = running_.find(id);
    if (found == running_.end()) return;
    ++cancelled;
    executor_.Cancel(found->second.timer);
    executor_.Post([this, id] {
      v1::Error error;
      error.set_error_class(v1::ERROR_CLASS_CANCELLED);
      Finish(id, std::move(error));
    });
  }

  // Reports progress of every running call.
  void Progress(const LlmProgress& progress) {
    for (auto& [id, running] : running_) running.progress(progress);
  }

  int in_flight() const { return static_cast<int>(running_.size()); }
  int started() const { return static_cast<int>(bodies.size()); }

  std::vector<std::string> bodies;  // of every call, in order
  int cancelled = 0;
  int most_in_flight = 0;

 private:
  struct Running {
    Callback<const LlmProgress&> progress;
    Callback<LlmResult> done;
    TimerId timer = 0;
  };

  void Finish(LlmCallId id, LlmResult result) {
    const auto found = running_.find(id);
    if (found == running_.end()) return;
    Callback<LlmResult> done = std::move(found->second.done);
    running_.erase(found);
    done(std::move(result));
  }

  Executor& executor_;
  Script script_;
  Delay delay_;
  LlmCallId next_id_ = 1;
  std::map<LlmCallId, Running> running_;
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
