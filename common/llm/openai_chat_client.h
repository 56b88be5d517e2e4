// ChatClient for servers that speak OpenAI's API. One per process. Parsing and deadlines run on the
// transport's thread; only results and throttled progress are posted to the executor.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/http/http_transport.h"
#include "common/llm/api_keys.h"
#include "common/llm/chat_client.h"

namespace assay {

class OpenAiChatClient : public ChatClient {
 public:
  // What it works with; all must outlive it. Callbacks run on `executor`.
  struct Environment {
    HttpTransport* transport = nullptr;
    Executor* executor = nullptr;
    const Clock* clock = nullptr;
    ApiKeys* keys = nullptr;
  };

  explicit OpenAiChatClient(const Environment& environment);
  // Closes the connections of running calls; their callbacks are dropped.
  ~OpenAiChatClient() override;

  // Thread-safe. How each reply and failure is read: docs/errors.md and reply_reader.h. A call
  // without deadlines of its own gets those of deadlines.h. A reply carries these flags
  // where they apply: usage_missing, usage_implausible, unknown_finish, duplicate_finish,
  // text_after_finish, duplicate_done, data_after_done, duplicate_chunk, unknown_chunk, tool_calls,
  // role_changed, think_unclosed, think_unopened, reasoning_estimated, invalid_utf8, nul_bytes,
  // model_differs, empty_output, not_streamed, logprobs_dropped.
  LlmCallId Start(LlmCall call, Callback<const LlmProgress&> progress,
                  Callback<LlmResult> done) override;
  // Thread-safe.
  void Cancel(LlmCallId id) override;

 private:
  class Calls;
  std::shared_ptr<Calls> calls_;
};

}  // namespace assay
