#include "judge/claims/factual_coverage.h"

#include <utility>

#include "judge/claims/aspect_alignment.h"
#include "judge/claims/claim_extraction.h"
#include "judge/claims/claim_verification.h"
#include "judge/claims/coverage_forms.h"
#include "judge/claims/published_prompts.h"
#include "judge/claims/published_stages.h"
#include "judge/engine/ask_group.h"
#include "judge/engine/verdict.h"

namespace assay {

FactualCoverage::FactualCoverage(const v1::UnitInputs& inputs)
    : inputs_(inputs),
      scorer_(inputs.scorers(0)),
      own_(scorer_.factual_coverage()),
      published_(AsksAsPublished(own_)),
      verdict_(NewVerdict(scorer_, kFactualCoverageVersion)),
      budget_(BudgetOf(own_.asking())) {
  budget_.shortens_task = !published_;
  verdict_.set_prompt_digest(published_ ? PromptsDigest(own_.prompts())
                                        : BuiltinPrompt("claims/verify").digest);
  if (!own_.preset().empty()) AddFlag(verdict_, own_.preset() + (published_ ? "" : "-style"));
  if (own_.evidence() == "judge_knowledge") AddFlag(verdict_, "judge_knowledge");
}

absl::StatusOr<Step> FactualCoverage::Advance(std::span<const CallOutcome> outcomes) {
  if (stage_ == nullptr) return Begin();
  Step step;
  step.calls = stage_->Next(outcomes);
  if (!step.calls.empty()) return step;
  if (const std::optional<v1::Error> error = stage_->failure()) return Refused(*error);
  if (stage_ == extraction_.get()) return Verify();
  if (stage_ == verification_.get()) return Align();
  return Finish();
}

// Empty: there is some.
std::string FactualCoverage::WhyNoEvidence() const {
  if (own_.evidence() == "judge_knowledge") return "";
  if (published_ && own_.preset() == "ragchecker") {
    return inputs_.sample().reference_answer().empty() ? "the sample has no reference answer" : "";
  }
  return inputs_.sample().references().empty() ? "the sample has no reference documents" : "";
}

absl::StatusOr<Step> FactualCoverage::Begin() {
  if (const std::optional<std::string> reason = WhyNotApplicable(inputs_)) {
    return EndWith(NotApplicable(scorer_, kFactualCoverageVersion, *reason));
  }
  if (const std::string reason = WhyNoEvidence(); !reason.empty()) {
    verdict_.set_outcome(v1::OUTCOME_NO_EVIDENCE);
    verdict_.set_reason(reason);
    return EndWith(std::move(verdict_));
  }
  TakeAspects();
  if (own_.evidence() != "judge_knowledge") {
    std::vector<SourceDocument> documents;
    for (const v1::Document& document : inputs_.sample().references()) {
      documents.push_back({document.id(), document.title(), document.text()});
    }
    const PassageOptions options{own_.passage_words(), own_.passage_overlap_words()};
    ASSAY_ASSIGN_OR_RETURN(index_, PassageIndex::Build(std::move(documents), options));
  }
  if (published_) {
    extraction_ = MakePublishedExtraction(inputs_, inputs_.text(), budget_);
  } else {
    extraction_ = std::make_unique<ClaimExtraction>(inputs_, own_.asking(), inputs_.text(),
                                                    own_.sentences_per_call(), budget_);
  }
  stage_ = extraction_.get();
  return Advance({});
}

void FactualCoverage::TakeAspects() {
  judged_.aspect_source = AspectSource(own_, inputs_.sample());
  if (judged_.aspect_source == "none") return;
  if (judged_.aspect_source == "given") {
    judged_.aspects.assign(inputs_.sample().aspects().begin(), inputs_.sample().aspects().end());
    return;
  }
  if (inputs_.preparation_outcome() != v1::OUTCOME_GENERATED) {
    judged_.aspect_problem = "the aspects of the prompt could not be made";
    return;
  }
  absl::StatusOr<std::vector<std::string>> prepared = ReadAspects(inputs_.preparation());
  if (prepared.ok()) {
    judged_.aspects = *std::move(prepared);
  } else {
    judged_.aspect_problem = std::string(prepared.status().message());
  }
}

absl::StatusOr<Step> FactualCoverage::Verify() {
  judged_.extracted = extraction_->Result();
  const ExtractedClaims& extracted = judged_.extracted;
  if (extracted.groups > 0 && extracted.unparsed == extracted.groups) {
    return Unjudged("no claim could be taken out of the text: " + extracted.problem);
  }
  if (published_) {
    ASSAY_ASSIGN_OR_RETURN(verification_,
                           MakePublishedChecker(inputs_, extracted.claims, index_.get(), budget_));
  }
  // ICAT asks a model of entailment, which a judge stands in for.
  if (verification_ == nullptr) {
    VerificationOptions options;
    options.claims_per_call = own_.claims_per_call();
    options.passages_per_claim = own_.passages_per_claim();
    options.judge_knowledge = own_.evidence() == "judge_knowledge";
    verification_ = std::make_unique<ClaimVerification>(inputs_, own_.asking(), extracted.claims,
                                                        index_.get(), options, budget_);
  }
  stage_ = verification_.get();
  return Advance({});
}

// Supported ones; against a reference answer every claim that is not contradicted.
std::vector<Claim> FactualCoverage::CoveringClaims() const {
  std::vector<Claim> covering;
  for (std::size_t i = 0; i < judged_.verdicts.size(); ++i) {
    const ClaimLabel label = judged_.verdicts[i].label;
    const bool covers = judged_.aspect_source == "reference_claims"
                            ? label != ClaimLabel::kContradicted
                            : label == ClaimLabel::kSupported;
    if (covers) covering.push_back(judged_.extracted.claims[i]);
  }
  return covering;
}

absl::StatusOr<Step> FactualCoverage::Align() {
  judged_.verdicts = verification_->verdicts();
  const std::vector<Claim> covering = CoveringClaims();
  if (published_) {
    alignment_ = MakePublishedAligner(inputs_, judged_.aspects, covering,
                                      judged_.extracted.claims.size(), budget_);
  }
  if (alignment_ == nullptr) {
    alignment_ = std::make_unique<AspectAlignment>(inputs_, own_.asking(), judged_.aspects,
                                                   covering, budget_);
  }
  stage_ = alignment_.get();
  return Advance({});
}

Step FactualCoverage::Refused(const v1::Error& error) {
  TellBudget(budget_, inputs_, verdict_);
  Step step = EndWith(RefusedVerdict(std::move(verdict_), error));
  *step.result->mutable_error() = error;
  return step;
}

Step FactualCoverage::Unjudged(const std::string& reason) {
  TellBudget(budget_, inputs_, verdict_);
  verdict_.set_outcome(v1::OUTCOME_UNJUDGED);
  verdict_.set_reason(reason);
  return EndWith(std::move(verdict_));
}

Step FactualCoverage::Finish() {
  judged_.cover = alignment_->covered_by();
  TellBudget(budget_, inputs_, verdict_);
  ReportClaims(inputs_, judged_, index_.get(), verdict_);
  return EndWith(std::move(verdict_));
}

}  // namespace assay
