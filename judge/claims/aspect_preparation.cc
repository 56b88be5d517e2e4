#include "judge/claims/aspect_preparation.h"

#include <utility>

#include "judge/claims/claim_extraction.h"
#include "judge/claims/coverage_forms.h"
#include "judge/claims/published_prompts.h"
#include "judge/claims/published_stages.h"
#include "judge/engine/ask_group.h"

namespace assay {
namespace {

constexpr int kAspectTokens = 1200;
constexpr char kTask[] = "task";

// What a complete answer should cover, asked of the judge.
class GeneratedAspects : public AspectMaker {
 public:
  GeneratedAspects(const v1::UnitInputs& inputs, const v1::Asking& asking, AskBudget& budget)
      : asks_(inputs, asking, SpecFor(inputs), {{kTask, "the task above"}}, budget) {}

  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes) override {
    return asks_.Next(outcomes);
  }
  std::optional<v1::Error> failure() const override { return asks_.failure(); }
  MadeAspects Result() const override {
    const ItemResult& result = asks_.results().at(kTask);
    if (result.answers.empty()) return {{}, result.problem};
    return {result.answers.front().at("aspects").texts, ""};
  }

 private:
  static AskSpec SpecFor(const v1::UnitInputs& inputs) {
    AskSpec spec;
    spec.label = "claims/aspects";
    spec.prompt = &BuiltinPrompt("claims/aspects");
    spec.fields["task"] = TaskMaterial(inputs);
    spec.answer = AspectsForm();
    spec.items_per_call = 1;
    spec.completion_tokens_per_item = kAspectTokens;
    return spec;
  }

  AskItems asks_;
};

// The claims of the reference answer.
class ReferenceClaims : public AspectMaker {
 public:
  explicit ReferenceClaims(std::unique_ptr<ClaimSource> source) : source_(std::move(source)) {}

  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes) override {
    return source_->Next(outcomes);
  }
  std::optional<v1::Error> failure() const override { return source_->failure(); }
  MadeAspects Result() const override {
    const ExtractedClaims extracted = source_->Result();
    // Half of what should be covered is no measure of coverage.
    if (extracted.unparsed > 0) return {{}, extracted.problem};
    return {TextsOf(extracted.claims), ""};
  }

 private:
  std::unique_ptr<ClaimSource> source_;
};

std::unique_ptr<AspectMaker> MakerOf(const v1::UnitInputs& inputs, AskBudget& budget) {
  const v1::FactualCoverageScorer& own = inputs.scorers(0).factual_coverage();
  const std::string source = AspectSource(own, inputs.sample());
  const bool published = AsksAsPublished(own);
  if (source == "reference_claims") {
    const std::string& answer = inputs.sample().reference_answer();
    return std::make_unique<ReferenceClaims>(
        published ? MakePublishedExtraction(inputs, answer, budget)
                  : std::make_unique<ClaimExtraction>(inputs, own.asking(), answer,
                                                      own.sentences_per_call(), budget));
  }
  if (source != "generated") return nullptr;
  if (published) return MakePublishedTopics(inputs, budget);
  return std::make_unique<GeneratedAspects>(inputs, own.asking(), budget);
}

}  // namespace

AspectPreparation::AspectPreparation(const v1::UnitInputs& inputs)
    : inputs_(inputs),
      budget_(BudgetOf(inputs.scorers(0).factual_coverage().asking())),
      maker_(MakerOf(inputs_, budget_)) {}

absl::StatusOr<Step> AspectPreparation::Advance(std::span<const CallOutcome> outcomes) {
  if (maker_ == nullptr) return EndPreparation("[]", "");
  Step step;
  step.calls = maker_->Next(outcomes);
  if (!step.calls.empty()) return step;
  if (const std::optional<v1::Error> error = maker_->failure()) return EndPreparation(*error);
  const MadeAspects made = maker_->Result();
  if (!made.problem.empty()) return EndPreparation("", made.problem);
  return EndPreparation(WriteAspects(made.aspects), "");
}

}  // namespace assay
