#include "cli/cluster/metered_store.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <string_view>

#include "common/metrics/metric_names.h"
#include "coordinator/store/redis_reply.h"

namespace assay {
namespace {

// In the order of the alternatives of Transition.
constexpr const char* kTransitions[] = {"create",  "adopt",   "grant",  "commit",    "fail",
                                        "requeue", "unblock", "cancel", "seal_check"};
static_assert(std::size(kTransitions) == std::variant_size_v<Transition>);

constexpr std::string_view kErrorPrefix = "redis answered: ";

std::string Lower(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// The number of replicas that a WAIT asks for; -1: another command.
int AwaitedReplicas(const RedisCommand& command) {
  if (command.script != nullptr || command.args.size() != 3 || command.args[0] != "WAIT") return -1;
  int replicas = 0;
  const std::string& text = command.args[1];
  std::from_chars(text.data(), text.data() + text.size(), replicas);
  return replicas;
}

}  // namespace

std::string RedisErrorLabel(const absl::Status& status) {
  const std::string_view message = MessageOf(status);
  if (!message.starts_with(kErrorPrefix)) {
    return absl::IsUnavailable(status) ? "connection" : "defect";
  }
  const std::string_view error = message.substr(kErrorPrefix.size());
  if (ClassOfRedisError(error) == RedisErrorClass::kDefect) return "defect";
  return Lower(error.substr(0, error.find(' ')));
}

MeteredRunStore::MeteredRunStore(RunStore& inner, MetricRegistry& metrics, const Clock& clock)
    : inner_(inner), clock_(clock), fenced_(metrics.GetCounter(metric::kFencedWrites, {})) {
  for (std::size_t i = 0; i < handles_.size(); ++i) {
    const std::string transition = kTransitions[i];
    for (std::size_t code = 0; code < kCodes; ++code) {
      const bool replied = code + 1 < kCodes;
      const std::string name =
          replied ? Lower(StoreCodeName(static_cast<StoreCode>(code))) : "unavailable";
      handles_[i].replies[code] =
          &metrics.GetCounter(metric::kStoreReplies, {{"code", name}, {"transition", transition}});
    }
    handles_[i].seconds = &metrics.GetHistogram(metric::kStoreSeconds, {{"transition", transition}},
                                                metric::StoreBounds());
  }
}

void MeteredRunStore::Apply(Transition transition, Callback<absl::StatusOr<StoreReply>> done) {
  const Handles& handles = handles_[transition.index()];
  inner_.Apply(
      std::move(transition), [this, &handles, began = clock_.SteadyNow(),
                              done = std::move(done)](absl::StatusOr<StoreReply> reply) mutable {
        handles.seconds->Observe(absl::ToDoubleSeconds(clock_.SteadyNow() - began));
        const std::size_t code = reply.ok() ? static_cast<std::size_t>(reply->code) : kCodes - 1;
        handles.replies[code]->Add();
        if (reply.ok() && reply->code == StoreCode::kFenced) fenced_.Add();
        std::move(done)(std::move(reply));
      });
}

MeteredRedisClient::MeteredRedisClient(RedisClient& inner, MetricRegistry& metrics,
                                       const Clock& clock)
    : inner_(inner),
      metrics_(metrics),
      clock_(clock),
      wait_seconds_(metrics.GetHistogram(metric::kRedisWait, {}, metric::StoreBounds())),
      wait_shortfalls_(metrics.GetCounter(metric::kRedisWaitShortfalls, {})) {
  // So that the first one is an increase.
  std::vector<std::string> scripts = {"none"};
  for (const RedisScript* script : RedisScripts::BuiltIn().All()) scripts.push_back(script->name);
  for (const std::string& script : scripts) {
    for (const char* error : {"connection", "defect"}) {
      metrics.GetCounter(metric::kRedisErrors, {{"error", error}, {"script", script}});
    }
  }
}

RedisCallback MeteredRedisClient::Counted(const RedisCommand& command, RedisCallback done) {
  const std::string script = command.script == nullptr ? "none" : command.script->name;
  return [this, script, replicas = AwaitedReplicas(command), began = clock_.SteadyNow(),
          done = std::move(done)](absl::StatusOr<RedisAnswer> answer) mutable {
    if (!answer.ok()) {
      const std::string error = RedisErrorLabel(answer.status());
      metrics_.GetCounter(metric::kRedisErrors, {{"error", error}, {"script", script}}).Add();
    }
    if (replicas >= 0) {
      wait_seconds_.Observe(absl::ToDoubleSeconds(clock_.SteadyNow() - began));
      if (!answer.ok() || answer->reply.integer < replicas) wait_shortfalls_.Add();
    }
    std::move(done)(std::move(answer));
  };
}

void MeteredRedisClient::Send(RedisCommand command, RedisCallback done) {
  RedisCallback counted = Counted(command, std::move(done));
  inner_.Send(std::move(command), std::move(counted));
}

void MeteredRedisClient::OnConnect(ConnectHook hook) {
  inner_.OnConnect([this, hook = std::move(hook)](std::uint64_t connection) mutable {
    std::vector<RedisRequest> requests = hook(connection);
    for (RedisRequest& request : requests) {
      request.done = Counted(request.command, std::move(request.done));
    }
    return requests;
  });
}

}  // namespace assay
