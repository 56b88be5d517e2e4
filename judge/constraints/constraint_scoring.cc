#include "judge/constraints/constraint_scoring.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "judge/constraints/proposals.h"
#include "judge/engine/verdict.h"
#include "judge/engine/verdict_labels.h"

namespace assay {
namespace {

constexpr char kJudgeLabel[] = "constraints/judge";
constexpr int kMaxCalls = 400;
constexpr int kItemsPerCall = 12;
constexpr int kTokensPerItem = 160;
constexpr std::int64_t kMaxQuoteBytes = 2000;

std::vector<AnswerField> AnswerFields(const std::vector<std::string>& labels) {
  AnswerField verdict;
  verdict.name = "verdict";
  verdict.kind = AnswerField::Kind::kLabel;
  verdict.labels = labels;
  AnswerField quote;
  quote.name = "quote";
  quote.most = kMaxQuoteBytes;
  // What holds can be shown; what is missing cannot.
  quote.needed_by = "verdict";
  for (const std::string& label : labels) {
    if (label != "no" && label != "broken_here" && label != "not_here") {
      quote.needed_for.push_back(label);
    }
  }
  AnswerField note;
  note.name = "note";
  note.most = kMaxQuoteBytes;
  note.required = false;
  return {verdict, quote, note};
}

std::string TextOf(const Answer& answer, const std::string& field) {
  const auto value = answer.find(field);
  return value == answer.end() ? "" : value->second.text;
}

double PositionOf(const TextRange& span, std::size_t size) {
  return (static_cast<double>(span.begin) + static_cast<double>(span.end)) / 2 /
         static_cast<double>(size);
}

void AddMean(const std::string& name, double sum, int n, v1::Verdict& verdict) {
  if (n > 0) AddScore(verdict, name, 100 * sum / n);
}

}  // namespace

ConstraintScoring::ConstraintScoring(const v1::UnitInputs& inputs)
    : inputs_(inputs),
      scorer_(inputs.scorers(0)),
      verdict_(NewVerdict(scorer_, kConstraintsVersion)),
      budget_(BudgetOf(scorer_.constraints().asking())) {
  verdict_.set_prompt_digest(BuiltinPrompt("constraints/judge").digest);
}

absl::StatusOr<Step> ConstraintScoring::Advance(std::span<const CallOutcome> outcomes) {
  if (!std::exchange(begun_, true)) {
    if (const std::optional<std::string> reason = WhyNotApplicable(inputs_)) {
      return EndWith(NotApplicable(scorer_, kConstraintsVersion, *reason));
    }
    if (const std::optional<std::string> reason = WhyNoConstraints()) {
      verdict_.set_reason(*reason);
      return EndWith(std::move(verdict_));
    }
    return Begin();
  }
  Step step;
  step.calls = asks_.Next(outcomes);
  if (!step.calls.empty()) return step;
  return Finish();
}

// Sets the outcome where there is nothing to check.
std::optional<std::string> ConstraintScoring::WhyNoConstraints() {
  for (const v1::Constraint& constraint : inputs_.sample().constraints()) {
    constraints_.push_back(constraint);
  }
  if (!constraints_.empty()) return std::nullopt;
  verdict_.set_outcome(v1::OUTCOME_NOT_APPLICABLE);
  if (!scorer_.constraints().propose()) return "the sample lists no constraints";
  if (inputs_.preparation_outcome() != v1::OUTCOME_GENERATED) {
    verdict_.set_outcome(v1::OUTCOME_UNJUDGED);
    return "no constraints could be proposed for the prompt";
  }
  absl::StatusOr<std::vector<v1::Constraint>> proposed = ReadProposals(inputs_.preparation());
  if (!proposed.ok()) {
    verdict_.set_outcome(v1::OUTCOME_UNJUDGED);
    return std::string(proposed.status().message());
  }
  constraints_ = *std::move(proposed);
  AddFlag(verdict_, "proposed_constraints");
  if (constraints_.empty()) return "the prompt states no constraint";
  return std::nullopt;
}

Step ConstraintScoring::Begin() {
  text_ = std::make_unique<CheckedText>(inputs_.text(), inputs_.sample().language());
  std::vector<const v1::Constraint*> judged;
  for (const v1::Constraint& constraint : constraints_) {
    if (!IsCheckedInCode(constraint)) {
      judged.push_back(&constraint);
      continue;
    }
    CheckResult result = CheckInCode(constraint, *text_);
    found_[constraint.id()] = {result.satisfied, false, std::move(result.note),
                               std::move(result.spans)};
  }
  if (!judged.empty()) AskJudge(judged);
  Step step;
  step.calls = asks_.Next({});
  if (!step.calls.empty()) return step;
  return Finish();
}

void ConstraintScoring::AskJudge(const std::vector<const v1::Constraint*>& judged) {
  const v1::Asking& asking = scorer_.constraints().asking();
  std::vector<AskedItem> items;
  std::int64_t item_tokens = 0;
  for (const v1::Constraint* constraint : judged) {
    items.push_back({constraint->id(), constraint->text()});
    item_tokens = std::max(item_tokens, BoundTokens(constraint->text()).most);
  }
  const int per_call = std::min(static_cast<int>(items.size()), asking.items_per_call());
  const std::int64_t around = BoundTokens(BuiltinPrompt("constraints/judge_part").text).most +
                              BoundTokens(TaskMaterial(inputs_)).most + 400 +
                              per_call * (item_tokens + kTokensPerItem + 20);
  // A part of under 500 tokens shows nothing: then batches are made smaller instead, by AskItems.
  const std::int64_t room = std::max<std::int64_t>(500, JudgeWindow(inputs_, asking) - around);
  windows_ = WindowsOf(inputs_.text(), inputs_.sample().language(), room, budget_.calibration);
  const char* prompt = windows_.size() == 1 ? "constraints/judge" : "constraints/judge_part";
  for (std::size_t i = 0; i < windows_.size(); ++i) AddAsk(prompt, items, windows_[i], i);
}

void ConstraintScoring::AddAsk(const std::string& prompt, std::vector<AskedItem> items,
                               TextRange window, std::size_t index) {
  AskSpec spec;
  spec.label = windows_.size() == 1 ? kJudgeLabel : absl::StrCat(kJudgeLabel, "/", index + 1);
  spec.prompt = &BuiltinPrompt(prompt);
  spec.fields["task"] = TaskMaterial(inputs_);
  const std::string_view part =
      std::string_view(inputs_.text()).substr(window.begin, window.end - window.begin);
  spec.fields["text"] = Material(inputs_, "writing", part);
  if (windows_.size() > 1) {
    spec.fields["place"] =
        absl::StrCat("Part ", index + 1, " of ", windows_.size(), " of the writing:");
  }
  spec.answer = AnswerFields(windows_.size() == 1 ? WholeLabels() : PartLabels());
  spec.items_per_call = kItemsPerCall;
  spec.completion_tokens_per_item = kTokensPerItem;
  asks_.Add(AskItems(inputs_, scorer_.constraints().asking(), std::move(spec), std::move(items),
                     budget_));
}

// What all windows say of one constraint: broken anywhere, it does not hold; else it holds where it
// was met anywhere, and in part where it was met in part.
void ConstraintScoring::Combine(const v1::Constraint& constraint) {
  Found& found = found_[constraint.id()];
  const bool whole = windows_.size() == 1;
  bool broken = false;
  bool met = false;
  bool partly = false;
  for (std::size_t i = 0; i < asks_.size(); ++i) {
    const ItemResult& result = asks_[i].results().at(constraint.id());
    if (result.answers.empty()) {
      // Without this part nobody knows.
      found = {std::nullopt, false, result.problem, {}};
      return;
    }
    const std::string label =
        MajorityLabel(result, "verdict", whole ? WholeLabels() : PartLabels());
    const auto chosen =
        std::find_if(result.answers.begin(), result.answers.end(),
                     [&](const Answer& answer) { return TextOf(answer, "verdict") == label; });
    if (label == "not_here") continue;
    const std::string quote = TextOf(*chosen, "quote");
    if (!quote.empty()) {
      if (const auto place = text_->map.Find(quote, windows_[i])) {
        found.spans.push_back(*place);
      } else if (label != "no") {
        found.unverified = true;
        continue;
      }
    }
    broken = broken || label == "broken_here" || label == "no";
    met = met || label == "met_here" || label == "yes";
    partly = partly || label == "partly_here" || label == "partly";
    if (found.note.empty() || label == "broken_here") found.note = TextOf(*chosen, "note");
  }
  found.satisfied = broken ? 0.0 : met ? 1.0 : partly ? 0.5 : 0.0;
  // An answer whose words are not in the text says nothing; where no other is shown, nobody knows.
  if (found.unverified && found.spans.empty()) found.satisfied.reset();
  if (found.unverified && !found.spans.empty()) found.unverified = false;
}

Step ConstraintScoring::Finish() {
  if (const std::optional<v1::Error>& error = asks_.failure()) {
    TellBudget(budget_, inputs_, verdict_);
    Step step = EndWith(RefusedVerdict(std::move(verdict_), *error));
    *step.result->mutable_error() = *error;
    return step;
  }
  for (const v1::Constraint& constraint : constraints_) {
    if (!IsCheckedInCode(constraint)) Combine(constraint);
  }
  TellBudget(budget_, inputs_, verdict_);
  AddScores(verdict_);
  for (const v1::Constraint& constraint : constraints_) AddFinding(constraint, verdict_);
  return EndWith(std::move(verdict_));
}

void ConstraintScoring::AddScores(v1::Verdict& verdict) const {
  struct Sum {
    double sum = 0;
    int n = 0;
    void Add(double value) {
      sum += value;
      ++n;
    }
  };
  Sum all, code, judge, thirds[3];
  int unjudged = 0;
  std::string problem;
  v1::Series series;
  series.set_name("satisfied");
  for (const v1::Constraint& constraint : constraints_) {
    const Found& found = found_.at(constraint.id());
    if (!found.satisfied) {
      ++unjudged;
      problem = found.unverified ? "a quote does not stand in the text" : found.note;
      continue;
    }
    all.Add(*found.satisfied);
    (IsCheckedInCode(constraint) ? code : judge).Add(*found.satisfied);
    if (found.spans.empty()) continue;
    const double at = PositionOf(found.spans.front(), inputs_.text().size());
    thirds[std::min(2, static_cast<int>(at * 3))].Add(*found.satisfied);
    v1::SeriesPoint& point = *series.add_points();
    point.set_position(at);
    point.set_value(100 * *found.satisfied);
    point.set_weight(1);
  }
  if (all.n == 0) {
    verdict.set_outcome(v1::OUTCOME_UNJUDGED);
    verdict.set_reason(absl::StrCat("none of ", constraints_.size(),
                                    " constraints could be judged; the last: ", problem));
    return;
  }
  verdict.set_outcome(v1::OUTCOME_SCORED);
  AddMean("satisfied", all.sum, all.n, verdict);
  // Only known when nothing is missing, or when one is known to fail.
  const bool failed = all.sum < all.n;
  if (failed || unjudged == 0) AddScore(verdict, "all_satisfied", failed ? 0 : 100);
  AddMean("satisfied_verifiable", code.sum, code.n, verdict);
  AddMean("satisfied_judged", judge.sum, judge.n, verdict);
  AddMean("satisfied_early", thirds[0].sum, thirds[0].n, verdict);
  AddMean("satisfied_middle", thirds[1].sum, thirds[1].n, verdict);
  AddMean("satisfied_late", thirds[2].sum, thirds[2].n, verdict);
  AddScore(verdict, "constraints", static_cast<double>(constraints_.size()));
  AddScore(verdict, "unjudged_constraints", unjudged);
  if (unjudged > 0) AddFlag(verdict, "partly_judged");
  std::stable_sort(series.mutable_points()->begin(), series.mutable_points()->end(),
                   [](const auto& a, const auto& b) { return a.position() < b.position(); });
  if (series.points_size() > 0) *verdict.add_series() = std::move(series);
}

void ConstraintScoring::AddFinding(const v1::Constraint& constraint, v1::Verdict& verdict) const {
  const Found& found = found_.at(constraint.id());
  v1::Finding& finding = *verdict.add_findings();
  finding.set_kind("constraint");
  finding.set_id(constraint.id());
  finding.set_text(constraint.text().empty() ? constraint.kind() : constraint.text());
  finding.set_label(!found.satisfied        ? "unjudged"
                    : *found.satisfied >= 1 ? "satisfied"
                    : *found.satisfied <= 0 ? "violated"
                                            : "partly");
  finding.set_note(found.note);
  finding.set_unverified(found.unverified);
  for (const TextRange& span : found.spans) {
    v1::Span& added = *finding.add_spans();
    added.set_source("output");
    added.set_begin_byte(static_cast<std::int64_t>(span.begin));
    added.set_end_byte(static_cast<std::int64_t>(span.end));
  }
}

ScorerModule ConstraintsModule() {
  ScorerModule module;
  module.type = v1::ScorerSpec::kConstraints;
  module.version = kConstraintsVersion;
  module.judged_metric = "satisfied_judged";
  module.probe_kinds = {"constant", "forged_rival", "anchor"};
  module.resolve = [](v1::ScorerSpec& scorer) -> absl::Status {
    v1::ConstraintsScorer& own = *scorer.mutable_constraints();
    if (!own.has_propose()) own.set_propose(true);
    *own.mutable_asking() = ResolvedAsking(own.asking(), kMaxCalls, kItemsPerCall);
    return CheckAsking(own.asking(), "constraints");
  };
  module.metric_names = [](const v1::ScorerSpec&) {
    return std::vector<std::string>{"satisfied",        "all_satisfied",   "satisfied_verifiable",
                                    "satisfied_judged", "satisfied_early", "satisfied_middle",
                                    "satisfied_late",   "constraints",     "unjudged_constraints"};
  };
  module.cost = [](const v1::ScorerSpec&, const v1::Sample&, std::int64_t words) {
    const std::int64_t parts = words / 2500 + 1;
    return JudgeCost{parts, words * 4 / 3 + 1200 * parts, 500 * parts};
  };
  module.make = [](const v1::UnitInputs& inputs) -> absl::StatusOr<std::unique_ptr<StepMachine>> {
    return std::unique_ptr<StepMachine>(std::make_unique<ConstraintScoring>(inputs));
  };
  module.needs_preparation = [](const v1::ScorerSpec& scorer) {
    return scorer.constraints().propose();
  };
  module.prepare =
      [](const v1::UnitInputs& inputs) -> absl::StatusOr<std::unique_ptr<StepMachine>> {
    return std::unique_ptr<StepMachine>(std::make_unique<ConstraintProposal>(inputs));
  };
  return module;
}

}  // namespace assay
