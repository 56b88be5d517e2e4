// Strategy "direct": the sample's prompt, sent once. Pure.
#pragma once

#include "common/agent/step_machine.h"

namespace assay {

// Outcomes: refused for finish_reason content_filter (what text there is is kept), or a refusal
// without a text; empty when nothing but white space is left beside the reasoning; generated
// otherwise. A final error is too_slow or failed. finish_reason length sets `truncated`.
class DirectStrategy : public StepMachine {
 public:
  // `inputs` outlives the machine.
  explicit DirectStrategy(const v1::UnitInputs& inputs) : inputs_(inputs) {}

  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override;

 private:
  v1::Call MakeCall() const;
  v1::Envelope FromReply(const v1::Reply& reply) const;

  const v1::UnitInputs& inputs_;
  bool asked_ = false;
};

}  // namespace assay
