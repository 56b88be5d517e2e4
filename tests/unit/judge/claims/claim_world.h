// A text of known claims, documents that hold some of them, and a judge that knows both: for tests
// and benchmarks of whole claim pipelines. Everything comes from a seed.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "assay/v1/unit.pb.h"
#include "common/base/random.h"
#include "common/json/json.h"
#include "tests/unit/judge/engine/scripted_judge.h"

namespace assay {

struct ClaimWorldOptions {
  std::uint64_t seed = 7;
  int sentences = 59;           // of the text, 17 words each
  int claims_per_sentence = 4;  // 235 claims per 1,000 words, as biographies have
  int words_per_fact = 16;      // of the documents, for each claim that they hold
  int held_of_ten = 8;          // claims of ten that the documents hold
  int documents = 4;
};

class ClaimWorld {
 public:
  explicit ClaimWorld(const ClaimWorldOptions& options) : options_(options), random_(options.seed) {
    for (int i = 0; i < kVocabulary; ++i) vocabulary_.push_back(NewWord());
    documents_.resize(static_cast<std::size_t>(options.documents));
    for (int s = 0; s < options.sentences; ++s) AddSentence(s);
  }

  const std::string& text() const { return text_; }
  const std::vector<std::string>& documents() const { return documents_; }
  int claims() const { return static_cast<int>(sources_.size()); }
  int held() const { return held_; }
  double words() const {
    return static_cast<double>(std::count(text_.begin(), text_.end(), ' ') + 1);
  }

  // The text to score, the documents and ten aspects.
  void Fill(v1::UnitInputs& inputs) const {
    inputs.set_text(text_);
    for (std::size_t i = 0; i < documents_.size(); ++i) {
      v1::Document& document = *inputs.mutable_sample()->add_references();
      document.set_id("d" + std::to_string(i + 1));
      document.set_title("Volume " + std::to_string(i + 1));
      document.set_text(documents_[i]);
    }
    for (int i = 0; i < 10; ++i) {
      inputs.mutable_sample()->add_aspects("what became of the " +
                                           vocabulary_[static_cast<std::size_t>(i)]);
    }
  }

  // Answers as somebody who reads the prompt: supported only where the evidence was shown.
  Json Answer(const AskedCall& call, const std::string& id) const {
    const std::string& item = call.items.at(id);
    if (call.label.rfind("claims/extract", 0) == 0) return Extract(item);
    if (call.label.rfind("claims/verify", 0) == 0) return Verify(call.prompt, item);
    return {{"covered_by", Json::array()}};
  }

 private:
  static constexpr int kVocabulary = 1500;

  std::string NewWord() {
    const std::uint64_t length = 2 + random_.Below(4) + random_.Below(4);
    std::string word;
    for (std::uint64_t k = 0; k < length; ++k) {
      word.push_back(k % 2 == 0 ? "bcdfghlmnprst"[random_.Below(13)] : "aeiou"[random_.Below(5)]);
    }
    return word;
  }

  std::string Words(int n) {
    std::string words;
    for (int i = 0; i < n; ++i) {
      const double u = random_.Unit();  // small ranks far more often, as words are
      if (i > 0) words += ' ';
      words += vocabulary_[static_cast<std::size_t>(u * u * kVocabulary)];
    }
    return words;
  }

  void AddSentence(int s) {
    std::string sentence = "Then";
    std::vector<std::string> claims;
    for (int c = 0; c < options_.claims_per_sentence; ++c) {
      const std::string clause = NewWord() + NewWord() + " " + Words(3);
      sentence += (c == 0 ? " " : ", ") + clause;
      claims.push_back("It is the case that " + clause + " in the year " + std::to_string(s + 1));
      std::string& source = sources_[claims.back()];
      if (static_cast<int>(random_.Below(10)) >= options_.held_of_ten) continue;
      ++held_;
      source = clause + " " + Words(options_.words_per_fact - 4) + ".";
      source[0] = static_cast<char>(source[0] - 'a' + 'A');
      documents_[static_cast<std::size_t>(s) * documents_.size() /
                 static_cast<std::size_t>(options_.sentences)] += source + " ";
    }
    by_sentence_[s + 1] = claims;
    if (s > 0) text_ += s % 5 == 0 ? "\n\n" : " ";
    text_ += sentence + ".";
  }

  Json Extract(const std::string& item) const {  // "sentences (a) to (b)"
    const int first = std::stoi(item.substr(item.find('(') + 1));
    const int last = std::stoi(item.substr(item.rfind('(') + 1));
    Json claims = Json::array();
    for (int s = first; s <= last; ++s) {
      for (const std::string& claim : by_sentence_.at(s)) {
        claims.push_back({{"sentence", s}, {"claim", claim}});
      }
    }
    return {{"claims", std::move(claims)}};
  }

  Json Verify(const std::string& prompt, std::string item) const {
    while (!item.empty() && item.back() == '\n') item.pop_back();
    const std::string& source = sources_.at(item);
    if (source.empty() || prompt.find(source) == std::string::npos) {
      return {{"label", "not_found"}, {"quote", ""}};
    }
    return {{"label", "supported"}, {"quote", source}};
  }

  ClaimWorldOptions options_;
  Random random_;
  std::vector<std::string> vocabulary_;
  std::string text_;
  std::vector<std::string> documents_;
  std::map<int, std::vector<std::string>> by_sentence_;
  std::map<std::string, std::string> sources_;  // claim to the sentence that holds it, or ""
  int held_ = 0;
};

}  // namespace assay
