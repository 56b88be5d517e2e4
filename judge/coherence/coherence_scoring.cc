#include "judge/coherence/coherence_scoring.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/segments.h"
#include "common/text/utf8.h"
#include "judge/coherence/coherence_forms.h"
#include "judge/coherence/text_measures.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

constexpr int kMaxCalls = 1000;
constexpr std::int64_t kBeforeTokens = 1000;
constexpr std::size_t kEndingBytes = 3000;
constexpr std::size_t kOutlineBytes = 3000;
constexpr int kWindowReplyTokens = 1500;
constexpr int kPromisesPerWindow = 2;
constexpr int kMinWindowTokens = 600;
constexpr int kMaxWindowTokens = 6000;
constexpr int kNgram = 20;

// At most so many, whole characters.
std::string_view LastBytes(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t cut = text.size() - most;
  while (cut < text.size() && (text[cut] & '\xC0') == '\x80') ++cut;
  return text.substr(cut);
}

bool NeedsTwoPlaces(const std::string& kind) { return kind != "abrupt_topic_change"; }

}  // namespace

CoherenceScoring::CoherenceScoring(const v1::UnitInputs& inputs)
    : inputs_(inputs),
      scorer_(inputs.scorers(0)),
      asking_(scorer_.coherence().asking()),
      verdict_(NewVerdict(scorer_, kCoherenceVersion)),
      budget_(BudgetOf(asking_)) {
  verdict_.set_prompt_digest(BuiltinPrompt("coherence/window").digest);
}

std::string_view CoherenceScoring::TextOf(TextRange range) const {
  return std::string_view(inputs_.text()).substr(range.begin, range.end - range.begin);
}

absl::StatusOr<Step> CoherenceScoring::Advance(std::span<const CallOutcome> outcomes) {
  Step step;
  if (stage_ == Stage::kBegin) {
    if (const std::optional<std::string> reason = WhyNotApplicable(inputs_)) {
      return EndWith(NotApplicable(scorer_, kCoherenceVersion, *reason));
    }
    return AskWindows();
  }
  AskGroup& group = stage_ == Stage::kWindows ? first_ : second_;
  step.calls = group.Next(outcomes);
  if (!step.calls.empty()) return step;
  if (group.failure()) {
    TellBudget(budget_, inputs_, verdict_);
    step = EndWith(RefusedVerdict(std::move(verdict_), *group.failure()));
    *step.result->mutable_error() = *group.failure();
    return step;
  }
  if (stage_ == Stage::kWindows) {
    TakeWindows();
    if (rated_.empty()) {
      return Unjudged("no part of the text could be judged: " +
                      first_[0].results().begin()->second.problem);
    }
    if (AskLedger()) {
      step.calls = second_.Next({});
      if (!step.calls.empty()) return step;
    }
  }
  TakeLedger();
  return Finish();
}

Step CoherenceScoring::AskWindows() {
  stage_ = Stage::kWindows;
  map_ = std::make_unique<TextMap>(inputs_.text());
  outline_ = OutlineOf(inputs_.text(), kOutlineBytes);
  const std::int64_t around = BoundTokens(BuiltinPrompt("coherence/window").text).most +
                              BoundTokens(outline_).most + 1000 + kWindowReplyTokens;
  const std::int64_t room = JudgeWindow(inputs_, asking_) - around - kBeforeTokens;
  std::int64_t tokens = scorer_.coherence().window_tokens();
  if (tokens == 0) tokens = std::clamp<std::int64_t>(room, kMinWindowTokens, kMaxWindowTokens);
  windows_ = WindowsOf(inputs_.text(), inputs_.sample().language(), tokens, budget_.calibration);
  for (std::size_t i = 0; i < windows_.size(); ++i) AddWindow(i);
  AddEnding();
  Step step;
  step.calls = first_.Next({});
  return step;
}

void CoherenceScoring::AddWindow(std::size_t index) {
  AskSpec spec;
  spec.label = absl::StrCat("coherence/window/", index + 1);
  spec.prompt = &BuiltinPrompt("coherence/window");
  spec.fields["outline"] = Material(inputs_, "outline", outline_);
  std::string_view before = std::string_view(inputs_.text()).substr(0, windows_[index].begin);
  before = LastBytes(before, kBeforeBytes);
  // Of figures and the like fewer bytes are as many tokens as there is room for.
  while (BoundTokens(before).most > kBeforeTokens) {
    before = LastBytes(before, before.size() - before.size() / 8 - 1);
  }
  spec.fields["before"] =
      index == 0 ? "(this is the beginning)" : Material(inputs_, "before", before);
  spec.fields["place"] = absl::StrCat("Part ", index + 1, " of ", windows_.size(), ":");
  spec.fields["text"] = Material(inputs_, "writing", TextOf(windows_[index]));
  spec.answer = WindowForm();
  spec.items_per_call = 1;
  spec.completion_tokens_per_item = kWindowReplyTokens;
  first_.Add(AskItems(inputs_, asking_, std::move(spec),
                      {{absl::StrCat("w", index + 1), "the part above"}}, budget_));
}

void CoherenceScoring::AddEnding() {
  AskSpec spec;
  spec.label = "coherence/ending";
  spec.prompt = &BuiltinPrompt("coherence/ending");
  spec.fields["task"] = TaskMaterial(inputs_);
  spec.fields["outline"] = Material(inputs_, "outline", outline_);
  spec.fields["text"] = Material(inputs_, "ending", LastBytes(inputs_.text(), kEndingBytes));
  spec.answer = EndingForm();
  spec.items_per_call = 1;
  first_.Add(AskItems(inputs_, asking_, std::move(spec), {{"ending", "the end above"}}, budget_));
}

void CoherenceScoring::TakeWindows() {
  for (std::size_t i = 0; i < windows_.size(); ++i) {
    const ItemResult& result = first_[i].results().begin()->second;
    const Answer* answer = FirstAnswer(result);
    if (answer == nullptr) {
      ++unjudged_windows_;
      continue;
    }
    RatedWindow& rated = rated_.emplace_back();
    rated.range = windows_[i];
    rated.words =
        static_cast<std::int64_t>(WordsOf(TextOf(windows_[i]), inputs_.sample().language()).size());
    rated.rating = MeanOfField(result, "rating");
    TakeWindow(i, *answer);
  }
  TakeEnding(first_[windows_.size()].results().begin()->second);
}

void CoherenceScoring::TakeWindow(std::size_t index, const Answer& answer) {
  // Passages of the end before stand in the prompt, too.
  TextRange seen = windows_[index];
  seen.begin -= std::min(seen.begin, kBeforeBytes);
  for (const Answer& record : answer.at("findings").records) {
    CoherenceFinding finding;
    finding.kind = TextField(record, "kind");
    finding.severity = SeverityOf(record);
    finding.note = TextField(record, "note");
    for (const char* name : {"quote_a", "quote_b"}) {
      const std::string quote = TextField(record, name);
      if (quote.empty()) continue;
      const std::optional<TextRange> place = map_->Find(quote, seen);
      if (place) finding.places.push_back(*place);
      finding.unverified = finding.unverified || !place;
    }
    const std::size_t needed = NeedsTwoPlaces(finding.kind) ? 2 : 1;
    finding.unverified = finding.unverified || finding.places.size() < needed;
    AddFinding(std::move(finding));
  }
  for (const Answer& record : answer.at("facts").records) {
    const std::optional<TextRange> place = map_->Find(TextField(record, "quote"), windows_[index]);
    if (!place) continue;
    ledger_.Add(LedgerFact{TextField(record, "subject"), TextField(record, "attribute"),
                           TextField(record, "value"), *place, static_cast<int>(index)});
  }
  int taken = 0;
  for (const Answer& record : answer.at("promises").records) {
    const std::optional<TextRange> place = map_->Find(TextField(record, "quote"), windows_[index]);
    if (!place || ++taken > kPromisesPerWindow) continue;
    ledger_.Add(LedgerPromise{TextField(record, "what"), *place, static_cast<int>(index)});
  }
}

void CoherenceScoring::TakeEnding(const ItemResult& result) {
  const std::string label = MajorityLabel(result, "ending", {"missing", "rushed", "complete"});
  if (label.empty()) return;
  ending_ = label == "complete" ? 100.0 : label == "rushed" ? 50.0 : 0.0;
  if (label == "complete") return;
  const Answer* answer = FirstAnswer(result);
  CoherenceFinding finding;
  finding.kind = label == "missing" ? "unfinished_ending" : "rushed_ending";
  finding.severity = label == "missing" ? 3 : 1;
  finding.note = TextField(*answer, "note");
  const std::vector<TextRange> sentences = SentencesOf(inputs_.text(), inputs_.sample().language());
  if (!sentences.empty()) finding.places.push_back(sentences.back());
  // It has a score of its own: it is shown, and not in the sum of the others.
  findings_.push_back(std::move(finding));
}

Step CoherenceScoring::Unjudged(const std::string& reason) {
  TellBudget(budget_, inputs_, verdict_);
  verdict_.set_outcome(v1::OUTCOME_UNJUDGED);
  verdict_.set_reason(reason);
  return EndWith(std::move(verdict_));
}

Step CoherenceScoring::Finish() {
  TellBudget(budget_, inputs_, verdict_);
  const TextMeasures measures = MeasureText(inputs_.text(), inputs_.sample().language());
  std::vector<CoherenceFinding> counted = findings_;
  std::erase_if(counted, [](const CoherenceFinding& finding) {
    return finding.kind == "unfinished_ending" || finding.kind == "rushed_ending";
  });
  const double local = LocalCoherence(rated_);
  const double global = GlobalCoherence(counted, measures.words);
  verdict_.set_outcome(v1::OUTCOME_SCORED);
  if (ending_) AddScore(verdict_, "coherence", TotalCoherence(local, global, *ending_));
  AddScore(verdict_, "local", local);
  AddScore(verdict_, "global", global);
  if (ending_) AddScore(verdict_, "ending", *ending_);
  const auto verified = std::count_if(counted.begin(), counted.end(),
                                      [](const auto& finding) { return !finding.unverified; });
  AddScore(verdict_, "findings_per_1000_words",
           1000 * static_cast<double>(verified) /
               static_cast<double>(std::max<std::int64_t>(1, measures.words)));
  AddScore(verdict_, "unverified_findings",
           static_cast<double>(static_cast<std::ptrdiff_t>(counted.size()) - verified));
  AddScore(verdict_, "unjudged_parts", unjudged_windows_);
  if (measures.lexical_cohesion >= 0)
    AddScore(verdict_, "lexical_cohesion", measures.lexical_cohesion);
  if (measures.outline_consistency >= 0) {
    AddScore(verdict_, "outline_consistency", measures.outline_consistency);
  }
  if (announced_sections_ > 0) {
    AddScore(verdict_, "announced_sections", 100 - 100.0 * missing_sections_ / announced_sections_);
  }
  AddScore(verdict_, "repeated_20gram_percent",
           100 * MeasureRepetition(inputs_.text(), kNgram).repeated_fraction());
  if (unjudged_windows_ > 0 || !ending_) AddFlag(verdict_, "partly_judged");
  TellFindings(findings_, verdict_);
  TellSeries(rated_, counted, inputs_.text().size(), verdict_);
  return EndWith(std::move(verdict_));
}

ScorerModule CoherenceModule() {
  ScorerModule module;
  module.type = v1::ScorerSpec::kCoherence;
  module.version = kCoherenceVersion;
  module.judged_metric = "local";
  module.probe_kinds = {"anchor"};
  module.resolve = [](v1::ScorerSpec& scorer) -> absl::Status {
    v1::CoherenceScorer& own = *scorer.mutable_coherence();
    const int window = own.window_tokens();
    if (window != 0 && (window < kMinWindowTokens || window > 1'000'000)) {
      return InvalidArgument(absl::StrCat("coherence.window_tokens: ", window, " is not between ",
                                          kMinWindowTokens, " and 1000000"));
    }
    *own.mutable_asking() = ResolvedAsking(own.asking(), kMaxCalls, kLedgerItemsPerCall);
    return CheckAsking(own.asking(), "coherence");
  };
  module.metric_names = [](const v1::ScorerSpec&) {
    return std::vector<std::string>{"coherence",
                                    "local",
                                    "global",
                                    "ending",
                                    "findings_per_1000_words",
                                    "unverified_findings",
                                    "unjudged_parts",
                                    "lexical_cohesion",
                                    "outline_consistency",
                                    "announced_sections",
                                    "repeated_20gram_percent"};
  };
  module.cost = [](const v1::ScorerSpec&, const v1::Sample&, std::int64_t words) {
    const std::int64_t thousands = words / 1000 + 1;
    return JudgeCost{2 + thousands, 2000 + 4000 * thousands, 300 + 700 * thousands};
  };
  module.make = [](const v1::UnitInputs& inputs) -> absl::StatusOr<std::unique_ptr<StepMachine>> {
    return std::unique_ptr<StepMachine>(std::make_unique<CoherenceScoring>(inputs));
  };
  return module;
}

}  // namespace assay
