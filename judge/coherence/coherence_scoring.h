// The machine of a coherence scorer. Two rounds of calls, whatever the length: first every window
// of the text with the end of the one before, and the ending, all at once; then, from the ledger
// that they filled, the pairs of statements that may clash, with those of far passages that may say
// the same again, and the announcements that may not be kept; announced sections are looked up
// among the headings before. Owned by the runner; not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "common/text/text_map.h"
#include "judge/coherence/coherence_scores.h"
#include "judge/coherence/far_repeats.h"
#include "judge/coherence/statement_ledger.h"
#include "judge/engine/ask_group.h"
#include "judge/engine/scorer_module.h"

namespace assay {

inline constexpr char kCoherenceVersion[] = "coherence/2";
inline constexpr int kLedgerItemsPerCall = 6;
inline constexpr std::size_t kBeforeBytes = 1500;  // of the window before, shown with each

class CoherenceScoring : public StepMachine {
 public:
  // `inputs` must outlive the machine. REQUIRES: inputs.scorers(0) is a resolved coherence scorer.
  explicit CoherenceScoring(const v1::UnitInputs& inputs);

  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override;

 private:
  enum class Stage { kBegin, kWindows, kLedger };

  Step AskWindows();
  void AddWindow(std::size_t index);
  void AddEnding();
  void TakeWindows();
  void TakeWindow(std::size_t index, const Answer& answer);
  void TakeEnding(const ItemResult& result);
  bool AskLedger();
  void CheckSections();
  void AskPairs();
  void TakePair(const std::string& id, std::vector<TextRange> places);
  void AskPromises();
  void TakeLedger();
  void AddRepeats();
  void AddFinding(CoherenceFinding finding);
  Step Finish();
  Step Unjudged(const std::string& reason);
  std::string_view TextOf(TextRange range) const;

  const v1::UnitInputs& inputs_;
  const v1::ScorerSpec& scorer_;
  const v1::Asking& asking_;
  v1::Verdict verdict_;
  AskBudget budget_;
  std::unique_ptr<TextMap> map_;
  std::string outline_;
  std::vector<TextRange> windows_;
  std::vector<RatedWindow> rated_;
  AskGroup first_;  // one a window, then the ending
  AskGroup second_;
  std::vector<Clash> clashes_;
  std::vector<FarRepeat> repeats_;
  std::vector<LedgerPromise> promises_;  // those that are asked
  StatementLedger ledger_;
  std::vector<CoherenceFinding> findings_;
  std::optional<double> ending_;
  int unjudged_windows_ = 0;
  int announced_sections_ = 0;  // those that headings tell of
  int missing_sections_ = 0;
  Stage stage_ = Stage::kBegin;
};

ScorerModule CoherenceModule();

}  // namespace assay
