// RefChecker's joint checking, which RAGChecker uses both ways: a few claims a call against each
// passage, labels in their order. Owned by a stage; not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "judge/claims/claim_scores.h"
#include "judge/claims/stage_questions.h"

namespace assay {

class JointCheck {
 public:
  // `inputs` and `budget` outlive it.
  JointCheck(const v1::UnitInputs& inputs, const std::vector<std::string>& claims,
             const std::vector<std::string>& passages, AskBudget& budget);

  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes) { return asks_.Next(outcomes); }
  std::optional<v1::Error> failure() const { return asks_.failure(); }

  // Of each claim over all passages (MergedOverSegments). With a passage unjudged only an
  // entailment is sure; nullopt has the problem.
  struct Outcome {
    std::optional<Entailment> label;
    std::string problem;
  };
  std::vector<Outcome> Outcomes() const;

 private:
  struct Part {
    std::size_t question = 0;
    std::size_t first = 0;  // of its claims
  };
  std::optional<std::vector<Entailment>> Read(std::size_t question, const std::string& reply) const;

  StageQuestions asks_;
  std::size_t claims_;
  std::map<std::size_t, std::size_t> sizes_;  // claims of a question
  std::vector<Part> parts_;
};

}  // namespace assay
