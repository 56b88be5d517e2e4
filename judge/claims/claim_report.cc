#include "judge/claims/claim_report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/segments.h"
#include "judge/claims/claim_scores.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

constexpr std::size_t kSeriesParts = 10;
constexpr double kFactScoreGamma = 10;

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

bool HasPlace(const Claim& claim) { return claim.place.end > claim.place.begin; }

// What the published pipelines would make of the same labels (claims-and-judges.md sections 2, 3).
void AddPresetScores(const std::string& preset, const JudgedClaims& judged,
                     const ClaimCounts& counts, std::size_t covered, v1::Verdict& out) {
  const int claims = counts.claims();
  if (preset == "icat") {
    const IcatScores icat = IcatOf(counts.supported, claims, static_cast<int>(covered),
                                   static_cast<int>(judged.aspects.size()));
    AddPercent(out, "icat_fact", icat.fact);
    AddPercent(out, "icat_coverage", icat.coverage);
    AddPercent(out, "icat_f1", icat.f1);
  } else if (preset == "factscore" && claims > 0) {
    const double init = static_cast<double>(counts.supported) / claims;
    AddPercent(out, "factscore_init", init);
    AddPercent(out, "factscore", init * LengthPenalty(claims, kFactScoreGamma));
  } else if (preset == "refchecker") {
    std::vector<Entailment> labels;
    for (const ClaimVerdict& verdict : judged.verdicts) {
      labels.push_back(verdict.label == ClaimLabel::kSupported      ? Entailment::kEntailment
                       : verdict.label == ClaimLabel::kContradicted ? Entailment::kContradiction
                                                                    : Entailment::kNeutral);
    }
    for (const Entailment label :
         {Entailment::kEntailment, Entailment::kNeutral, Entailment::kContradiction}) {
      const std::optional<double> ratio = SoftRatio(labels, label);
      if (ratio)
        AddPercent(out, absl::StrCat("refchecker_", std::string(EntailmentName(label))), *ratio);
    }
  } else if (preset == "ragchecker" && claims > 0 && !judged.aspects.empty()) {
    const double precision = static_cast<double>(counts.supported) / claims;
    const double recall = static_cast<double>(covered) / static_cast<double>(judged.aspects.size());
    AddPercent(out, "ragchecker_precision", precision);
    AddPercent(out, "ragchecker_recall", recall);
    AddPercent(out, "ragchecker_f1", HarmonicMean(precision, recall));
  }
}

void AddScores(const v1::UnitInputs& inputs, const JudgedClaims& judged, v1::Verdict& out) {
  const v1::FactualCoverageScorer& own = inputs.scorers(0).factual_coverage();
  ClaimCounts counts;
  int unverified = 0;
  for (const ClaimVerdict& verdict : judged.verdicts) {
    counts.Add(verdict.label);
    unverified += verdict.unverified ? 1 : 0;
  }
  std::size_t covered = 0;
  std::size_t decided = 0;
  for (const auto& covering : judged.cover) {
    if (!covering) continue;
    ++decided;
    covered += covering->empty() ? 0 : 1;
  }
  const std::optional<double> precision = CheckedPrecision(counts);
  const bool has_coverage = decided > 0;
  const double coverage =
      has_coverage ? static_cast<double>(covered) / static_cast<double>(decided) : 0;
  if (precision && has_coverage) AddPercent(out, "f1", HarmonicMean(*precision, coverage));
  if (precision) AddPercent(out, "precision", *precision);
  if (has_coverage) AddPercent(out, "coverage", coverage);
  if (own.k() > 0) {
    AddPercent(out, "f1_at_k",
               F1AtK(counts.supported, counts.contradicted + counts.not_found, own.k()));
  }
  if (counts.claims() > 0) {
    AddPercent(out, "checked_fraction",
               static_cast<double>(counts.checked()) / static_cast<double>(counts.claims()));
  }
  const auto words = static_cast<double>(
      std::max<std::size_t>(1, WordsOf(inputs.text(), inputs.sample().language()).size()));
  const std::pair<const char*, double> totals[] = {
      {"claims", counts.claims()},
      {"supported", counts.supported},
      {"contradicted", counts.contradicted},
      {"not_found", counts.not_found},
      {"unknown", counts.unknown},
      {"unverifiable", unverified},
      {"duplicates", judged.extracted.duplicates},
      {"dropped", judged.extracted.misplaced},
      {"unparsed_groups", judged.extracted.unparsed},
      {"claims_per_1000_words", 1000 * counts.claims() / words}};
  for (const auto& [name, value] : totals) AddScore(out, name, value);
  if (judged.aspect_source != "none")
    AddScore(out, "aspects", static_cast<double>(judged.aspects.size()));
  AddPresetScores(own.preset(), judged, counts, covered, out);
}

void AddFindings(const JudgedClaims& judged, const PassageIndex* index, v1::Verdict& out) {
  for (std::size_t i = 0; i < judged.extracted.claims.size(); ++i) {
    const Claim& claim = judged.extracted.claims[i];
    const ClaimVerdict& verdict = judged.verdicts[i];
    v1::Finding& finding = *out.add_findings();
    finding.set_kind("claim");
    finding.set_id(claim.id);
    finding.set_text(claim.text);
    finding.set_label(std::string(ClaimLabelName(verdict.label)));
    finding.set_note(verdict.problem);
    finding.set_unverified(verdict.unverified);
    if (HasPlace(claim)) *finding.add_spans() = SpanOf("output", claim.place);
    if (verdict.document < 0) continue;
    const auto& documents = index->documents();
    *finding.add_spans() = SpanOf(
        "reference:" + documents[static_cast<std::size_t>(verdict.document)].id, verdict.evidence);
  }
  for (std::size_t i = 0; i < judged.aspects.size(); ++i) {
    v1::Finding& finding = *out.add_findings();
    finding.set_kind("aspect");
    finding.set_id(absl::StrCat("a", i + 1));
    finding.set_text(judged.aspects[i]);
    const auto& covering = judged.cover[i];
    finding.set_label(!covering ? "unjudged" : covering->empty() ? "uncovered" : "covered");
    if (!covering) continue;
    std::string note;
    for (const Claim& claim : judged.extracted.claims) {
      if (covering->count(claim.id) == 0) continue;
      absl::StrAppend(&note, note.empty() ? "" : ", ", claim.id);
      if (finding.spans_size() < 5 && HasPlace(claim))
        *finding.add_spans() = SpanOf("output", claim.place);
    }
    finding.set_note(note);
  }
}

// Supported of checked claims in tenths of the text.
void AddSeries(const v1::UnitInputs& inputs, const JudgedClaims& judged, v1::Verdict& out) {
  std::map<std::size_t, ClaimCounts> parts;
  for (std::size_t i = 0; i < judged.extracted.claims.size(); ++i) {
    if (!HasPlace(judged.extracted.claims[i])) continue;
    const std::size_t at = judged.extracted.claims[i].place.begin * kSeriesParts /
                           std::max<std::size_t>(1, inputs.text().size());
    parts[std::min(at, kSeriesParts - 1)].Add(judged.verdicts[i].label);
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
  if (series.points_size() > 0) *out.add_series() = std::move(series);
}

}  // namespace

void ReportClaims(const v1::UnitInputs& inputs, const JudgedClaims& judged,
                  const PassageIndex* index, v1::Verdict& verdict) {
  const auto& verdicts = judged.verdicts;
  const auto decided = std::count_if(verdicts.begin(), verdicts.end(), [](const ClaimVerdict& one) {
    return one.label != ClaimLabel::kUnknown;
  });
  if (!verdicts.empty() && decided == 0) {
    const auto with_reason = std::find_if(verdicts.begin(), verdicts.end(),
                                          [](const auto& one) { return !one.problem.empty(); });
    verdict.set_outcome(v1::OUTCOME_UNJUDGED);
    verdict.set_reason(
        absl::StrCat("none of ", verdicts.size(), " claims could be judged",
                     with_reason == verdicts.end() ? "" : ": " + with_reason->problem));
    return;
  }
  verdict.set_outcome(v1::OUTCOME_SCORED);
  AddScores(inputs, judged, verdict);
  AddFindings(judged, index, verdict);
  AddSeries(inputs, judged, verdict);
  if (judged.extracted.unparsed > 0 || decided < static_cast<std::ptrdiff_t>(verdicts.size()) ||
      !judged.aspect_problem.empty()) {
    AddFlag(verdict, "partly_judged");
  }
  if (verdicts.empty()) AddFlag(verdict, "no_claims");
}

}  // namespace assay
