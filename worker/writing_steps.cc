#include "worker/writing_steps.h"

#include <algorithm>
#include <cstdint>

#include "common/base/log.h"
#include "common/text/python_text.h"

namespace assay {
namespace {

constexpr char kCut[] = "length";
constexpr char kFiltered[] = "content_filter";

void AddFlag(v1::Generation& generation, const std::string& flag) {
  const auto& flags = generation.flags();
  if (std::find(flags.begin(), flags.end(), flag) == flags.end()) generation.add_flags(flag);
}

// "section_3", or "plan" where there is only one.
std::string NameOf(const std::string& what, std::size_t index, std::size_t count) {
  return count == 1 ? what : what + "_" + std::to_string(index + 1);
}

const char* WordOf(v1::Outcome outcome) {
  if (outcome == v1::OUTCOME_REFUSED) return "_refused";
  if (outcome == v1::OUTCOME_EMPTY) return "_empty";
  return "_lost";
}

}  // namespace

std::string FillTemplate(std::string text,
                         const std::vector<std::pair<std::string_view, std::string_view>>& values) {
  for (const auto& [key, value] : values) {
    for (std::size_t at = text.find(key); at != std::string::npos;
         at = text.find(key, at + value.size())) {
      text.replace(at, key.size(), value);
    }
  }
  return text;
}

std::string FillPlaceholders(
    std::string_view text,
    const std::vector<std::pair<std::string_view, std::string_view>>& values) {
  std::string out;
  while (!text.empty()) {
    std::size_t first = text.size();
    const std::pair<std::string_view, std::string_view>* found = nullptr;
    for (const auto& value : values) {
      const std::size_t at = text.find(value.first);
      if (at >= first) continue;
      first = at;
      found = &value;
    }
    out += text.substr(0, first);
    if (found == nullptr) break;
    out += found->second;
    text.remove_prefix(first + found->first.size());
  }
  return out;
}

int StrategyNumber(const v1::Strategy& strategy, const std::string& name) {
  return static_cast<int>(strategy.params().fields().at(name).number_value());
}

v1::Call WritingSteps::Ask(const std::string& label, std::string prompt, int max_tokens,
                           int try_) const {
  const v1::Model& model = inputs_.model();
  v1::Call call;
  call.set_label(label);
  call.set_endpoint(inputs_.unit().endpoint());
  call.mutable_draw()->set_repeat(inputs_.unit().repeat());
  call.mutable_draw()->set_try_(try_);
  v1::LlmRequest& request = *call.mutable_llm();
  request.set_model(model.model());
  *request.mutable_sampling() = model.sampling();
  const int own = model.sampling().has_max_tokens() ? model.sampling().max_tokens() : max_tokens;
  request.mutable_sampling()->set_max_tokens(std::min(own, max_tokens));
  if (!model.system_prompt().empty()) {
    v1::Message& system = *request.add_messages();
    system.set_role("system");
    system.set_content(model.system_prompt());
  }
  v1::Message& user = *request.add_messages();
  user.set_role("user");
  user.set_content(std::move(prompt));
  return call;
}

Step WritingSteps::Stop(v1::Outcome outcome, const std::string& flag) {
  Step step;
  v1::Envelope& envelope = step.result.emplace();
  envelope.set_outcome(outcome);
  generation_.clear_text();
  AddFlag(generation_, flag);
  *envelope.mutable_generation() = std::move(generation_);
  return step;
}

v1::Outcome WritingSteps::OutcomeOf(const CallOutcome& outcome) {
  if (!outcome.reply) {
    return outcome.error->error_class() == v1::ERROR_CLASS_TOO_SLOW ? v1::OUTCOME_TOO_SLOW
                                                                    : v1::OUTCOME_FAILED;
  }
  const v1::Reply& reply = *outcome.reply;
  const bool blank = PythonStrip(reply.text()).empty();
  if (reply.finish_reason() == kFiltered) return v1::OUTCOME_REFUSED;
  if (!blank) return v1::OUTCOME_GENERATED;
  return reply.refusal().empty() ? v1::OUTCOME_EMPTY : v1::OUTCOME_REFUSED;
}

void WritingSteps::Gather(const v1::Reply& reply) {
  for (const std::string& flag : reply.flags()) AddFlag(generation_, flag);
  if (!reply.reasoning().empty()) {
    std::string& reasoning = *generation_.mutable_reasoning();
    reasoning += (reasoning.empty() ? "" : "\n\n") + reply.reasoning();
  }
  generation_.set_finish_reason(reply.finish_reason());
}

bool WritingSteps::Take(std::span<const CallOutcome> outcomes, const std::string& what) {
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const CallOutcome& outcome = outcomes[i];
    if (outcome.reply) Gather(*outcome.reply);
    const v1::Outcome came = OutcomeOf(outcome);
    if (came == v1::OUTCOME_GENERATED) continue;
    ended_ = Stop(came, NameOf(what, i, outcomes.size()) + WordOf(came));
    if (outcome.error) *ended_.result->mutable_error() = *outcome.error;
    return false;
  }
  return true;
}

std::vector<bool> WritingSteps::TakeOptional(std::span<const CallOutcome> outcomes,
                                             const std::string& what) {
  std::vector<bool> usable;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].reply) Gather(*outcomes[i].reply);
    const v1::Outcome came = OutcomeOf(outcomes[i]);
    usable.push_back(came == v1::OUTCOME_GENERATED);
    if (!usable.back()) {
      AddFlag(generation_, NameOf(what, i, outcomes.size()) + WordOf(came));
    }
  }
  return usable;
}

void WritingSteps::NoteCut(const v1::Reply& reply, const std::string& what) {
  if (reply.finish_reason() != kCut) return;
  generation_.set_truncated(true);
  AddFlag(generation_, what + "_cut");
}

Step WritingSteps::Fail(const std::string& reason) {
  Step step = Stop(v1::OUTCOME_FAILED, "plan_unusable");
  v1::Error& error = *step.result->mutable_error();
  error.set_error_class(v1::ERROR_CLASS_PROTOCOL);
  error.set_message(EscapeForTerminal(reason, 400));
  return step;
}

Step WritingSteps::Finish(std::string text) {
  Step step;
  v1::Envelope& envelope = step.result.emplace();
  envelope.set_outcome(v1::OUTCOME_GENERATED);
  generation_.set_text(std::move(text));
  if (generation_.truncated()) generation_.set_finish_reason(kCut);
  *envelope.mutable_generation() = std::move(generation_);
  return step;
}

}  // namespace assay
