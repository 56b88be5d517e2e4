#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/text/python_text.h"
#include "judge/claims/joint_check.h"
#include "judge/claims/published_replies.h"
#include "judge/claims/published_stages.h"
#include "judge/claims/stage_questions.h"

namespace assay {
namespace {

ClaimLabel LabelOf(Entailment label) {
  if (label == Entailment::kEntailment) return ClaimLabel::kSupported;
  if (label == Entailment::kContradiction) return ClaimLabel::kContradicted;
  return ClaimLabel::kNotFound;
}

class JointChecker : public ClaimChecker {
 public:
  JointChecker(const v1::UnitInputs& inputs, const std::vector<Claim>& claims,
               const std::vector<std::string>& passages, AskBudget& budget)
      : check_(inputs, TextsOf(claims), passages, budget) {}

  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes) override {
    return check_.Next(outcomes);
  }
  std::optional<v1::Error> failure() const override { return check_.failure(); }
  std::vector<ClaimVerdict> verdicts() const override {
    std::vector<ClaimVerdict> verdicts;
    for (const JointCheck::Outcome& outcome : check_.Outcomes()) {
      ClaimVerdict& verdict = verdicts.emplace_back();
      if (outcome.label) verdict.label = LabelOf(*outcome.label);
      verdict.problem = outcome.problem;
    }
    return verdicts;
  }

 private:
  JointCheck check_;
};

// FActScore and VeriScore: a call a claim, with the passages found for it.
class SingleChecker : public ClaimChecker {
 public:
  SingleChecker(const v1::UnitInputs& inputs, const std::vector<Claim>& claims,
                const PassageIndex& index, const std::string& topic, AskBudget& budget)
      : facts_(ClaimsSpec(inputs).preset() == "factscore"),
        asks_(
            inputs, "verify",
            [this](std::size_t, const std::string& reply) { return Read(reply).has_value(); },
            budget) {
    for (const Claim& claim : claims) {
      const std::string query = facts_ ? absl::StrCat(topic, " ", claim.text) : claim.text;
      const std::vector<Passage> found =
          index.Search(query, ClaimsSpec(inputs).passages_per_claim());
      questions_.push_back(facts_ ? asks_.Add({{"topic", topic},
                                               {"context", FactScoreContext(index, found)},
                                               {"claim", claim.text}})
                                  : asks_.Add({{"claim", claim.text},
                                               {"search_results", SearchResults(index, found)}}));
    }
  }

  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes) override {
    return asks_.Next(outcomes);
  }
  std::optional<v1::Error> failure() const override { return asks_.failure(); }
  std::vector<ClaimVerdict> verdicts() const override {
    std::vector<ClaimVerdict> verdicts;
    for (const std::size_t question : questions_) {
      const JudgeAnswer& answer = asks_.answer(question);
      ClaimVerdict& verdict = verdicts.emplace_back();
      verdict.label = answer.usable ? *Read(answer.text) : ClaimLabel::kUnknown;
      verdict.problem = answer.problem;
    }
    return verdicts;
  }

 private:
  std::optional<ClaimLabel> Read(const std::string& reply) const {
    if (facts_) {
      const std::optional<bool> supported = ReadTrueFalse(reply, asks_.strict());
      if (!supported) return std::nullopt;
      return *supported ? ClaimLabel::kSupported : ClaimLabel::kNotFound;
    }
    const std::optional<std::string> label = ReadVeriScoreVerdict(reply, asks_.strict());
    if (!label) return std::nullopt;
    if (*label == "supported") return ClaimLabel::kSupported;
    return *label == "contradicted" ? ClaimLabel::kContradicted : ClaimLabel::kNotFound;
  }

  // The best passage last, and a full stop where no punctuation ends it.
  static std::string FactScoreContext(const PassageIndex& index,
                                      const std::vector<Passage>& found) {
    std::string context;
    for (auto passage = found.rbegin(); passage != found.rend(); ++passage) {
      const auto& document = index.documents()[static_cast<std::size_t>(passage->document)];
      absl::StrAppend(&context, "Title: ", document.title,
                      "\nText: ", std::string(index.TextOf(*passage)), "\n\n");
    }
    context = std::string(PythonStrip(context));
    const bool ends =
        context.empty() || absl::ascii_ispunct(static_cast<unsigned char>(context.back()));
    return ends ? context : context + ".";
  }

  static std::string SearchResults(const PassageIndex& index, const std::vector<Passage>& found) {
    std::vector<SearchResult> results;
    for (const Passage& passage : found) {
      const auto& document = index.documents()[static_cast<std::size_t>(passage.document)];
      results.push_back({document.title, document.id, std::string(index.TextOf(passage))});
    }
    return FormatSearchResults(results);
  }

  const bool facts_;
  StageQuestions asks_;
  std::vector<std::size_t> questions_;  // of each claim
};

}  // namespace

absl::StatusOr<std::unique_ptr<ClaimChecker>> MakePublishedChecker(const v1::UnitInputs& inputs,
                                                                   const std::vector<Claim>& claims,
                                                                   const PassageIndex* index,
                                                                   AskBudget& budget) {
  const std::string& preset = ClaimsSpec(inputs).preset();
  if (preset == "ragchecker") {
    const std::vector<std::string> answer = {inputs.sample().reference_answer()};
    return std::make_unique<JointChecker>(inputs, claims, answer, budget);
  }
  if (preset == "refchecker") {
    std::vector<std::string> passages;
    for (const SourceDocument& document : index->documents()) passages.push_back(document.text);
    return std::make_unique<JointChecker>(inputs, claims, passages, budget);
  }
  if (preset != "factscore" && preset != "veriscore") return nullptr;
  const auto topic = inputs.sample().metadata().find("topic");
  if (preset == "factscore" && topic == inputs.sample().metadata().end()) {
    return InvalidArgument(absl::StrCat("sample \"", EscapeForTerminal(inputs.sample().id()),
                                        "\": metadata.topic is missing: FActScore's prompts ask "
                                        "about a topic, such as the person of a biography"));
  }
  return std::make_unique<SingleChecker>(inputs, claims, *index,
                                         preset == "factscore" ? topic->second : "", budget);
}

std::string FormatSearchResults(const std::vector<SearchResult>& results) {
  const auto stripped = [](const std::string& text) { return std::string(PythonStrip(text)); };
  std::string block;
  for (std::size_t i = 0; i < results.size(); ++i) {
    absl::StrAppend(&block, i == 0 ? "" : "\n\n", "Search result ", i + 1,
                    "\nTitle: ", stripped(results[i].title), "\nLink: ", stripped(results[i].link),
                    "\nContent: ", stripped(results[i].content));
  }
  return block;
}

}  // namespace assay
