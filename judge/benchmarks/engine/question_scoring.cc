#include "judge/benchmarks/engine/question_scoring.h"

#include <functional>
#include <limits>
#include <memory>
#include <utility>

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
        verdict_(NewVerdict(scorer_, version)),
        asking_(
            inputs, TermsOf(scorer_),
            [this](std::size_t index, const v1::Reply& reply) {
              return plan_.problem(index, reply.text());
            },
            budget_) {
    verdict_.set_prompt_digest(PromptsDigest(scorer_.benchmark().prompts()));
    // Tries and questions bound the calls of a benchmark.
    budget_.calls_left = std::numeric_limits<int>::max();
  }

  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override {
    if (outcomes.empty()) {
      if (const std::optional<std::string> reason = WhyNotApplicable(inputs_)) {
        verdict_.set_outcome(v1::OUTCOME_NOT_APPLICABLE);
        verdict_.set_reason(*reason);
        return EndWith(std::move(verdict_));
      }
      ASSAY_ASSIGN_OR_RETURN(plan_, make_(inputs_));
      if (plan_.keep_replies) asking_.on_reply = std::bind_front(&QuestionScoring::Keep, this);
      asking_.Add(std::move(plan_.questions));
    }
    Step step;
    step.calls = asking_.Next(outcomes);
    if (step.calls.empty() && plan_.follow_up) {
      const auto follow_up = std::exchange(plan_.follow_up, nullptr);
      ASSAY_ASSIGN_OR_RETURN(std::vector<JudgeQuestion> more, follow_up(asking_.answers()));
      asking_.Add(std::move(more));
      step.calls = asking_.Next({});
    }
    if (step.calls.empty()) return Conclude();
    return step;
  }

 private:
  static QuestionTerms TermsOf(const v1::ScorerSpec& scorer) {
    return {scorer.benchmark().sampling(), scorer.benchmark().max_tries(),
            EffectiveCompat(scorer) == v1::COMPAT_OFFICIAL};
  }

  void Keep(const v1::Draw& draw, const v1::Reply& reply, const std::string& problem) {
    v1::JudgeReply* kept = verdict_.add_replies();
    kept->set_judge(inputs_.judge().id());
    kept->set_model(reply.model());
    kept->set_text(reply.text());
    kept->set_reasoning(reply.reasoning());
    *kept->mutable_draw() = draw;
    kept->set_problem(problem);
  }

  Step Conclude() {
    *verdict_.mutable_judge_stats() = budget_.stats;
    verdict_.set_outcome(v1::OUTCOME_SCORED);
    plan_.conclude(asking_.answers(), verdict_);
    // An endpoint that refuses for good is not a judge that said nothing.
    const std::optional<v1::Error>& error = asking_.error();
    const bool refused = error && error->error_class() != v1::ERROR_CLASS_TOO_SLOW;
    if (verdict_.outcome() == v1::OUTCOME_UNJUDGED && refused) {
      verdict_.set_outcome(v1::OUTCOME_FAILED);
    }
    const bool lost = verdict_.outcome() != v1::OUTCOME_SCORED;
    Step step = EndWith(std::move(verdict_));
    if (lost && error) *step.result->mutable_error() = *error;
    return step;
  }

  const v1::UnitInputs& inputs_;
  const v1::ScorerSpec& scorer_;
  const std::function<absl::StatusOr<QuestionPlan>(const v1::UnitInputs&)> make_;
  QuestionPlan plan_;
  v1::Verdict verdict_;
  AskBudget budget_;
  AskQuestions asking_;
};

}  // namespace

std::unique_ptr<StepMachine> MakeQuestionScoring(
    const v1::UnitInputs& inputs, std::string version,
    std::function<absl::StatusOr<QuestionPlan>(const v1::UnitInputs&)> make) {
  return std::make_unique<QuestionScoring>(inputs, version, std::move(make));
}

}  // namespace assay
