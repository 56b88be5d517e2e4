// Strategy "cogwriter-style": plan, review of the plan, all sections at once, review of each
// section, in the manner of CogWriter (arXiv:2502.12568); the prompts are Assay's own. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/agent/step_machine.h"
#include "worker/writing_steps.h"

namespace assay {

struct PlannedSection {
  std::string task;  // what the section is to say
  int words = 0;     // its length
};

// Lines "<number>. <task> | <words> words", in order; other lines are left out. nullopt when there
// is none, or a numbered line is not of this form: a plan is never guessed.
std::optional<std::vector<PlannedSection>> ParseSectionPlan(std::string_view reply);

// Parameters: max_steps (default 50), max_tokens of one call (default 4096), reviews (rounds of
// review of sections, 0..3, default 1). A plan that cannot be parsed is asked for once more; then
// the unit fails. A review that is ACCEPT, or lost, keeps what was reviewed; a section outside of
// 4/5 to 5/4 of its words is named as such to its reviewer.
class CogWriterStrategy : public StepMachine {
 public:
  explicit CogWriterStrategy(const v1::UnitInputs& inputs);  // `inputs` outlives the machine

  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override;

 private:
  enum class Phase { kStart, kPlan, kReviewPlan, kWrite, kReview };

  std::string Fill(const std::string& prompt,
                   std::vector<std::pair<std::string_view, std::string_view>> values) const;
  Step AskPlan();
  Step AskPlanReview();
  Step AskSections();
  Step AskReviews();
  Step TakePlan(const v1::Reply& reply);
  Step TakePlanReview(std::span<const CallOutcome> outcomes);
  Step TakeSections(std::span<const CallOutcome> outcomes);
  Step TakeReviews(std::span<const CallOutcome> outcomes);
  Step Finish();

  const v1::UnitInputs& inputs_;
  const v1::Strategy& strategy_;
  const std::string instruction_;
  const int max_tokens_;
  WritingSteps writing_;
  Phase phase_ = Phase::kStart;
  int plan_try_ = 0;
  int review_ = 0;
  std::string plan_;
  std::vector<PlannedSection> sections_;
  std::vector<v1::Reply> written_;
};

}  // namespace assay
