#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/python_text.h"
#include "judge/claims/joint_check.h"
#include "judge/claims/published_claims.h"
#include "judge/claims/published_replies.h"
#include "judge/claims/published_stages.h"
#include "judge/claims/stage_questions.h"

namespace assay {
namespace {

std::string Numbered(const std::vector<std::string>& texts) {
  std::string list;
  for (std::size_t i = 0; i < texts.size(); ++i)
    absl::StrAppend(&list, i + 1, ". ", texts[i], "\n");
  return std::string(PythonStrip(list));
}

// ICAT: one call with numbered subtopics and numbered supported claims.
class IcatAligner : public AspectAligner {
 public:
  IcatAligner(const v1::UnitInputs& inputs, const std::vector<std::string>& aspects,
              const std::vector<Claim>& claims, std::size_t all_claims, AskBudget& budget)
      : aspects_(aspects.size()),
        all_claims_(all_claims),
        asks_(
            inputs, "align",
            [this](std::size_t, const std::string& reply) { return Read(reply).has_value(); },
            budget) {
    for (const Claim& claim : claims) ids_.push_back(claim.id);
    for (std::size_t i = 0; i < ids_.size(); ++i) shown_.insert(static_cast<int>(i) + 1);
    // With nothing to align every topic is uncovered, which the published code asks for as well.
    if (aspects.empty() || claims.empty()) return;
    asks_.Add({{"query", inputs.prompt_text()},
               {"topics", Numbered(aspects)},
               {"claims", Numbered(TextsOf(claims))}});
    asked_ = true;
  }

  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes) override {
    return asks_.Next(outcomes);
  }
  std::optional<v1::Error> failure() const override { return asks_.failure(); }
  AspectCover covered_by() const override {
    AspectCover cover(aspects_, std::set<std::string>());
    if (!asked_) return cover;
    const JudgeAnswer& answer = asks_.answer(0);
    if (!answer.usable) return AspectCover(aspects_);
    const std::map<int, std::set<int>> covered = *Read(answer.text);
    for (const auto& [topic, numbers] : covered) {
      for (const int number : numbers) {
        const auto i = static_cast<std::size_t>(number) - 1;
        // The published code takes numbers that were not shown.
        cover[static_cast<std::size_t>(topic) - 1]->insert(
            i < ids_.size() ? ids_[i] : absl::StrCat("#", number));
      }
    }
    return cover;
  }

 private:
  std::optional<std::map<int, std::set<int>>> Read(const std::string& reply) const {
    const bool strict = asks_.strict();
    return ReadIcatAlignment(reply, static_cast<int>(aspects_), static_cast<int>(all_claims_),
                             strict, shown_);
  }

  const std::size_t aspects_;
  const std::size_t all_claims_;
  std::vector<std::string> ids_;  // of the claims shown
  std::set<int> shown_;
  bool asked_ = false;
  StageQuestions asks_;
};

// RAGChecker's recall: which claims of the reference answer the response entails.
class RecallAligner : public AspectAligner {
 public:
  RecallAligner(const v1::UnitInputs& inputs, const std::vector<std::string>& aspects,
                AskBudget& budget)
      : check_(inputs, aspects, {inputs.text()}, budget) {}

  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes) override {
    return check_.Next(outcomes);
  }
  std::optional<v1::Error> failure() const override { return check_.failure(); }
  AspectCover covered_by() const override {
    AspectCover cover;
    for (const JointCheck::Outcome& outcome : check_.Outcomes()) {
      std::set<std::string> covering;
      if (outcome.label == Entailment::kEntailment) covering.insert("response");
      cover.push_back(outcome.label ? std::optional(std::move(covering)) : std::nullopt);
    }
    return cover;
  }

 private:
  JointCheck check_;
};

// ICAT's subtopics of the sample's prompt.
class IcatTopics : public AspectMaker {
 public:
  IcatTopics(const v1::UnitInputs& inputs, AskBudget& budget)
      : asks_(
            inputs, "aspects",
            [this](std::size_t, const std::string& reply) {
              return ReadIcatTopics(reply, asks_.strict()).has_value();
            },
            budget) {
    asks_.Add({{"query", inputs.prompt_text()}});
  }

  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes) override {
    return asks_.Next(outcomes);
  }
  std::optional<v1::Error> failure() const override { return asks_.failure(); }
  MadeAspects Result() const override {
    const JudgeAnswer& answer = asks_.answer(0);
    if (!answer.usable) return {{}, answer.problem};
    return {*ReadIcatTopics(answer.text, asks_.strict()), ""};
  }

 private:
  StageQuestions asks_;
};

}  // namespace

std::unique_ptr<AspectAligner> MakePublishedAligner(const v1::UnitInputs& inputs,
                                                    const std::vector<std::string>& aspects,
                                                    const std::vector<Claim>& claims,
                                                    std::size_t all_claims, AskBudget& budget) {
  const std::string& preset = ClaimsSpec(inputs).preset();
  if (preset == "icat") {
    return std::make_unique<IcatAligner>(inputs, aspects, claims, all_claims, budget);
  }
  if (preset == "ragchecker") return std::make_unique<RecallAligner>(inputs, aspects, budget);
  return nullptr;
}

std::unique_ptr<AspectMaker> MakePublishedTopics(const v1::UnitInputs& inputs, AskBudget& budget) {
  return std::make_unique<IcatTopics>(inputs, budget);
}

}  // namespace assay
