// The machine of a rubric scorer: one judge call a text, asked again while the reply cannot be used
// and tries are left. Owned by the runner; not thread-safe.
#pragma once

#include <optional>

#include "assay/v1/envelope.pb.h"
#include "assay/v1/unit.pb.h"
#include "common/agent/step_machine.h"
#include "judge/rubric_prompt.h"
#include "judge/rubric_reply.h"

namespace assay {

class RubricScoring : public StepMachine {
 public:
  // `inputs` must outlive the machine. REQUIRES: inputs.scorers(0) is a resolved rubric with a
  // prompt.
  explicit RubricScoring(const v1::UnitInputs& inputs);

  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override;

 private:
  Step Ask();
  Step Read(const v1::Reply& reply);
  Step GiveUp(v1::Outcome outcome, const std::string& reason);
  Step Refused(const v1::Error& error);
  Step Scored(const std::vector<double>& scores);
  std::string PromptOfTry();
  v1::Sampling Decoding() const;
  RubricReply Parse(const v1::Reply& reply) const;
  void Keep(const v1::Reply& reply, const std::string& problem);

  const v1::UnitInputs& inputs_;
  const v1::ScorerSpec& scorer_;
  const v1::RubricScorer& rubric_;
  const bool official_;
  v1::Verdict verdict_;
  v1::Draw draw_;
  StrictMarks marks_;  // of the call in flight
  int tries_spent_ = 0;
  bool larger_cap_ = false;  // strict: a reply ended at its cap, and the cap was doubled
  std::string last_problem_;
};

}  // namespace assay
