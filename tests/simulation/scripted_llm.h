// ScriptedLlm: the OpenAI-compatible server of a simulated cluster, and the ledger of what it
// served. Whether and when a reply comes is drawn from the seed; what it says is a pure function of
// the request, so that every run of a workload has the same results. SimChatClient: one agent's
// connections to it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/llm/chat_client.h"
#include "tests/fakes/scripted_chat_client.h"
#include "tests/simulation/fault_plan.h"
#include "tests/simulation/sim_loop.h"

namespace assay {

class ScriptedLlm {
 public:
  using Answer = std::function<LlmResult(const std::string& body)>;

  ScriptedLlm(SimLoop& loop, FaultPlan& faults, Answer answer)
      : loop_(loop), faults_(faults), answer_(std::move(answer)) {}

  struct Fate {
    absl::Duration after;
    LlmResult result;
  };

  // A request arrives from `agent`.
  Fate Serve(const std::string& endpoint, const std::string& agent, const std::string& body) {
    Random& random = loop_.random();
    const bool judges = body.find("judge-1") != std::string::npos;
    const absl::Duration whole = (judges ? absl::Milliseconds(200) : absl::Seconds(1)) +
                                 (judges ? absl::Seconds(2) : absl::Seconds(12)) * random.Unit();
    ++in_flight[endpoint];
    if (on_start) on_start(endpoint, agent, body);
    const double draw = random.Unit();
    double edge = faults_.throttle;
    if (draw < edge) {
      v1::Error error = MakeCallError(v1::ERROR_CLASS_THROTTLE, "slow down");
      error.set_http_status(429);
      if (random.Below(4) != 0) {
        error.set_retry_after_ms(500 + static_cast<std::int64_t>(random.Below(20000)));
      }
      return {absl::Milliseconds(20), error};
    }
    if (draw < (edge += faults_.server_error)) {
      return {absl::Milliseconds(50), MakeCallError(v1::ERROR_CLASS_INFRA, "HTTP 503")};
    }
    if (draw < (edge += faults_.cut)) {
      return {whole * random.Unit(), MakeCallError(v1::ERROR_CLASS_INFRA, "the stream was cut")};
    }
    if (draw < edge + faults_.hang) {
      return {absl::Seconds(60), MakeCallError(v1::ERROR_CLASS_INFRA, "stalled")};
    }
    return {whole, answer_(body)};
  }
  void End(const std::string& endpoint, const std::string& body, const LlmResult* result) {
    --in_flight[endpoint];
    if (result == nullptr || !std::holds_alternative<v1::Reply>(*result)) return;
    ++served[body];
    tokens += std::get<v1::Reply>(*result).usage().completion_tokens();
  }

  std::map<std::string, int> in_flight;  // by endpoint
  std::map<std::string, int> served;     // whole replies that reached an agent, by request
  std::int64_t tokens = 0;
  std::function<void(const std::string& endpoint, const std::string& agent,
                     const std::string& body)>
      on_start;

 private:
  SimLoop& loop_;
  FaultPlan& faults_;
  Answer answer_;
};

class SimChatClient : public ChatClient {
 public:
  SimChatClient(SimProcess& process, ScriptedLlm& server) : process_(process), server_(server) {}

  LlmCallId Start(LlmCall call, Callback<const LlmProgress&>, Callback<LlmResult> done) override {
    const LlmCallId id = next_++;
    ScriptedLlm::Fate fate = server_.Serve(call.endpoint.id(), process_.name(), call.body);
    Running& running = running_[id];
    running.endpoint = call.endpoint.id();
    running.body = std::move(call.body);
    running.done = std::move(done);
    running.timer = process_.RunAfter(
        fate.after,
        [this, id, result = std::move(fate.result)]() mutable { Finish(id, std::move(result)); });
    return id;
  }

  void Cancel(LlmCallId id) override {
    const auto found = running_.find(id);
    if (found == running_.end()) return;
    process_.Cancel(found->second.timer);
    process_.Post([this, id] { Finish(id, MakeCallError(v1::ERROR_CLASS_CANCELLED)); });
  }

  // The process is gone, and its connections with it.
  void Drop() {
    for (auto& [id, running] : running_) server_.End(running.endpoint, running.body, nullptr);
    running_.clear();
  }

 private:
  struct Running {
    std::string endpoint;
    std::string body;
    Callback<LlmResult> done;
    TimerId timer = 0;
  };

  void Finish(LlmCallId id, LlmResult result) {
    const auto found = running_.find(id);
    if (found == running_.end()) return;
    Running running = std::move(found->second);
    running_.erase(found);
    server_.End(running.endpoint, running.body, &result);
    std::move(running.done)(std::move(result));
  }

  SimProcess& process_;
  ScriptedLlm& server_;
  LlmCallId next_ = 1;
  std::map<LlmCallId, Running> running_;
};

}  // namespace assay
