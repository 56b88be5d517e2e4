#include "worker/direct_strategy.h"

#include <algorithm>
#include <string>
#include <utility>

namespace assay {
namespace {

constexpr char kTruncatedFinish[] = "length";
constexpr char kFilteredFinish[] = "content_filter";

bool IsBlank(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
  });
}

v1::Outcome OutcomeOf(const v1::Reply& reply) {
  if (reply.finish_reason() == kFilteredFinish) return v1::OUTCOME_REFUSED;
  if (!IsBlank(reply.text())) return v1::OUTCOME_GENERATED;
  return reply.refusal().empty() ? v1::OUTCOME_EMPTY : v1::OUTCOME_REFUSED;
}

void AddMessage(std::string role, std::string content, v1::LlmRequest& request) {
  v1::Message& message = *request.add_messages();
  message.set_role(std::move(role));
  message.set_content(std::move(content));
}

}  // namespace

v1::Call DirectStrategy::MakeCall() const {
  const v1::Sample& sample = inputs_.sample();
  const v1::Model& model = inputs_.model();
  v1::Call call;
  call.set_label("generate");
  call.set_endpoint(inputs_.unit().endpoint());
  call.mutable_draw()->set_repeat(inputs_.unit().repeat());
  v1::LlmRequest& request = *call.mutable_llm();
  request.set_model(model.model());
  if (model.has_sampling()) *request.mutable_sampling() = model.sampling();
  if (sample.has_completion()) {
    *request.mutable_completion() = sample.completion();
    return call;
  }
  // A sample's own system message is part of the task and wins over the model's.
  const bool has_system = sample.messages_size() > 0 && sample.messages(0).role() == "system";
  if (!model.system_prompt().empty() && !has_system) {
    AddMessage("system", model.system_prompt(), request);
  }
  if (sample.messages_size() == 0) AddMessage("user", sample.prompt(), request);
  for (const v1::Message& message : sample.messages()) *request.add_messages() = message;
  return call;
}

v1::Envelope DirectStrategy::FromReply(const v1::Reply& reply) const {
  v1::Envelope envelope;
  envelope.set_outcome(OutcomeOf(reply));
  v1::Generation& generation = *envelope.mutable_generation();
  if (!reply.text().empty()) {
    generation.set_text(inputs_.sample().completion().assistant_prefix() + reply.text());
  }
  generation.set_reasoning(reply.reasoning());
  generation.set_finish_reason(reply.finish_reason());
  generation.set_truncated(reply.finish_reason() == kTruncatedFinish);
  for (const std::string& flag : reply.flags()) generation.add_flags(flag);
  return envelope;
}

absl::StatusOr<Step> DirectStrategy::Advance(std::span<const CallOutcome> outcomes) {
  Step step;
  if (!asked_) {
    asked_ = true;
    step.calls.push_back(MakeCall());
    return step;
  }
  if (outcomes.size() != 1) return Internal("one call was asked for");
  const CallOutcome& outcome = outcomes.front();
  if (outcome.reply) {
    step.result = FromReply(*outcome.reply);
    return step;
  }
  if (!outcome.error) return Internal("a call without reply or error");
  v1::Envelope envelope;
  const bool too_slow = outcome.error->error_class() == v1::ERROR_CLASS_TOO_SLOW;
  envelope.set_outcome(too_slow ? v1::OUTCOME_TOO_SLOW : v1::OUTCOME_FAILED);
  *envelope.mutable_error() = *outcome.error;
  step.result = std::move(envelope);
  return step;
}

}  // namespace assay
