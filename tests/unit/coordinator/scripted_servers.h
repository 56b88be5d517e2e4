// Agents and servers for tests of scheduling: the servers follow a script, the agents obey what a
// Sync tells them, and all of it runs in the virtual time of a TestProcess, 100 ms a step.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/coordinator/test_run.h"

namespace assay {

struct ScriptedReply {
  v1::ErrorClass error_class = v1::ERROR_CLASS_UNSPECIFIED;  // unspecified: a text
  std::int64_t retry_after_ms = 0;
  absl::Duration latency = absl::Seconds(1);
  std::int64_t tokens = 30;  // of a text
};

class ScriptedServers {
 public:
  struct Call {
    absl::Duration begun;
    absl::Duration ends;
    v1::Assignment start;
    ScriptedReply reply;
  };
  using Script = std::function<ScriptedReply(const v1::Assignment&, absl::Duration now)>;

  ScriptedServers(TestProcess& process, int agents, Script script)
      : process_(process), script_(std::move(script)), agents_(static_cast<std::size_t>(agents)) {
    for (std::size_t i = 0; i < agents_.size(); ++i) agents_[i].id = "a" + std::to_string(i);
  }

  absl::Duration Now() const { return process_.executor.clock().SteadyNow() - began_; }

  // Until `end`, or until every run that was added is sealed.
  void RunUntil(absl::Duration end, const std::function<bool()>& stop) {
    while (Now() < end && !stop()) {
      for (Agent& agent : agents_) Step(agent);
      process_.executor.Advance(absl::Milliseconds(100));
    }
  }

  std::size_t Ended(absl::Duration from, absl::Duration to) const {
    std::size_t count = 0;
    for (const absl::Duration at : texts_) count += at >= from && at < to ? 1 : 0;
    return count;
  }
  // The most that `cost` adds up to in any 60 seconds, by when calls began.
  std::int64_t MostInAMinute(const std::function<std::int64_t(const Call&)>& cost) const {
    std::int64_t most = 0, sum = 0;
    std::size_t first = 0;
    for (const Call& call : calls) {
      sum += cost(call);
      while (calls[first].begun + absl::Seconds(60) <= call.begun) sum -= cost(calls[first++]);
      most = std::max(most, sum);
    }
    return most;
  }

  std::vector<Call> calls;  // that were made, in order
  int most_in_flight = 0;

 private:
  struct Agent {
    std::string id;
    std::shared_ptr<std::optional<absl::StatusOr<v1::SyncResponse>>> answer;
    bool news = true;
    std::map<std::string, v1::Assignment> waiting;  // not called yet
    std::map<std::string, Call> calling;
    std::map<std::string, v1::FinishedAttempt> finished;
    std::map<std::string, std::pair<int, absl::Duration>> limits;  // calls, not before
    std::set<std::string> known;
  };

  void Step(Agent& agent) {
    Read(agent);
    EndCalls(agent);
    if (agent.news || agent.answer == nullptr) Sync(agent);
    process_.executor.RunReady();
    Read(agent);
    BeginCalls(agent);
  }

  void Sync(Agent& agent) {
    v1::SyncRequest request;
    request.set_agent_id(agent.id);
    request.set_incarnation("i");
    request.set_protocol_version(kProtocolVersion);
    for (const auto kind :
         {v1::UNIT_KIND_GENERATE, v1::UNIT_KIND_SCORE_RULES, v1::UNIT_KIND_SCORE_JUDGED}) {
      request.add_kinds(kind);
    }
    const std::size_t running = agent.waiting.size() + agent.calling.size();
    request.set_free_slots(static_cast<std::int32_t>(running < 200 ? 200 - running : 0));
    const auto show = [&](const v1::Assignment& start, int output_bytes) {
      v1::RunningAttempt& message = *request.add_running();
      message.set_output_bytes(output_bytes);
      message.set_attempt(start.attempt());
      message.set_unit_id(start.unit().id());
    };
    for (const auto& [attempt, start] : agent.waiting) show(start, 0);
    for (const auto& [attempt, call] : agent.calling) {
      const bool streams = call.reply.error_class == v1::ERROR_CLASS_UNSPECIFIED &&
                           Now() >= call.begun + absl::Milliseconds(300);
      show(call.start, streams ? 100 : 0);
    }
    for (const auto& [attempt, message] : agent.finished) *request.add_finished() = message;
    agent.news = false;
    auto answer = std::make_shared<std::optional<absl::StatusOr<v1::SyncResponse>>>();
    agent.answer = answer;
    process_.coordinator->OnSync(
        std::move(request),
        [answer](absl::StatusOr<v1::SyncResponse> response) { *answer = std::move(response); });
  }

  void Read(Agent& agent) {
    if (agent.answer == nullptr || !agent.answer->has_value()) return;
    const absl::StatusOr<v1::SyncResponse> response = **agent.answer;
    agent.answer = nullptr;
    ASSERT_TRUE(response.ok()) << response.status();
    for (const v1::Assignment& start : response->start()) {
      if (agent.known.insert(start.attempt()).second) agent.waiting[start.attempt()] = start;
    }
    for (const auto& settled : response->settled()) agent.finished.erase(settled.attempt());
    for (const v1::EndpointLimit& limit : response->limits()) {
      agent.limits[limit.endpoint()] = {limit.max_in_flight(),
                                        Now() + absl::Milliseconds(limit.not_before_ms())};
    }
  }

  void BeginCalls(Agent& agent) {
    for (auto it = agent.waiting.begin(); it != agent.waiting.end();) {
      const std::string& endpoint = it->second.unit().endpoint();
      const auto limit = agent.limits.find(endpoint);
      const auto in_flight = static_cast<int>(std::count_if(
          agent.calling.begin(), agent.calling.end(),
          [&](const auto& call) { return call.second.start.unit().endpoint() == endpoint; }));
      if (limit != agent.limits.end() &&
          (limit->second.second > Now() || in_flight >= limit->second.first)) {
        ++it;
        continue;
      }
      const ScriptedReply reply = script_(it->second, Now());
      const Call call{Now(), Now() + reply.latency, it->second, reply};
      calls.push_back(call);
      agent.calling[it->first] = call;
      it = agent.waiting.erase(it);
    }
    int all = 0;
    for (const Agent& each : agents_) all += static_cast<int>(each.calling.size());
    most_in_flight = std::max(most_in_flight, all);
  }

  void EndCalls(Agent& agent) {
    for (auto it = agent.calling.begin(); it != agent.calling.end();) {
      if (it->second.ends > Now()) {
        ++it;
        continue;
      }
      End(agent, it->second);
      it = agent.calling.erase(it);
      agent.news = true;
    }
  }

  void End(Agent& agent, const Call& call) {
    v1::FinishedAttempt& message = agent.finished[call.start.attempt()];
    message.set_attempt(call.start.attempt());
    message.set_unit_id(call.start.unit().id());
    if (call.reply.error_class != v1::ERROR_CLASS_UNSPECIFIED) {
      message.mutable_error()->set_error_class(call.reply.error_class);
      message.mutable_error()->set_retry_after_ms(call.reply.retry_after_ms);
      return;
    }
    const auto inputs = process_.Fetch(call.start);
    ASSERT_TRUE(inputs.ok()) << inputs.status();
    v1::Envelope envelope = ResultFor(*inputs, call.start.attempt());
    envelope.mutable_usage()->set_prompt_tokens(0);
    envelope.mutable_usage()->set_completion_tokens(call.reply.tokens);
    const auto digest = process_.Put(envelope);
    ASSERT_TRUE(digest.ok()) << digest.status();
    message.set_outcome(envelope.outcome());
    message.set_envelope_digest(*digest);
    texts_.push_back(Now());
  }

  TestProcess& process_;
  Script script_;
  std::vector<Agent> agents_;
  std::vector<absl::Duration> texts_;  // when they came
  absl::Duration began_ = process_.executor.clock().SteadyNow();
};

}  // namespace assay
