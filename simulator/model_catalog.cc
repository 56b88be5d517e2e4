#include "simulator/model_catalog.h"

#include <algorithm>

#include "common/base/log.h"
#include "simulator/item_judge.h"
#include "simulator/item_prompt.h"
#include "simulator/lexical_judge.h"
#include "simulator/profile_text.h"
#include "simulator/tokens.h"

namespace assay {
namespace {

void CutAtStop(const std::vector<std::string>& stops, SimulatedAnswer& answer) {
  std::size_t first = std::string::npos;
  for (const std::string& stop : stops) {
    if (!stop.empty()) first = std::min(first, answer.text.find(stop));
  }
  if (first == std::string::npos) return;
  answer.text.resize(first);
  answer.finish_reason = "stop";
}

SimulatedAnswer FromProfile(const CompletionRequest& request) {
  ProfileText written =
      WriteProfileText({request.model, request.prompt, request.seed, request.max_tokens});
  SimulatedAnswer answer;
  answer.text = std::move(written.text);
  answer.reasoning = std::move(written.reasoning);
  answer.refusal = std::move(written.refusal);
  answer.finish_reason = std::move(written.finish_reason);
  if (!request.chat && !answer.refusal.empty()) {
    answer.text = std::move(answer.refusal);
    answer.refusal.clear();
    answer.finish_reason = "content_filter";
  }
  if (!request.chat) answer.reasoning.clear();
  return answer;
}

}  // namespace

absl::StatusOr<ModelCatalog> ModelCatalog::Load(const SimulatorOptions& options) {
  ModelCatalog catalog;
  catalog.judge_ = options.judge;
  if (!options.replay_dir.empty()) {
    ASSAY_ASSIGN_OR_RETURN(catalog.replay_, ReplayArchive::Load(options.replay_dir));
  }
  return catalog;
}

std::vector<std::string> ModelCatalog::Names() const {
  std::vector<std::string> names = ProfileNames();
  names.emplace_back(kLexicalJudge);
  if (replay_.has_value()) {
    for (std::string& name : replay_->ModelNames()) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<SimulatedAnswer> ModelCatalog::Write(const CompletionRequest& request,
                                                    std::string_view body_sha256) const {
  if (IsProfile(request.model)) return FromProfile(request);
  SimulatedAnswer answer;
  if (request.model == kLexicalJudge && IsItemPrompt(request.prompt)) {
    answer.text = JudgeItems({request.prompt, body_sha256, judge_.noise, judge_.position_bias,
                              judge_.verbosity_bias, judge_.garbage_rate});
    return answer;
  }
  if (request.model == kLexicalJudge) {
    ASSAY_ASSIGN_OR_RETURN(answer.text,
                           JudgeLexically({request.prompt, request.response_schema, body_sha256,
                                           judge_.noise, judge_.garbage_rate}));
    return answer;
  }
  if (!replay_.has_value() || !replay_->HasModel(request.model)) {
    return NotFound("The model '" + EscapeForTerminal(request.model) +
                    "' does not exist on this simulator; GET /v1/models lists those that do");
  }
  ASSAY_ASSIGN_OR_RETURN(answer.text, replay_->Answer(request.model, request.prompt));
  return answer;
}

absl::StatusOr<SimulatedAnswer> ModelCatalog::Answer(const CompletionRequest& request,
                                                     std::string_view body_sha256) const {
  ASSAY_ASSIGN_OR_RETURN(SimulatedAnswer answer, Write(request, body_sha256));
  CutAtStop(request.stop, answer);
  answer.prompt_tokens = CountTokens(request.prompt);
  answer.reasoning_tokens = CountTokens(answer.reasoning);
  answer.completion_tokens =
      answer.reasoning_tokens + CountTokens(answer.text) + CountTokens(answer.refusal);
  return answer;
}

}  // namespace assay
