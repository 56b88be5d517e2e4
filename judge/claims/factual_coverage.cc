#include "judge/claims/factual_coverage.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/segments.h"
#include "judge/claims/coverage_forms.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

constexpr std::int64_t kClaimListTokens = 2500;
constexpr std::size_t kSeriesParts = 10;
constexpr double kFactScoreGamma = 10;
constexpr int kAspectTokens = 1200;

void AddPercent(v1::Verdict& verdict, const std::string& name, double fraction) {
  AddScore(verdict, name, 100 * fraction);
}

v1::Span SpanOf(const std::string& source, TextRange range) {
  v1::Span span;
  span.set_source(source);
  span.set_begin_byte(static_cast<std::int64_t>(range.begin));
  span.set_end_byte(static_cast<std::int64_t>(range.end));
  return span;
}

}  // namespace

FactualCoverage::FactualCoverage(const v1::UnitInputs& inputs)
    : inputs_(inputs),
      scorer_(inputs.scorers(0)),
      own_(scorer_.factual_coverage()),
      verdict_(NewVerdict(scorer_, kFactualCoverageVersion)),
      budget_(BudgetOf(own_.asking())) {
  verdict_.set_prompt_digest(BuiltinPrompt("claims/verify").digest);
  if (!own_.preset().empty()) AddFlag(verdict_, own_.preset() + "-style");
  if (own_.evidence() == "judge_knowledge") AddFlag(verdict_, "judge_knowledge");
}

absl::StatusOr<Step> FactualCoverage::Advance(std::span<const CallOutcome> outcomes) {
  Step step;
  switch (stage_) {
    case Stage::kBegin:
      return Begin();
    case Stage::kExtract:
      step.calls = extraction_->Next(outcomes);
      if (!step.calls.empty()) return step;
      if (extraction_->failure()) return Refused(*extraction_->failure());
      return Verify();
    case Stage::kVerify:
      step.calls = verification_->Next(outcomes);
      if (!step.calls.empty()) return step;
      if (verification_->failure()) return Refused(*verification_->failure());
      return Align();
    case Stage::kAlign:
      step.calls = alignment_.Next(outcomes);
      if (!step.calls.empty()) return step;
      if (alignment_.failure()) return Refused(*alignment_.failure());
      TakeAlignment();
      return Finish();
  }
  return Internal("factual coverage: no such stage");
}

absl::StatusOr<Step> FactualCoverage::Begin() {
  if (const std::optional<std::string> reason = WhyNotApplicable(inputs_)) {
    return EndWith(NotApplicable(scorer_, kFactualCoverageVersion, *reason));
  }
  const bool knows = own_.evidence() == "judge_knowledge";
  if (!knows && inputs_.sample().references().empty()) {
    verdict_.set_outcome(v1::OUTCOME_NO_EVIDENCE);
    verdict_.set_reason("the sample has no reference documents");
    return EndWith(std::move(verdict_));
  }
  if (const std::optional<std::string> problem = TakeAspects()) aspect_problem_ = *problem;
  if (!knows) {
    std::vector<SourceDocument> documents;
    for (const v1::Document& document : inputs_.sample().references()) {
      documents.push_back({document.id(), document.title(), document.text()});
    }
    const PassageOptions options{own_.passage_words(), own_.passage_overlap_words()};
    ASSAY_ASSIGN_OR_RETURN(index_, PassageIndex::Build(std::move(documents), options));
  }
  stage_ = Stage::kExtract;
  extraction_ = std::make_unique<ClaimExtraction>(inputs_, own_.asking(), inputs_.text(),
                                                  own_.sentences_per_call(), budget_);
  Step step;
  step.calls = extraction_->Next({});
  if (!step.calls.empty()) return step;
  return Verify();
}

// Why the aspects that should be there are not.
std::optional<std::string> FactualCoverage::TakeAspects() {
  aspect_source_ = AspectSource(own_, inputs_.sample());
  if (aspect_source_ == "none") return std::nullopt;
  if (aspect_source_ == "given") {
    aspects_.assign(inputs_.sample().aspects().begin(), inputs_.sample().aspects().end());
    return std::nullopt;
  }
  if (inputs_.preparation_outcome() != v1::OUTCOME_GENERATED) {
    return "the aspects of the prompt could not be made";
  }
  absl::StatusOr<std::vector<std::string>> prepared = ReadAspects(inputs_.preparation());
  if (!prepared.ok()) return std::string(prepared.status().message());
  aspects_ = *std::move(prepared);
  return std::nullopt;
}

absl::StatusOr<Step> FactualCoverage::Verify() {
  extracted_ = extraction_->Result();
  if (extracted_.groups > 0 && extracted_.unparsed == extracted_.groups) {
    return Unjudged("no claim could be taken out of the text: " + extracted_.problem);
  }
  stage_ = Stage::kVerify;
  VerificationOptions options;
  options.claims_per_call = own_.claims_per_call();
  options.passages_per_claim = own_.passages_per_claim();
  options.judge_knowledge = own_.evidence() == "judge_knowledge";
  verification_ = std::make_unique<ClaimVerification>(inputs_, own_.asking(), extracted_.claims,
                                                      index_.get(), options, budget_);
  Step step;
  step.calls = verification_->Next({});
  if (!step.calls.empty()) return step;
  return Align();
}

Step FactualCoverage::Align() {
  stage_ = Stage::kAlign;
  covered_by_.assign(aspects_.size(), std::set<std::string>());
  Step step;
  if (AddAlignment()) {
    step.calls = alignment_.Next({});
    if (!step.calls.empty()) return step;
    TakeAlignment();
  }
  return Finish();
}

// What covers: supported claims; against a reference answer every claim that is not contradicted.
bool FactualCoverage::AddAlignment() {
  if (aspects_.empty()) return false;
  std::string list;
  std::vector<std::string> ids;
  std::int64_t tokens = 0;
  const auto ask = [&] {
    if (ids.empty()) return;
    AskSpec spec;
    spec.label = absl::StrCat("claims/align/", alignment_.size() + 1);
    spec.prompt = &BuiltinPrompt("claims/align");
    spec.fields["task"] = TaskMaterial(inputs_);
    spec.fields["claims"] = Material(inputs_, "claims", list);
    spec.answer = AlignForm(ids);
    spec.items_per_call = 10;
    spec.completion_tokens_per_item = 120;
    std::vector<AskedItem> items;
    for (std::size_t i = 0; i < aspects_.size(); ++i) {
      items.push_back({absl::StrCat("a", i + 1), aspects_[i]});
    }
    alignment_.Add(AskItems(inputs_, own_.asking(), std::move(spec), std::move(items), budget_));
    list.clear();
    ids.clear();
    tokens = 0;
  };
  for (std::size_t i = 0; i < extracted_.claims.size(); ++i) {
    const ClaimLabel label = verification_->verdicts()[i].label;
    const bool covers = aspect_source_ == "reference_claims" ? label != ClaimLabel::kContradicted
                                                             : label == ClaimLabel::kSupported;
    if (!covers) continue;
    const std::string line =
        absl::StrCat(extracted_.claims[i].id, ": ", extracted_.claims[i].text, "\n");
    const std::int64_t more = BoundTokens(line).most;
    if (tokens + more > kClaimListTokens) ask();
    list += line;
    ids.push_back(extracted_.claims[i].id);
    tokens += more;
  }
  ask();
  return alignment_.size() > 0;
}

void FactualCoverage::TakeAlignment() {
  for (std::size_t i = 0; i < aspects_.size(); ++i) {
    const std::string id = absl::StrCat("a", i + 1);
    std::set<std::string> covering;
    bool unjudged = false;
    for (std::size_t part = 0; part < alignment_.size(); ++part) {
      const ItemResult& result = alignment_[part].results().at(id);
      unjudged = unjudged || result.answers.empty();
      if (result.answers.empty()) continue;
      const auto& ids = result.answers.front().at("covered_by").texts;
      covering.insert(ids.begin(), ids.end());
    }
    // Covered by what is known; uncovered only when everything is.
    if (covering.empty() && unjudged) {
      covered_by_[i].reset();
    } else {
      covered_by_[i] = std::move(covering);
    }
  }
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
  const auto& verdicts = verification_->verdicts();
  const auto judged = std::count_if(verdicts.begin(), verdicts.end(), [](const ClaimVerdict& one) {
    return one.label != ClaimLabel::kUnknown;
  });
  if (!verdicts.empty() && judged == 0) {
    const auto with_reason = std::find_if(verdicts.begin(), verdicts.end(),
                                          [](const auto& one) { return !one.problem.empty(); });
    return Unjudged(absl::StrCat("none of ", verdicts.size(), " claims could be judged",
                                 with_reason == verdicts.end() ? "" : ": " + with_reason->problem));
  }
  TellBudget(budget_, inputs_, verdict_);
  verdict_.set_outcome(v1::OUTCOME_SCORED);
  AddScores();
  AddFindings();
  AddSeries();
  if (extracted_.unparsed > 0 || judged < static_cast<std::ptrdiff_t>(verdicts.size()) ||
      !aspect_problem_.empty()) {
    AddFlag(verdict_, "partly_judged");
  }
  if (verdicts.empty()) AddFlag(verdict_, "no_claims");
  return EndWith(std::move(verdict_));
}

void FactualCoverage::AddScores() {
  ClaimCounts counts;
  int unverified = 0;
  for (const ClaimVerdict& verdict : verification_->verdicts()) {
    counts.Add(verdict.label);
    unverified += verdict.unverified ? 1 : 0;
  }
  std::size_t covered = 0;
  std::size_t decided = 0;
  for (const auto& covering : covered_by_) {
    if (!covering) continue;
    ++decided;
    covered += covering->empty() ? 0 : 1;
  }
  const std::optional<double> precision = CheckedPrecision(counts);
  const bool has_coverage = decided > 0;
  const double coverage =
      has_coverage ? static_cast<double>(covered) / static_cast<double>(decided) : 0;
  if (precision && has_coverage) AddPercent(verdict_, "f1", HarmonicMean(*precision, coverage));
  if (precision) AddPercent(verdict_, "precision", *precision);
  if (has_coverage) AddPercent(verdict_, "coverage", coverage);
  if (own_.k() > 0) {
    AddPercent(verdict_, "f1_at_k",
               F1AtK(counts.supported, counts.contradicted + counts.not_found, own_.k()));
  }
  if (counts.claims() > 0) {
    AddPercent(verdict_, "checked_fraction",
               static_cast<double>(counts.checked()) / static_cast<double>(counts.claims()));
  }
  const auto words = static_cast<double>(
      std::max<std::size_t>(1, WordsOf(inputs_.text(), inputs_.sample().language()).size()));
  const std::pair<const char*, double> totals[] = {
      {"claims", counts.claims()},
      {"supported", counts.supported},
      {"contradicted", counts.contradicted},
      {"not_found", counts.not_found},
      {"unknown", counts.unknown},
      {"unverifiable", unverified},
      {"duplicates", extracted_.duplicates},
      {"dropped", extracted_.misplaced},
      {"unparsed_groups", extracted_.unparsed},
      {"claims_per_1000_words", 1000 * counts.claims() / words}};
  for (const auto& [name, value] : totals) AddScore(verdict_, name, value);
  if (aspect_source_ != "none") AddScore(verdict_, "aspects", static_cast<double>(aspects_.size()));
  AddPresetScores(counts, covered);
}

// What the published pipelines would make of the same labels (claims-and-judges.md sections 2, 3).
void FactualCoverage::AddPresetScores(const ClaimCounts& counts, std::size_t covered) {
  const int claims = counts.claims();
  if (own_.preset() == "icat") {
    const IcatScores icat = IcatOf(counts.supported, claims, static_cast<int>(covered),
                                   static_cast<int>(aspects_.size()));
    AddPercent(verdict_, "icat_fact", icat.fact);
    AddPercent(verdict_, "icat_coverage", icat.coverage);
    AddPercent(verdict_, "icat_f1", icat.f1);
  } else if (own_.preset() == "factscore" && claims > 0) {
    const double init = static_cast<double>(counts.supported) / claims;
    AddPercent(verdict_, "factscore_init", init);
    AddPercent(verdict_, "factscore", init * LengthPenalty(claims, kFactScoreGamma));
  } else if (own_.preset() == "refchecker") {
    std::vector<Entailment> labels;
    for (const ClaimVerdict& verdict : verification_->verdicts()) {
      labels.push_back(verdict.label == ClaimLabel::kSupported      ? Entailment::kEntailment
                       : verdict.label == ClaimLabel::kContradicted ? Entailment::kContradiction
                                                                    : Entailment::kNeutral);
    }
    for (const Entailment label :
         {Entailment::kEntailment, Entailment::kNeutral, Entailment::kContradiction}) {
      const std::optional<double> ratio = SoftRatio(labels, label);
      if (ratio)
        AddPercent(verdict_, absl::StrCat("refchecker_", std::string(EntailmentName(label))),
                   *ratio);
    }
  } else if (own_.preset() == "ragchecker" && claims > 0 && !aspects_.empty()) {
    const double precision = static_cast<double>(counts.supported) / claims;
    const double recall = static_cast<double>(covered) / static_cast<double>(aspects_.size());
    AddPercent(verdict_, "ragchecker_precision", precision);
    AddPercent(verdict_, "ragchecker_recall", recall);
    AddPercent(verdict_, "ragchecker_f1", HarmonicMean(precision, recall));
  }
}

void FactualCoverage::AddFindings() {
  for (std::size_t i = 0; i < extracted_.claims.size(); ++i) {
    const Claim& claim = extracted_.claims[i];
    const ClaimVerdict& verdict = verification_->verdicts()[i];
    v1::Finding& finding = *verdict_.add_findings();
    finding.set_kind("claim");
    finding.set_id(claim.id);
    finding.set_text(claim.text);
    finding.set_label(std::string(ClaimLabelName(verdict.label)));
    finding.set_note(verdict.problem);
    finding.set_unverified(verdict.unverified);
    *finding.add_spans() = SpanOf("output", claim.place);
    if (verdict.document < 0) continue;
    const auto& documents = index_->documents();
    *finding.add_spans() = SpanOf(
        "reference:" + documents[static_cast<std::size_t>(verdict.document)].id, verdict.evidence);
  }
  for (std::size_t i = 0; i < aspects_.size(); ++i) {
    v1::Finding& finding = *verdict_.add_findings();
    finding.set_kind("aspect");
    finding.set_id(absl::StrCat("a", i + 1));
    finding.set_text(aspects_[i]);
    const auto& covering = covered_by_[i];
    finding.set_label(!covering ? "unjudged" : covering->empty() ? "uncovered" : "covered");
    if (!covering) continue;
    std::string note;
    for (const Claim& claim : extracted_.claims) {
      if (covering->count(claim.id) == 0) continue;
      absl::StrAppend(&note, note.empty() ? "" : ", ", claim.id);
      if (finding.spans_size() < 5) *finding.add_spans() = SpanOf("output", claim.place);
    }
    finding.set_note(note);
  }
}

// Supported of checked claims in tenths of the text.
void FactualCoverage::AddSeries() {
  std::map<std::size_t, ClaimCounts> parts;
  for (std::size_t i = 0; i < extracted_.claims.size(); ++i) {
    const std::size_t at = extracted_.claims[i].place.begin * kSeriesParts /
                           std::max<std::size_t>(1, inputs_.text().size());
    parts[std::min(at, kSeriesParts - 1)].Add(verification_->verdicts()[i].label);
  }
  v1::Series series;
  series.set_name("support");
  for (const auto& [part, counts] : parts) {
    const std::optional<double> precision = CheckedPrecision(counts);
    if (!precision) continue;
    v1::SeriesPoint& point = *series.add_points();
    point.set_position((static_cast<double>(part) + 0.5) / kSeriesParts);
    point.set_value(100 * *precision);
    point.set_weight(counts.checked());
  }
  if (series.points_size() > 0) *verdict_.add_series() = std::move(series);
}

AspectPreparation::AspectPreparation(const v1::UnitInputs& inputs)
    : inputs_(inputs),
      own_(inputs.scorers(0).factual_coverage()),
      budget_(BudgetOf(own_.asking())) {}

absl::StatusOr<Step> AspectPreparation::Advance(std::span<const CallOutcome> outcomes) {
  const std::string source = AspectSource(own_, inputs_.sample());
  Step step;
  if (source == "reference_claims") {
    if (reference_ == nullptr) {
      reference_ = std::make_unique<ClaimExtraction>(inputs_, own_.asking(),
                                                     inputs_.sample().reference_answer(),
                                                     own_.sentences_per_call(), budget_);
    }
    step.calls = reference_->Next(outcomes);
    if (!step.calls.empty()) return step;
    if (reference_->failure()) return EndPreparation(*reference_->failure());
    const ExtractedClaims extracted = reference_->Result();
    // Half of what should be covered is no measure of coverage.
    if (extracted.unparsed > 0) return EndPreparation("", extracted.problem);
    std::vector<std::string> aspects;
    for (const Claim& claim : extracted.claims) aspects.push_back(claim.text);
    return EndPreparation(WriteAspects(aspects), "");
  }
  if (source != "generated") return EndPreparation("[]", "");
  if (!generated_) {
    AskSpec spec;
    spec.label = "claims/aspects";
    spec.prompt = &BuiltinPrompt("claims/aspects");
    spec.fields["task"] = TaskMaterial(inputs_);
    spec.answer = AspectsForm();
    spec.items_per_call = 1;
    spec.completion_tokens_per_item = kAspectTokens;
    generated_.emplace(inputs_, own_.asking(), std::move(spec),
                       std::vector<AskedItem>{{"task", "the task above"}}, budget_);
  }
  step.calls = generated_->Next(outcomes);
  if (!step.calls.empty()) return step;
  if (generated_->failure()) return EndPreparation(*generated_->failure());
  const ItemResult& result = generated_->results().at("task");
  if (result.answers.empty()) return EndPreparation("", result.problem);
  return EndPreparation(WriteAspects(result.answers.front().at("aspects").texts), "");
}

}  // namespace assay
