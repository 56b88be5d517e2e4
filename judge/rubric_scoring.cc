#include "judge/rubric_scoring.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/digest.h"
#include "common/base/log.h"
#include "common/text/python_text.h"
#include "judge/engine/verdict.h"
#include "judge/rubric_module.h"

namespace assay {
namespace {

constexpr int kMaxTokensLimit = 1 << 20;

bool EndedAtCap(const v1::Reply& reply) { return reply.finish_reason() == "length"; }

}  // namespace

RubricScoring::RubricScoring(const v1::UnitInputs& inputs)
    : inputs_(inputs),
      scorer_(inputs.scorers(0)),
      rubric_(scorer_.rubric()),
      official_(EffectiveCompat(scorer_) == v1::COMPAT_OFFICIAL),
      verdict_(NewVerdict(scorer_, kRubricVersion)) {
  draw_.set_repeat(inputs.unit().repeat());
  verdict_.set_prompt_digest(DigestOf(rubric_.prompt()));
}

absl::StatusOr<Step> RubricScoring::Advance(std::span<const CallOutcome> outcomes) {
  if (outcomes.empty()) {
    if (const std::optional<std::string> reason = WhyNotApplicable(inputs_)) {
      return GiveUp(v1::OUTCOME_NOT_APPLICABLE, *reason);
    }
    return Ask();
  }
  ASSAY_CHECK(outcomes.size() == 1);
  if (!outcomes[0].reply) return Refused(*outcomes[0].error);
  return Read(*outcomes[0].reply);
}

Step RubricScoring::Ask() {
  Step step;
  v1::Call& call = step.calls.emplace_back();
  call.set_label("judge");
  call.set_endpoint(inputs_.unit().endpoint().empty() ? inputs_.judge().endpoint()
                                                      : inputs_.unit().endpoint());
  *call.mutable_draw() = draw_;
  v1::LlmRequest& request = *call.mutable_llm();
  request.set_model(inputs_.judge().model());
  v1::Message& message = *request.add_messages();
  message.set_role("user");
  message.set_content(PromptOfTry());
  *request.mutable_sampling() = Decoding();
  if (!official_ && rubric_.json_schema())
    *request.mutable_response_format() = ReplySchema(rubric_);
  return step;
}

std::string RubricScoring::PromptOfTry() {
  if (official_) return OfficialPrompt(rubric_, inputs_.prompt_text(), inputs_.text());
  if (NeutralizeFences(inputs_.text()) != inputs_.text())
    AddFlag(verdict_, "fence_lookalike_in_text");
  if (HasControlTokens(inputs_.text())) AddFlag(verdict_, "control_tokens_in_text");
  marks_ = MakeStrictMarks(inputs_, rubric_, draw_);
  return StrictPrompt(rubric_, inputs_.prompt_text(), inputs_.text(), marks_);
}

v1::Sampling RubricScoring::Decoding() const {
  v1::Sampling sampling = rubric_.sampling();
  const v1::Sampling& own = inputs_.judge().sampling();
  if (own.stop_size() > 0) sampling.clear_stop();
  sampling.MergeFrom(own);
  if (larger_cap_ && sampling.has_max_tokens()) {
    sampling.set_max_tokens(std::min(sampling.max_tokens(), kMaxTokensLimit / 2) * 2);
  }
  return sampling;
}

RubricReply RubricScoring::Parse(const v1::Reply& reply) const {
  if (official_) return ParseOfficialReply(rubric_, reply.text());
  if (PythonStrip(reply.text()).empty()) {
    RubricReply empty;
    empty.problem = reply.refusal().empty() ? "empty reply" : "the judge refused";
    return empty;
  }
  return ParseStrictReply(rubric_, reply.text(), marks_.nonce);
}

Step RubricScoring::Read(const v1::Reply& reply) {
  const RubricReply parsed = Parse(reply);
  Keep(reply, parsed.problem);
  v1::JudgeStats& stats = *verdict_.mutable_judge_stats();
  stats.set_items(1);
  stats.set_calls(stats.calls() + 1);
  if (!parsed.problem.empty()) stats.set_unusable_replies(stats.unusable_replies() + 1);
  if (parsed.possible_injection) {
    stats.set_injections(stats.injections() + 1);
    AddFlag(verdict_, "possible_injection");
  }
  if (parsed.extra_keys) AddFlag(verdict_, "extra_keys_in_reply");
  if (!parsed.scores.empty()) return Scored(parsed.scores);
  last_problem_ = parsed.problem;
  if (parsed.accepted) return GiveUp(v1::OUTCOME_UNJUDGED, last_problem_);
  tries_spent_ += parsed.cost;
  const bool cut_again = !official_ && EndedAtCap(reply) && larger_cap_;
  if (tries_spent_ >= rubric_.max_tries() || cut_again) {
    return GiveUp(v1::OUTCOME_UNJUDGED,
                  absl::StrCat("no usable reply in ", verdict_.replies_size(),
                               verdict_.replies_size() == 1 ? " call" : " calls", "; the last: ",
                               last_problem_, cut_again ? " (cut at its token cap twice)" : ""));
  }
  if (!official_ && EndedAtCap(reply)) larger_cap_ = true;
  draw_.set_try_(draw_.try_() + 1);
  return Ask();
}

Step RubricScoring::Refused(const v1::Error& error) {
  const bool slow = error.error_class() == v1::ERROR_CLASS_TOO_SLOW;
  Step step =
      GiveUp(slow ? v1::OUTCOME_UNJUDGED : v1::OUTCOME_FAILED,
             absl::StrCat(slow ? "the judge took too long: " : "the judge's endpoint refused: ",
                          EscapeForTerminal(error.message(), 200)));
  *step.result->mutable_error() = error;
  return step;
}

Step RubricScoring::Scored(const std::vector<double>& scores) {
  double sum = 0;
  for (int i = 0; i < rubric_.dimensions_size(); ++i) {
    const double score = scores[static_cast<std::size_t>(i)];
    AddScore(verdict_, rubric_.dimensions(i).name(), score);
    sum += score;
  }
  AddScore(verdict_, "S_q", sum / static_cast<double>(scores.size()));
  verdict_.set_outcome(v1::OUTCOME_SCORED);
  return EndWith(std::move(verdict_));
}

Step RubricScoring::GiveUp(v1::Outcome outcome, const std::string& reason) {
  if (verdict_.has_judge_stats()) verdict_.mutable_judge_stats()->set_unjudged_items(1);
  verdict_.set_outcome(outcome);
  verdict_.set_reason(reason);
  return EndWith(std::move(verdict_));
}

void RubricScoring::Keep(const v1::Reply& reply, const std::string& problem) {
  v1::JudgeReply* kept = verdict_.add_replies();
  kept->set_judge(inputs_.judge().id());
  kept->set_model(reply.model());
  kept->set_text(reply.text());
  kept->set_reasoning(reply.reasoning());
  *kept->mutable_draw() = draw_;
  kept->set_problem(problem);
}

}  // namespace assay
