// A benchmark's judged scoring: a list of questions, each asked until its reply can be used or its
// tries are spent; all that are open are asked at once. What a usable reply is and what the replies
// come to is the benchmark's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "assay/v1/unit.pb.h"
#include "common/agent/step_machine.h"
#include "judge/engine/ask_questions.h"

namespace assay {

struct QuestionPlan {
  std::vector<JudgeQuestion> questions;
  // Why a reply to question `index` cannot be used; empty: it can.
  std::function<std::string(std::size_t index, std::string_view reply)> problem;
  // Null, or: asked once, when all `questions` have been; what further questions their answers lead
  // to. Theirs come behind in `answers`, and their indices go on.
  std::function<absl::StatusOr<std::vector<JudgeQuestion>>(const std::vector<JudgeAnswer>& answers)>
      follow_up;
  // Fills in scores, findings, flags and, where not all is well, outcome and reason of a verdict
  // that stands at scored. `answers` are in the order of the questions.
  std::function<void(const std::vector<JudgeAnswer>& answers, v1::Verdict& verdict)> conclude;
  bool keep_replies = true;  // in the verdict; journals have them in any case
};

// The machine for the benchmark scorer inputs.scorers(0), resolved, of version `version`. A text
// that is not there is not_applicable without a call, and `make` is not called. An error of `make`
// is the unit's.
std::unique_ptr<StepMachine> MakeQuestionScoring(
    const v1::UnitInputs& inputs, std::string version,
    std::function<absl::StatusOr<QuestionPlan>(const v1::UnitInputs&)> make);

}  // namespace assay
