// The machine of a constraints scorer: what a program can check is checked in code, the rest is
// asked of the judge, of a long text part by part. Owned by the runner; not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "judge/constraints/code_checks.h"
#include "judge/engine/ask_group.h"
#include "judge/engine/scorer_module.h"

namespace assay {

inline constexpr char kConstraintsVersion[] = "constraints/3";

class ConstraintScoring : public StepMachine {
 public:
  // `inputs` must outlive the machine. REQUIRES: inputs.scorers(0) is a resolved constraints
  // scorer.
  explicit ConstraintScoring(const v1::UnitInputs& inputs);

  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override;

 private:
  // What was found of one constraint.
  struct Found {
    std::optional<double> satisfied;  // 1, 0.5, 0 or a share; empty: not judged
    bool unverified = false;          // the judge's quote does not stand in the text
    std::string note;
    std::vector<TextRange> spans;
  };

  std::optional<std::string> WhyNoConstraints();
  absl::Status TakePreparation();
  Step Begin();
  void AskJudge(const std::vector<const v1::Constraint*>& judged);
  void AddAsk(const std::string& prompt, std::vector<AskedItem> items, TextRange window,
              std::size_t windows);
  void ReadAnswers();
  void Combine(const v1::Constraint& constraint);
  Step Finish();
  void AddScores(v1::Verdict& verdict) const;
  void AddFinding(const v1::Constraint& constraint, v1::Verdict& verdict) const;

  const v1::UnitInputs& inputs_;
  const v1::ScorerSpec& scorer_;
  v1::Verdict verdict_;
  AskBudget budget_;
  std::unique_ptr<CheckedText> text_;
  std::vector<v1::Constraint> constraints_;
  std::map<std::string, Found> found_;  // by constraint id
  std::vector<TextRange> windows_;
  AskGroup asks_;
  bool begun_ = false;
};

// Asks once per sample for the constraints of a prompt that lists none.
class ConstraintProposal : public StepMachine {
 public:
  explicit ConstraintProposal(const v1::UnitInputs& inputs);
  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override;

 private:
  const v1::UnitInputs& inputs_;
  AskBudget budget_;
  std::optional<AskItems> ask_;
};

ScorerModule ConstraintsModule();

}  // namespace assay
