#include "judge/benchmarks/engine/question_scoring.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "judge/benchmarks/engine/benchmark_spec.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

class QuestionScoring : public StepMachine {
 public:
  QuestionScoring(const v1::UnitInputs& inputs, const std::string& version,
                  std::function<absl::StatusOr<QuestionPlan>(const v1::UnitInputs&)> make)
      : inputs_(inputs),
        scorer_(inputs.scorers(0)),
        make_(std::move(make)),
        verdict_(NewVerdict(scorer_, version)) {
    verdict_.set_prompt_digest(BenchmarkPromptDigest(scorer_.benchmark()));
  }

  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override {
    if (outcomes.empty()) {
      if (const std::optional<std::string> reason = WhyNotApplicable(inputs_)) {
        verdict_.set_outcome(v1::OUTCOME_NOT_APPLICABLE);
        verdict_.set_reason(*reason);
        return EndWith(std::move(verdict_));
      }
      ASSAY_ASSIGN_OR_RETURN(plan_, make_(inputs_));
      answers_.resize(plan_.questions.size());
      for (std::size_t i = 0; i < answers_.size(); ++i) open_.push_back(i);
      verdict_.mutable_judge_stats()->set_items(static_cast<std::int32_t>(answers_.size()));
      return AskOpen();
    }
    ASSAY_CHECK(outcomes.size() == open_.size());
    std::vector<std::size_t> again;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (!Take(open_[i], outcomes[i])) again.push_back(open_[i]);
    }
    open_ = std::move(again);
    ++try_;
    if (try_ >= scorer_.benchmark().max_tries()) open_.clear();
    return AskOpen();
  }

 private:
  Step AskOpen() {
    if (open_.empty()) return Conclude();
    Step step;
    for (const std::size_t index : open_) step.calls.push_back(CallOf(plan_.questions[index]));
    return step;
  }

  v1::Call CallOf(const JudgeQuestion& question) const {
    v1::Call call;
    call.set_label(question.label);
    call.set_endpoint(inputs_.unit().endpoint().empty() ? inputs_.judge().endpoint()
                                                        : inputs_.unit().endpoint());
    call.mutable_draw()->set_repeat(inputs_.unit().repeat());
    call.mutable_draw()->set_try_(try_);
    v1::LlmRequest& request = *call.mutable_llm();
    request.set_model(inputs_.judge().model());
    for (const v1::Message& message : question.messages) *request.add_messages() = message;
    if (!question.completion.empty()) {
      request.mutable_completion()->set_prompt(question.completion);
    }
    v1::Sampling sampling = scorer_.benchmark().sampling();
    if (inputs_.judge().sampling().stop_size() > 0) sampling.clear_stop();
    sampling.MergeFrom(inputs_.judge().sampling());
    // With the seed of its first try a judge would say the same again.
    const bool official = EffectiveCompat(scorer_) == v1::COMPAT_OFFICIAL;
    if (sampling.has_seed() && !official) sampling.set_seed(sampling.seed() + try_);
    *request.mutable_sampling() = sampling;
    return call;
  }

  // False: it is to be asked again.
  bool Take(std::size_t index, const CallOutcome& outcome) {
    JudgeAnswer& answer = answers_[index];
    v1::JudgeStats& stats = *verdict_.mutable_judge_stats();
    stats.set_calls(stats.calls() + 1);
    if (!outcome.reply) {
      answer.problem = "the judge's endpoint: " + EscapeForTerminal(outcome.error->message(), 200);
      error_ = *outcome.error;
      return true;
    }
    const v1::Reply& reply = *outcome.reply;
    answer.text = reply.text();
    answer.problem = plan_.problem(index, reply.text());
    answer.usable = answer.problem.empty();
    if (!answer.usable) stats.set_unusable_replies(stats.unusable_replies() + 1);
    if (plan_.keep_replies) Keep(reply, answer.problem);
    return answer.usable;
  }

  void Keep(const v1::Reply& reply, const std::string& problem) {
    v1::JudgeReply* kept = verdict_.add_replies();
    kept->set_judge(inputs_.judge().id());
    kept->set_model(reply.model());
    kept->set_text(reply.text());
    kept->set_reasoning(reply.reasoning());
    kept->mutable_draw()->set_repeat(inputs_.unit().repeat());
    kept->mutable_draw()->set_try_(try_);
    kept->set_problem(problem);
  }

  Step Conclude() {
    int unjudged = 0;
    for (const JudgeAnswer& answer : answers_) unjudged += answer.usable ? 0 : 1;
    verdict_.mutable_judge_stats()->set_unjudged_items(unjudged);
    verdict_.set_outcome(v1::OUTCOME_SCORED);
    plan_.conclude(answers_, verdict_);
    // An endpoint that refuses for good is not a judge that said nothing.
    const bool refused = error_ && error_->error_class() != v1::ERROR_CLASS_TOO_SLOW;
    if (verdict_.outcome() == v1::OUTCOME_UNJUDGED && refused) {
      verdict_.set_outcome(v1::OUTCOME_FAILED);
    }
    const bool lost = verdict_.outcome() != v1::OUTCOME_SCORED;
    Step step = EndWith(std::move(verdict_));
    if (lost && error_) *step.result->mutable_error() = *error_;
    return step;
  }

  const v1::UnitInputs& inputs_;
  const v1::ScorerSpec& scorer_;
  const std::function<absl::StatusOr<QuestionPlan>(const v1::UnitInputs&)> make_;
  QuestionPlan plan_;
  std::vector<JudgeAnswer> answers_;
  std::vector<std::size_t> open_;
  int try_ = 0;
  std::optional<v1::Error> error_;
  v1::Verdict verdict_;
};

}  // namespace

std::unique_ptr<StepMachine> MakeQuestionScoring(
    const v1::UnitInputs& inputs, std::string version,
    std::function<absl::StatusOr<QuestionPlan>(const v1::UnitInputs&)> make) {
  return std::make_unique<QuestionScoring>(inputs, version, std::move(make));
}

std::string DescribeUnanswered(const std::vector<JudgeAnswer>& answers) {
  std::size_t missing = 0;
  const JudgeAnswer* first = nullptr;
  for (const JudgeAnswer& answer : answers) {
    if (answer.usable) continue;
    ++missing;
    if (first == nullptr) first = &answer;
  }
  if (first == nullptr) return "";
  return absl::StrCat(missing, " of ", answers.size(),
                      answers.size() == 1 ? " question has" : " questions have",
                      " no usable answer; the first: ", first->problem);
}

}  // namespace assay
