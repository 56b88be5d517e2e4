#include "common/llm/openai_chat_client.h"

#include <atomic>
#include <future>
#include <unordered_map>
#include <utility>

#include "common/base/check.h"
#include "common/llm/openai_call.h"

namespace assay {

// Everything but NextId runs on the transport's thread.
class OpenAiChatClient::Calls {
 public:
  explicit Calls(const Environment& environment) : environment_(environment) {}

  Executor& thread() { return environment_.transport->executor(); }
  LlmCallId NextId() { return ++last_id_; }

  void Begin(LlmCallId id, LlmCall call, std::shared_ptr<LlmListener> listener) {
    if (closed_) return;
    auto running = std::make_unique<OpenAiCall>(environment_, std::move(call), std::move(listener),
                                                [this, id] { running_.erase(id); });
    OpenAiCall* started = running.get();
    running_.emplace(id, std::move(running));
    started->Start();
  }

  void Cancel(LlmCallId id) {
    const auto found = running_.find(id);
    if (found != running_.end()) found->second->Cancel();
  }

  void Close() {
    closed_ = true;
    for (auto& [id, call] : running_) call->Abandon();
    running_.clear();
  }

 private:
  const Environment environment_;
  std::atomic<LlmCallId> last_id_{0};
  std::unordered_map<LlmCallId, std::unique_ptr<OpenAiCall>> running_;
  bool closed_ = false;
};

OpenAiChatClient::OpenAiChatClient(const Environment& environment)
    : calls_(std::make_shared<Calls>(environment)) {
  ASSAY_CHECK(environment.transport != nullptr && environment.executor != nullptr &&
              environment.clock != nullptr && environment.keys != nullptr);
}

OpenAiChatClient::~OpenAiChatClient() {
  if (calls_->thread().InLoopThread()) {
    calls_->Close();
    return;
  }
  // Afterwards nothing of this client posts to the executor any more.
  std::promise<void> closed;
  calls_->thread().Post([this, &closed] {
    calls_->Close();
    closed.set_value();
  });
  closed.get_future().wait();
}

LlmCallId OpenAiChatClient::Start(LlmCall call, Callback<const LlmProgress&> progress,
                                  Callback<LlmResult> done) {
  const LlmCallId id = calls_->NextId();
  auto listener = std::make_shared<LlmListener>(LlmListener{std::move(progress), std::move(done)});
  calls_->thread().Post(
      [calls = calls_, id, call = std::move(call), listener = std::move(listener)]() mutable {
        calls->Begin(id, std::move(call), std::move(listener));
      });
  return id;
}

void OpenAiChatClient::Cancel(LlmCallId id) {
  calls_->thread().Post([calls = calls_, id] { calls->Cancel(id); });
}

}  // namespace assay
