#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text/python_split.h"
#include "common/text/python_text.h"
#include "common/text/segments.h"
#include "judge/claims/published_claims.h"
#include "judge/claims/published_replies.h"
#include "judge/claims/published_stages.h"
#include "judge/claims/stage_questions.h"

namespace assay {
namespace {

class PublishedExtraction : public ClaimSource {
 public:
  PublishedExtraction(const v1::UnitInputs& inputs, std::string_view text, AskBudget& budget)
      : preset_(ClaimsSpec(inputs).preset()),
        asks_(
            inputs, "claims",
            [this](std::size_t, const std::string& reply) { return Read(reply).has_value(); },
            budget) {
    const std::string language = inputs.sample().language();
    if (preset_ == "factscore") {
      AddFactScore(text, FactScoreSentences(text, language));
    } else if (preset_ == "veriscore") {
      AddVeriScore(inputs.prompt_text(), text, SentencesOf(text, language));
    } else {
      units_.push_back(
          {asks_.Add({{"response", std::string(text)}, {"question", inputs.prompt_text()}}), {}});
    }
  }

  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes) override {
    return asks_.Next(outcomes);
  }
  std::optional<v1::Error> failure() const override { return asks_.failure(); }

  ExtractedClaims Result() const override {
    ExtractedClaims extracted;
    extracted.groups = static_cast<int>(units_.size());
    std::set<std::string> seen;
    for (const Unit& unit : units_) {
      const JudgeAnswer& answer = asks_.answer(unit.question);
      const ClaimList claims = answer.usable ? Read(answer.text) : std::nullopt;
      if (!claims) {
        ++extracted.unparsed;
        extracted.problem = answer.problem;
        continue;
      }
      // FActScore looks for duplicates within a sentence only.
      if (!asks_.strict() && preset_ == "factscore") seen.clear();
      for (const std::string& claim : *claims) {
        if (!seen.insert(KeyOf(claim, extracted.claims.size())).second) {
          ++extracted.duplicates;
        } else {
          extracted.claims.push_back(
              {absl::StrCat("c", extracted.claims.size() + 1), claim, unit.place});
        }
      }
    }
    return extracted;
  }

 private:
  struct Unit {
    std::size_t question = 0;
    TextRange place;
  };

  ClaimList Read(const std::string& reply) const {
    if (preset_ == "icat") return ReadIcatClaims(reply, asks_.strict());
    if (preset_ == "factscore") return ReadFactScoreFacts(reply, asks_.strict());
    if (preset_ == "veriscore") return ReadVeriScoreClaims(reply, asks_.strict());
    return ReadTriplets(reply, asks_.strict());
  }

  // What makes two claims one. ICAT counts all of them.
  std::string KeyOf(const std::string& claim, std::size_t number) const {
    if (asks_.strict()) return NormalizedClaim(claim);
    return preset_ == "icat" ? absl::StrCat(number) : claim;
  }

  void AddFactScore(std::string_view text, const std::vector<TextRange>& sentences) {
    for (std::size_t i = 0; i < sentences.size(); ++i) {
      const std::string sentence = TextOf(text, sentences[i]);
      if (absl::StartsWith(sentence, "Sure") || absl::StartsWith(sentence, "Please") ||
          (i == 0 && absl::StartsWith(sentence, "Here are"))) {
        continue;
      }
      units_.push_back({asks_.Add({{"sentence", sentence}}), sentences[i]});
    }
  }

  // The question, three sentences before, the marked one, and one after.
  void AddVeriScore(const std::string& question, std::string_view text,
                    const std::vector<TextRange>& sentences) {
    std::vector<std::string> texts;
    for (const TextRange& sentence : sentences) texts.push_back(TextOf(text, sentence));
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const std::size_t from = i > 3 ? i - 3 : 0;
      const std::string before = absl::StrJoin(texts.begin() + static_cast<std::ptrdiff_t>(from),
                                               texts.begin() + static_cast<std::ptrdiff_t>(i), " ");
      const std::string after = i + 1 < texts.size() ? texts[i + 1] : "";
      const std::string snippet =
          absl::StrCat("Question: ", std::string(PythonStrip(question)), "\nResponse: ", before,
                       " <SOS>", texts[i], "<EOS> ", after);
      units_.push_back(
          {asks_.Add({{"snippet", std::string(PythonStrip(snippet))}, {"sentence", texts[i]}}),
           sentences[i]});
    }
  }

  const std::string preset_;
  StageQuestions asks_;
  std::vector<Unit> units_;
};

}  // namespace

std::unique_ptr<ClaimSource> MakePublishedExtraction(const v1::UnitInputs& inputs,
                                                     std::string_view text, AskBudget& budget) {
  return std::make_unique<PublishedExtraction>(inputs, text, budget);
}

std::vector<TextRange> FactScoreSentences(std::string_view text, std::string_view language) {
  std::vector<TextRange> sentences;
  bool open = false;  // the one before is the single word that begins a paragraph
  for (const TextRange& sentence : SentencesOf(text, language)) {
    const std::string words = TextOf(text, sentence);
    const bool single = CountPythonWords(words) <= 1;
    const bool lower =
        !words.empty() && absl::ascii_islower(static_cast<unsigned char>(words.front()));
    const bool same_paragraph =
        !sentences.empty() &&
        text.substr(sentences.back().begin, sentence.begin - sentences.back().begin).find('\n') ==
            std::string_view::npos;
    if (same_paragraph && (single || lower || open)) {
      sentences.back().end = sentence.end;
      open = open && single;
    } else {
      sentences.push_back(sentence);
      open = single;
    }
  }
  return sentences;
}

}  // namespace assay
