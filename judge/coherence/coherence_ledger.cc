// The second round of a CoherenceScoring: what the ledger holds is asked or counted.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "judge/coherence/announced_sections.h"
#include "judge/coherence/coherence_forms.h"
#include "judge/coherence/coherence_scoring.h"
#include "judge/coherence/text_measures.h"

namespace assay {
namespace {

constexpr std::size_t kPairsPerWindow = 4;
constexpr std::size_t kRepeatsPerWindow = 2;
constexpr int kMinParagraphWords = 8;
constexpr std::size_t kMaxPlaces = 20;

bool Overlap(const TextRange& a, const TextRange& b) { return a.begin < b.end && b.begin < a.end; }

// The same thing found twice: one kind, and each place of one meets a place of the other.
bool IsSame(const CoherenceFinding& a, const CoherenceFinding& b) {
  if (a.kind != b.kind || a.places.size() != b.places.size() || a.places.empty()) return false;
  return std::all_of(a.places.begin(), a.places.end(), [&](const TextRange& place) {
    return std::any_of(b.places.begin(), b.places.end(),
                       [&](const TextRange& other) { return Overlap(place, other); });
  });
}

}  // namespace

// Statements about one thing that differ, and announcements; nothing to ask: false.
bool CoherenceScoring::AskLedger() {
  stage_ = Stage::kLedger;
  CheckSections();
  AskPairs();
  AskPromises();
  return second_.size() > 0;
}

// Sections that are announced: what the headings tell is not asked.
void CoherenceScoring::CheckSections() {
  CoherenceFinding missing{"broken_promise", 2, {}, "no heading has the title of the entry", false};
  for (const ContentsEntry& entry : ContentsOf(inputs_.text())) {
    ++announced_sections_;
    if (entry.there) continue;
    ++missing_sections_;
    if (missing.places.size() < kMaxPlaces) missing.places.push_back(entry.line);
  }
  if (!missing.places.empty()) AddFinding(std::move(missing));
  const std::vector<Heading> headings = HeadingsOf(inputs_.text());
  for (const LedgerPromise& promise : ledger_.promises()) {
    const SectionFound found = FindAnnounced(inputs_.text(), promise.place, headings);
    if (found == SectionFound::kUnknown) {
      promises_.push_back(promise);
      continue;
    }
    ++announced_sections_;
    if (found == SectionFound::kThere) continue;
    ++missing_sections_;
    AddFinding({"broken_promise", 2, {promise.place}, "no heading has this number", false});
  }
}

// Repeats that no window shows share the calls of the clashes: so there are never more of them.
void CoherenceScoring::AskPairs() {
  repeats_ = FarRepeats(inputs_.text(), inputs_.sample().language(), windows_, kBeforeBytes,
                        kRepeatsPerWindow);
  clashes_ = ledger_.Clashes(kPairsPerWindow * windows_.size() - repeats_.size());
  std::vector<AskedItem> pairs;
  const auto add = [&](const std::string& id, const std::string& head, TextRange a, TextRange b) {
    pairs.push_back({id, absl::StrCat(head, ":\n", Material(inputs_, id + "a", TextOf(a)),
                                      "\nand later\n", Material(inputs_, id + "b", TextOf(b)))});
  };
  for (std::size_t i = 0; i < clashes_.size(); ++i) {
    const auto& [first, second] = clashes_[i];
    add(absl::StrCat("k", i + 1), absl::StrCat(first.subject, ", ", first.attribute), first.place,
        second.place);
  }
  for (std::size_t i = 0; i < repeats_.size(); ++i) {
    add(absl::StrCat("r", i + 1), "two passages", repeats_[i].first, repeats_[i].second);
  }
  if (pairs.empty()) return;
  AskSpec spec;
  spec.label = "coherence/conflicts";
  spec.prompt = &BuiltinPrompt("coherence/conflicts");
  spec.answer = ConflictForm();
  spec.items_per_call = kLedgerItemsPerCall;
  spec.completion_tokens_per_item = 120;
  second_.Add(AskItems(inputs_, asking_, std::move(spec), std::move(pairs), budget_));
}

void CoherenceScoring::AskPromises() {
  if (promises_.empty()) return;
  AskSpec spec;
  spec.label = "coherence/promises";
  spec.prompt = &BuiltinPrompt("coherence/promises");
  spec.fields["outline"] = Material(inputs_, "outline", outline_);
  spec.answer = PromiseForm();
  spec.items_per_call = kLedgerItemsPerCall;
  spec.completion_tokens_per_item = 100;
  std::vector<AskedItem> announced;
  for (std::size_t i = 0; i < promises_.size(); ++i) {
    const LedgerPromise& promise = promises_[i];
    const std::string id = absl::StrCat("p", i + 1);
    std::string item =
        absl::StrCat(promise.what, "\n", Material(inputs_, id, TextOf(promise.place)));
    for (const TextRange& passage :
         PassagesLike(inputs_.text(), promise.place.end,
                      promise.what + " " + std::string(TextOf(promise.place)),
                      inputs_.sample().language(), 3)) {
      absl::StrAppend(&item, "\nlater:\n", Material(inputs_, id + "x", TextOf(passage)));
    }
    announced.push_back({id, std::move(item)});
  }
  second_.Add(AskItems(inputs_, asking_, std::move(spec), std::move(announced), budget_));
}

void CoherenceScoring::TakePair(const std::string& id, std::vector<TextRange> places) {
  const ItemResult& result = second_[0].results().at(id);
  const std::string label = MajorityLabel(result, "clash", ClashLabels());
  if (label.empty() || label == "none") return;
  AddFinding({label, SeverityOf(*FirstAnswer(result)), std::move(places),
              TextField(*FirstAnswer(result), "note"), false});
}

void CoherenceScoring::TakeLedger() {
  for (std::size_t i = 0; i < clashes_.size(); ++i) {
    TakePair(absl::StrCat("k", i + 1), {clashes_[i].first.place, clashes_[i].second.place});
  }
  for (std::size_t i = 0; i < repeats_.size(); ++i) {
    TakePair(absl::StrCat("r", i + 1), {repeats_[i].first, repeats_[i].second});
  }
  const std::size_t group = clashes_.empty() && repeats_.empty() ? 0 : 1;
  for (std::size_t i = 0; i < promises_.size(); ++i) {
    const ItemResult& result = second_[group].results().at(absl::StrCat("p", i + 1));
    if (MajorityLabel(result, "promise", {"unclear", "kept", "broken"}) != "broken") continue;
    AddFinding({"broken_promise",
                2,
                {promises_[i].place},
                TextField(*FirstAnswer(result), "note"),
                false});
  }
  AddRepeats();
}

// Paragraphs that stand in the text twice need no judge.
void CoherenceScoring::AddRepeats() {
  const ParagraphLoops loops = FindParagraphLoops(inputs_.text(), kMinParagraphWords);
  for (std::size_t i = 0; i < loops.repeats.size() && i < 100; ++i) {
    AddFinding({"repetition",
                3,
                {loops.originals[i], loops.repeats[i]},
                "the paragraph was written before",
                false});
  }
}

void CoherenceScoring::AddFinding(CoherenceFinding finding) {
  for (CoherenceFinding& known : findings_) {
    if (!IsSame(known, finding)) continue;
    known.severity = std::max(known.severity, finding.severity);
    return;
  }
  findings_.push_back(std::move(finding));
}

}  // namespace assay
