// The machine of a rubric scorer that grades by the sample's own criteria: a checklist, ratings
// under weights, points, or ratings beside a reference answer in both orders. Several criteria a
// call, a long text part by part. Owned by the runner; not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "assay/v1/unit.pb.h"
#include "common/agent/step_machine.h"
#include "common/text/text_map.h"
#include "judge/engine/ask_group.h"
#include "judge/rubric/criteria_scores.h"

namespace assay {

// Of its own: rubrics of dimensions have another (rubric_module.h).
inline constexpr char kCriteriaVersion[] = "rubric/2";

inline constexpr int kCriteriaMaxCalls = 400;
inline constexpr int kCriteriaPerCall = 10;

// Methods of RubricScorer.method that grade by criteria.
bool IsCriteriaMethod(std::string_view method);

class CriteriaScoring : public StepMachine {
 public:
  // `inputs` must outlive the machine. REQUIRES: inputs.scorers(0) is a resolved rubric with a
  // method on criteria.
  explicit CriteriaScoring(const v1::UnitInputs& inputs);

  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override;

 private:
  struct Scale {
    int least = 0;
    int most = 1;
    auto operator<=>(const Scale&) const = default;
  };
  // One AskItems of asks_: what it shows, and which way round.
  struct Shown {
    TextRange window;
    bool of_reference = false;
    bool both = false;       // the text and the reference side by side
    bool swapped = false;    // the reference first
    std::vector<int> asked;  // criteria
  };
  // What was found of one criterion.
  struct Found {
    std::optional<double> value;      // 0..1 of the text
    std::optional<double> reference;  // relative: of the reference answer
    std::optional<bool> flipped;      // relative: the order decided which one was better
    bool unverified = false;          // the judge's quote does not stand in the text
    std::string note;
    std::vector<TextRange> spans;
  };
  // Ratings of one criterion over the parts of one text, by their bytes.
  struct Parts {
    double sum = 0;
    double bytes = 0;
    bool missing = false;
    bool invented = false;  // one was left out: its quote does not stand in the text
  };

  static std::string IdOf(int criterion);
  std::optional<std::string> WhyNone() const;
  bool rates() const;
  bool relative() const { return rubric_.method() == "relative"; }
  Scale ScaleOf(const v1::Criterion& criterion) const;
  Step Begin();
  void AskParts(const std::vector<int>& criteria, Scale scale, bool of_reference);
  void AskPairs(const std::vector<int>& criteria, Scale scale);
  bool PairFits(const std::vector<int>& criteria) const;
  std::int64_t TokensAround(const std::vector<int>& criteria) const;
  AskSpec SpecOf(const std::string& prompt, const std::string& label) const;
  void Add(AskSpec spec, Shown shown);
  const ItemResult* ResultOf(std::size_t ask, int criterion) const;

  Found Combine(int criterion) const;
  void CombineCheck(int criterion, Found& found) const;
  void CombineRatings(int criterion, bool of_reference, Found& found) const;
  void AddRating(int criterion, std::size_t ask, Parts& parts, Found& found) const;
  void CombinePairs(int criterion, Found& found) const;
  bool TakeQuote(const std::vector<const Answer*>& answers, const Shown& shown, Found& found) const;

  Step Finish();
  std::vector<GradedCriterion> Graded(bool of_reference) const;
  void AddScores();
  void AddCheckedScores(std::optional<double>* headline);
  void AddRatedScores(std::optional<double>* headline);
  void AddFlips();
  void AddFinding(int criterion);
  void AddNamed(const std::string& name, double share);

  const v1::UnitInputs& inputs_;
  const v1::ScorerSpec& scorer_;
  const v1::RubricScorer& rubric_;
  v1::Verdict verdict_;
  AskBudget budget_;
  std::unique_ptr<TextMap> map_;
  std::unique_ptr<TextMap> reference_map_;  // relative only
  AskGroup asks_;
  std::vector<Shown> shown_;  // of each of asks_
  std::vector<Found> found_;  // of each criterion
  bool begun_ = false;
};

}  // namespace assay
