#include "judge/rubric/criteria_scoring.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "judge/engine/verdict.h"
#include "judge/engine/verdict_labels.h"

namespace assay {
namespace {

constexpr int kTokensPerItem = 160;
constexpr int kFormTokens = 900;  // of the form, marks and nonce, at most
constexpr std::int64_t kMaxQuoteBytes = 2000;
constexpr std::int64_t kLeastRoom = 500;  // a part of fewer tokens shows nothing

AnswerField Label(const std::string& name, const std::vector<std::string>& labels) {
  AnswerField field;
  field.name = name;
  field.kind = AnswerField::Kind::kLabel;
  field.labels = labels;
  return field;
}

AnswerField Rating(const std::string& name, std::int64_t least, std::int64_t most) {
  AnswerField field;
  field.name = name;
  field.kind = AnswerField::Kind::kInteger;
  field.least = least;
  field.most = most;
  return field;
}

AnswerField Note() {
  AnswerField field;
  field.name = "note";
  field.most = kMaxQuoteBytes;
  field.required = false;
  return field;
}

// What holds can be shown; what is missing cannot.
AnswerField Quote(const std::string& needed_by) {
  AnswerField field;
  field.name = "quote";
  field.most = kMaxQuoteBytes;
  field.needed_by = needed_by;
  return field;
}

std::vector<const Answer*> AnswersWith(const ItemResult& result, const std::string& field,
                                       const std::string& label) {
  std::vector<const Answer*> answers;
  for (const Answer& answer : result.answers) {
    if (answer.at(field).text == label) answers.push_back(&answer);
  }
  return answers;
}

std::string TextOf(const Answer& answer, const std::string& field) {
  const auto value = answer.find(field);
  return value == answer.end() ? "" : value->second.text;
}

// On one line: a line break could forge another item.
std::string OneLine(const std::string& text) {
  return absl::StrReplaceAll(text, {{"\r", " "}, {"\n", " "}});
}

}  // namespace

std::string CriteriaScoring::IdOf(int criterion) { return absl::StrCat("c", criterion + 1); }

bool IsCriteriaMethod(std::string_view method) {
  return method == "checklist" || method == "weighted" || method == "points" ||
         method == "relative";
}

CriteriaScoring::CriteriaScoring(const v1::UnitInputs& inputs)
    : inputs_(inputs),
      scorer_(inputs.scorers(0)),
      rubric_(scorer_.rubric()),
      verdict_(NewVerdict(scorer_, kCriteriaVersion)),
      budget_(BudgetOf(rubric_.asking())) {
  const char* prompt = relative() ? "rubric/compare" : rates() ? "rubric/rate" : "rubric/check";
  verdict_.set_prompt_digest(BuiltinPrompt(prompt).digest);
}

bool CriteriaScoring::rates() const { return rubric_.method() == "weighted" || relative(); }

absl::StatusOr<Step> CriteriaScoring::Advance(std::span<const CallOutcome> outcomes) {
  if (!std::exchange(begun_, true)) {
    std::optional<std::string> reason = WhyNotApplicable(inputs_);
    if (!reason) reason = WhyNone();
    if (reason) {
      verdict_.set_outcome(v1::OUTCOME_NOT_APPLICABLE);
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

std::optional<std::string> CriteriaScoring::WhyNone() const {
  const v1::Sample& sample = inputs_.sample();
  if (sample.criteria().empty()) return "the sample lists no criteria";
  if (relative() && sample.reference_answer().empty()) return "the sample has no reference answer";
  const bool earns = std::any_of(sample.criteria().begin(), sample.criteria().end(),
                                 [](const v1::Criterion& c) { return c.points() > 0; });
  if (rubric_.method() == "points" && !earns) return "no criterion of the sample earns points";
  return std::nullopt;
}

CriteriaScoring::Scale CriteriaScoring::ScaleOf(const v1::Criterion& criterion) const {
  if (!rates()) return {};
  if (criterion.scale_min() < criterion.scale_max()) {
    return {criterion.scale_min(), criterion.scale_max()};
  }
  return {rubric_.scale_min(), rubric_.scale_max()};
}

Step CriteriaScoring::Begin() {
  map_ = std::make_unique<TextMap>(inputs_.text());
  if (relative()) reference_map_ = std::make_unique<TextMap>(inputs_.sample().reference_answer());
  std::map<Scale, std::vector<int>> scales;
  for (int i = 0; i < inputs_.sample().criteria_size(); ++i) {
    scales[ScaleOf(inputs_.sample().criteria(i))].push_back(i);
  }
  for (const auto& [scale, criteria] : scales) {
    if (relative() && PairFits(criteria)) {
      AskPairs(criteria, scale);
      continue;
    }
    AskParts(criteria, scale, false);
    if (!relative()) continue;
    AskParts(criteria, scale, true);
    AddFlag(verdict_, "rated_apart");
  }
  Step step;
  step.calls = asks_.Next({});
  if (!step.calls.empty()) return step;
  return Finish();
}

// Of a call's prompt and reply, the judged text excluded.
std::int64_t CriteriaScoring::TokensAround(const std::vector<int>& criteria) const {
  std::int64_t item_tokens = 0;
  for (const int i : criteria) {
    item_tokens = std::max(item_tokens, BoundTokens(inputs_.sample().criteria(i).text()).most);
  }
  const int per_call =
      std::min(static_cast<int>(criteria.size()), rubric_.asking().items_per_call());
  return BoundTokens(BuiltinPrompt("rubric/rate_part").text).most +
         BoundTokens(TaskMaterial(inputs_)).most + kFormTokens +
         per_call * (item_tokens + kTokensPerItem + 20);
}

bool CriteriaScoring::PairFits(const std::vector<int>& criteria) const {
  return TokensAround(criteria) + BoundTokens(inputs_.text()).most +
             BoundTokens(inputs_.sample().reference_answer()).most <=
         JudgeWindow(inputs_, rubric_.asking());
}

AskSpec CriteriaScoring::SpecOf(const std::string& prompt, const std::string& label) const {
  AskSpec spec;
  spec.label = label;
  spec.prompt = &BuiltinPrompt(prompt);
  spec.fields["task"] = TaskMaterial(inputs_);
  spec.items_per_call = std::max(kCriteriaPerCall, rubric_.asking().items_per_call());
  spec.completion_tokens_per_item = kTokensPerItem;
  return spec;
}

void CriteriaScoring::Add(AskSpec spec, Shown shown) {
  std::vector<AskedItem> items;
  for (const int i : shown.asked) {
    items.push_back({IdOf(i), OneLine(inputs_.sample().criteria(i).text())});
  }
  asks_.Add(AskItems(inputs_, rubric_.asking(), std::move(spec), std::move(items), budget_));
  shown_.push_back(std::move(shown));
}

void CriteriaScoring::AskParts(const std::vector<int>& criteria, Scale scale, bool of_reference) {
  const std::string& text = of_reference ? inputs_.sample().reference_answer() : inputs_.text();
  const std::int64_t room =
      std::max(kLeastRoom, JudgeWindow(inputs_, rubric_.asking()) - TokensAround(criteria));
  const std::vector<TextRange> windows =
      WindowsOf(text, inputs_.sample().language(), room, budget_.calibration);
  const bool whole = windows.size() == 1;
  const std::string prompt =
      absl::StrCat(rates() ? "rubric/rate" : "rubric/check", whole ? "" : "_part");
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const TextRange window = windows[i];
    AskSpec spec = SpecOf(
        prompt, absl::StrCat(rates() ? "rubric/rate" : "rubric/check", of_reference ? "/r" : "/",
                             i + 1, "/", scale.least, "-", scale.most));
    spec.fields["text"] = Material(
        inputs_, "writing", std::string_view(text).substr(window.begin, window.end - window.begin));
    if (!whole) {
      spec.fields["place"] =
          absl::StrCat("Part ", i + 1, " of ", windows.size(), " of the writing:");
    }
    AnswerField quote = Quote(!rates() ? "verdict" : whole ? "rating" : "here");
    if (!rates()) {
      spec.answer = {Label("verdict", whole ? WholeLabels() : PartLabels())};
      quote.needed_for = {whole ? "yes" : "met_here"};
    } else {
      if (!whole) spec.answer.push_back(Label("here", {"no", "yes"}));
      spec.answer.push_back(Rating("rating", scale.least, scale.most));
      if (whole) {
        quote.needed_above = scale.least;
      } else {
        quote.needed_for = {"yes"};
      }
    }
    spec.answer.push_back(quote);
    spec.answer.push_back(Note());
    Add(std::move(spec), {window, of_reference, false, false, criteria});
  }
}

void CriteriaScoring::AskPairs(const std::vector<int>& criteria, Scale scale) {
  for (const bool swapped : {false, true}) {
    AskSpec spec = SpecOf("rubric/compare", absl::StrCat("rubric/compare/",
                                                         swapped ? "reference_first" : "text_first",
                                                         "/", scale.least, "-", scale.most));
    const std::string& reference = inputs_.sample().reference_answer();
    spec.fields["first"] = Material(inputs_, "first", swapped ? reference : inputs_.text());
    spec.fields["second"] = Material(inputs_, "second", swapped ? inputs_.text() : reference);
    spec.answer = {Rating("first", scale.least, scale.most),
                   Rating("second", scale.least, scale.most), Note()};
    Add(std::move(spec), {{0, inputs_.text().size()}, false, true, swapped, criteria});
  }
}

// Null: this one did not ask for the criterion.
const ItemResult* CriteriaScoring::ResultOf(std::size_t ask, int criterion) const {
  const std::vector<int>& asked = shown_[ask].asked;
  if (std::find(asked.begin(), asked.end(), criterion) == asked.end()) return nullptr;
  return &asks_[ask].results().at(IdOf(criterion));
}

// False: words are quoted, and none of them stand in what was shown.
bool CriteriaScoring::TakeQuote(const std::vector<const Answer*>& answers, const Shown& shown,
                                Found& found) const {
  if (found.note.empty()) found.note = TextOf(*answers.front(), "note");
  const TextMap& map = shown.of_reference ? *reference_map_ : *map_;
  bool quoted = false;
  for (const Answer* answer : answers) {
    const std::string quote = TextOf(*answer, "quote");
    if (quote.empty()) continue;
    quoted = true;
    const std::optional<TextRange> place = map.Find(quote, shown.window);
    if (!place) continue;
    if (!shown.of_reference) found.spans.push_back(*place);
    return true;
  }
  found.unverified = found.unverified || quoted;
  return !quoted;
}

CriteriaScoring::Found CriteriaScoring::Combine(int criterion) const {
  Found found;
  bool pairs = false;
  for (std::size_t i = 0; i < shown_.size(); ++i) {
    pairs = pairs || (shown_[i].both && ResultOf(i, criterion) != nullptr);
  }
  if (pairs) {
    CombinePairs(criterion, found);
  } else if (rates()) {
    CombineRatings(criterion, false, found);
    if (relative()) CombineRatings(criterion, true, found);
  } else {
    CombineCheck(criterion, found);
  }
  if (relative() && !(found.value && found.reference)) {
    found.value.reset();
    found.reference.reset();
  }
  if (found.value && !found.spans.empty()) found.unverified = false;
  return found;
}

// Broken anywhere, a criterion is not met; else it is where any part meets it. An answer by words
// that are not in the text says nothing; where it would have decided, nobody knows.
void CriteriaScoring::CombineCheck(int criterion, Found& found) const {
  const std::vector<std::string>& labels = shown_.size() == 1 ? WholeLabels() : PartLabels();
  bool met = false;
  bool broken = false;
  bool invented = false;
  for (std::size_t i = 0; i < shown_.size(); ++i) {
    const ItemResult& result = *ResultOf(i, criterion);
    if (result.answers.empty()) {
      // Without this part nobody knows.
      found.note = result.problem;
      return;
    }
    const std::string label = MajorityLabel(result, "verdict", labels);
    if (label == "not_here") continue;
    const std::vector<const Answer*> chosen = AnswersWith(result, "verdict", label);
    const bool holds = label == "yes" || label == "met_here";
    const bool breaks = label == "broken_here";
    const bool stands = TakeQuote(chosen, shown_[i], found);
    invented = invented || (!stands && (holds || breaks));
    met = met || (stands && holds);
    broken = broken || (stands && breaks);
    if (stands && breaks) found.note = TextOf(*chosen.front(), "note");
  }
  if (broken || met || !invented) found.value = met && !broken ? 1 : 0;
}

void CriteriaScoring::AddRating(int criterion, std::size_t ask, Parts& parts, Found& found) const {
  const ItemResult& result = *ResultOf(ask, criterion);
  const Shown& shown = shown_[ask];
  if (result.answers.empty()) {
    parts.missing = true;
    found.note = result.problem;
    return;
  }
  const bool in_parts = result.answers.front().contains("here");
  if (in_parts && MajorityLabel(result, "here", {"no", "yes"}) == "no") return;
  const Scale scale = ScaleOf(inputs_.sample().criteria(criterion));
  const double rating = MeanOfField(result, "rating") - scale.least;
  std::vector<const Answer*> answers;
  for (const Answer& answer : result.answers) answers.push_back(&answer);
  if (!TakeQuote(answers, shown, found) && rating > 0) {
    parts.invented = true;
    return;
  }
  const double bytes = static_cast<double>(shown.window.end - shown.window.begin);
  parts.sum += bytes * rating / (scale.most - scale.least);
  parts.bytes += bytes;
}

// The mean over the parts that bear on the criterion, by their length; where none does, nothing of
// it was done.
void CriteriaScoring::CombineRatings(int criterion, bool of_reference, Found& found) const {
  Parts parts;
  for (std::size_t i = 0; i < shown_.size() && !parts.missing; ++i) {
    if (shown_[i].of_reference != of_reference || ResultOf(i, criterion) == nullptr) continue;
    AddRating(criterion, i, parts, found);
  }
  if (parts.missing || (parts.invented && parts.bytes == 0)) return;
  (of_reference ? found.reference : found.value) = parts.bytes > 0 ? parts.sum / parts.bytes : 0;
}

void CriteriaScoring::CombinePairs(int criterion, Found& found) const {
  const Scale scale = ScaleOf(inputs_.sample().criteria(criterion));
  double text = 0;
  double reference = 0;
  std::vector<double> leads;
  for (std::size_t i = 0; i < shown_.size(); ++i) {
    const ItemResult* result = ResultOf(i, criterion);
    if (result == nullptr) continue;
    if (result->answers.empty()) {
      found.note = result->problem;
      return;
    }
    const double first = MeanOfField(*result, "first") - scale.least;
    const double second = MeanOfField(*result, "second") - scale.least;
    const bool swapped = shown_[i].swapped;
    text += swapped ? second : first;
    reference += swapped ? first : second;
    leads.push_back(swapped ? second - first : first - second);
    if (found.note.empty()) found.note = TextOf(result->answers.front(), "note");
  }
  const double reach = static_cast<double>(leads.size()) * (scale.most - scale.least);
  found.value = text / reach;
  found.reference = reference / reach;
  found.flipped = leads.front() * leads.back() < 0;
}

}  // namespace assay
