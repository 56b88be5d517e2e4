// What a CriteriaScoring makes of the answers: scores and findings.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "judge/engine/verdict.h"
#include "judge/rubric/criteria_scoring.h"

namespace assay {
namespace {

constexpr double kManyFlips = 20;  // percent

std::string Shortly(double value) { return absl::StrCat(std::round(value * 100) / 100); }

}  // namespace

Step CriteriaScoring::Finish() {
  TellBudget(budget_, inputs_, verdict_);
  if (const std::optional<v1::Error>& error = asks_.failure()) {
    Step step = EndWith(RefusedVerdict(std::move(verdict_), *error));
    *step.result->mutable_error() = *error;
    return step;
  }
  for (int i = 0; i < inputs_.sample().criteria_size(); ++i) found_.push_back(Combine(i));
  AddScores();
  for (int i = 0; i < inputs_.sample().criteria_size(); ++i) AddFinding(i);
  return EndWith(std::move(verdict_));
}

std::vector<GradedCriterion> CriteriaScoring::Graded(bool of_reference) const {
  std::vector<GradedCriterion> graded;
  for (std::size_t i = 0; i < found_.size(); ++i) {
    const v1::Criterion& criterion = inputs_.sample().criteria(static_cast<int>(i));
    GradedCriterion& added = graded.emplace_back();
    added.value = of_reference ? found_[i].reference : found_[i].value;
    added.group = criterion.group();
    added.weight = criterion.weight() == 0 ? 1 : criterion.weight();
    added.points = criterion.points();
    added.tags.assign(criterion.tags().begin(), criterion.tags().end());
  }
  return graded;
}

void CriteriaScoring::AddScores() {
  std::optional<double> headline;
  v1::Verdict& verdict = verdict_;
  std::int64_t unjudged = 0;
  std::string problem;
  for (const Found& found : found_) {
    if (found.value) continue;
    ++unjudged;
    problem = found.unverified ? "a quote does not stand in the text" : found.note;
  }
  // The headline goes first.
  AddScore(verdict, "rubric", 0);
  if (rates()) {
    AddRatedScores(&headline);
  } else {
    AddCheckedScores(&headline);
  }
  if (!headline) {
    verdict.clear_scores();
    verdict.set_outcome(v1::OUTCOME_UNJUDGED);
    verdict.set_reason(absl::StrCat(unjudged, " of ", found_.size(),
                                    " criteria could not be judged, and the rest make no score",
                                    problem.empty() ? "" : "; the last: ", problem));
    return;
  }
  verdict.mutable_scores(0)->set_value(100 * *headline);
  if (relative()) AddFlips();
  AddScore(verdict, "criteria", static_cast<double>(found_.size()));
  AddScore(verdict, "unjudged_criteria", static_cast<double>(unjudged));
  if (unjudged > 0) AddFlag(verdict, "partly_judged");
  verdict.set_outcome(v1::OUTCOME_SCORED);
}

void CriteriaScoring::AddCheckedScores(std::optional<double>* headline) {
  const std::vector<GradedCriterion> graded = Graded(false);
  const bool points = rubric_.method() == "points";
  *headline = points ? PointsScore(graded) : ChecklistScore(graded);
  std::map<std::string, std::vector<GradedCriterion>> groups;
  for (const GradedCriterion& criterion : graded) {
    if (!criterion.group.empty()) groups[criterion.group].push_back(criterion);
  }
  for (const auto& [group, criteria] : groups) {
    const std::optional<double> score = points ? PointsScore(criteria) : ChecklistScore(criteria);
    if (score) AddNamed(group, *score);
  }
  if (!points) return;
  for (const auto& [tag, score] : PointsByTag(graded)) AddNamed(tag, score);
}

void CriteriaScoring::AddRatedScores(std::optional<double>* headline) {
  const std::map<std::string, double> weights(inputs_.sample().group_weights().begin(),
                                              inputs_.sample().group_weights().end());
  const WeightedScores text = WeightedRubric(Graded(false), weights);
  if (text.group_without_weight) AddFlag(verdict_, "group_without_weight");
  *headline = text.total;
  // Of a relative rubric, the same criteria are judged for both.
  const WeightedScores reference = relative() ? WeightedRubric(Graded(true), weights) : text;
  if (relative() && text.total) *headline = AgainstReference(*text.total, *reference.total);
  for (const auto& [group, score] : text.groups) {
    if (group.empty()) continue;
    AddNamed(group, relative() ? AgainstReference(score, reference.groups.at(group)) : score);
  }
}

// A tag or group that has the name of another score is left to that one.
void CriteriaScoring::AddNamed(const std::string& name, double share) {
  static const auto* const kOwn =
      new std::set<std::string>{"rubric", "criteria", "unjudged_criteria", "flip_rate"};
  if (kOwn->contains(name)) return AddNamed("group_" + name, share);
  const bool taken = std::any_of(verdict_.scores().begin(), verdict_.scores().end(),
                                 [&](const v1::Score& score) { return score.name() == name; });
  if (!taken) AddScore(verdict_, name, 100 * share);
}

void CriteriaScoring::AddFlips() {
  double flips = 0;
  double pairs = 0;
  for (const Found& found : found_) {
    if (!found.flipped || !found.value) continue;
    ++pairs;
    flips += *found.flipped ? 1 : 0;
  }
  if (pairs == 0) return;
  AddScore(verdict_, "flip_rate", 100 * flips / pairs);
  if (100 * flips / pairs > kManyFlips) AddFlag(verdict_, "order_decides");
}

void CriteriaScoring::AddFinding(int index) {
  const v1::Criterion& criterion = inputs_.sample().criteria(index);
  const Found& found = found_[static_cast<std::size_t>(index)];
  v1::Finding& finding = *verdict_.add_findings();
  finding.set_kind("criterion");
  finding.set_id(criterion.id().empty() ? IdOf(index) : criterion.id());
  finding.set_text(criterion.text());
  finding.set_unverified(found.unverified);
  const Scale scale = ScaleOf(criterion);
  const auto rating = [&](double value) {
    return Shortly(scale.least + value * (scale.most - scale.least));
  };
  std::string head;
  if (!found.value) {
    finding.set_label("unjudged");
  } else if (!rates()) {
    finding.set_label(*found.value > 0 ? "met" : "not_met");
  } else if (!relative()) {
    finding.set_label("rated");
    head = absl::StrCat(rating(*found.value), " on ", scale.least, " to ", scale.most);
  } else {
    finding.set_label(found.flipped.value_or(false)     ? "order_decides"
                      : *found.value > *found.reference ? "better"
                      : *found.value < *found.reference ? "worse"
                                                        : "even");
    head = absl::StrCat(rating(*found.value), " beside ", rating(*found.reference), " on ",
                        scale.least, " to ", scale.most);
  }
  finding.set_note(absl::StrCat(head, head.empty() || found.note.empty() ? "" : ": ", found.note));
  for (const TextRange& span : found.spans) {
    v1::Span& added = *finding.add_spans();
    added.set_source("output");
    added.set_begin_byte(static_cast<std::int64_t>(span.begin));
    added.set_end_byte(static_cast<std::int64_t>(span.end));
  }
}

}  // namespace assay
