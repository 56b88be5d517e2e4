#include "simulator/item_claims.h"

#include <algorithm>
#include <cstdio>

#include "common/text/segments.h"

namespace assay {
namespace {

constexpr int kQuoteWords = 40;
constexpr double kSharedWords = 0.5;

// Markup, control tokens and JSON, which state nothing.
bool IsCode(const std::string& text) {
  return text.find_first_of("#{}<>[]|") == 0 || text.find("\":") != std::string::npos;
}

bool StatesSomething(const LexicalSentence& sentence) {
  if (sentence.numbers.empty() && sentence.names.empty()) return false;
  for (const char* word : {" I ", "I ", " you ", "You ", " should ", "?", "？", " we ", "We "}) {
    if (sentence.text.find(word) != std::string::npos) return false;
  }
  return !IsCode(sentence.text);
}

// "(12) The sentence." to its number and text; 0 for another line.
int NumberedLine(const std::string& line, std::string& text) {
  int number = 0;
  int used = 0;
  if (std::sscanf(line.c_str(), "(%d) %n", &number, &used) != 1 || used == 0) return 0;
  text = line.substr(static_cast<std::size_t>(used));
  return number;
}

std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// Claims of the numbered sentences from `first` to `last`. A sentence may go over several lines.
Json Extract(const ItemPrompt& prompt, const std::string& item) {
  int first = 0;
  int last = 0;
  std::sscanf(item.c_str(), "sentences (%d) to (%d)", &first, &last);
  std::vector<std::pair<int, std::string>> sentences;
  for (const std::string& line : LinesOf(prompt.Text("writing"))) {
    std::string text;
    if (const int number = NumberedLine(line, text); number > 0) {
      sentences.emplace_back(number, text);
    } else if (!sentences.empty() && !line.empty()) {
      sentences.back().second += " " + line;
    }
  }
  Json claims = Json::array();
  for (const auto& [number, text] : sentences) {
    if (number < first || number > last || IsSeal(text)) continue;
    if (StatesSomething(ReadSentence(text))) {
      claims.push_back({{"sentence", number}, {"claim", FirstWords(text, 60)}});
    }
  }
  return {{"claims", std::move(claims)}};
}

bool Includes(const std::set<std::string>& all, const std::set<std::string>& part) {
  return std::includes(all.begin(), all.end(), part.begin(), part.end());
}

// What a sentence about the same things says of the claim; empty: nothing.
std::string LabelBy(const LexicalSentence& claim, const LexicalSentence& sentence) {
  const bool names = Includes(sentence.names, claim.names);
  const bool numbers = Includes(sentence.numbers, claim.numbers);
  if (names && numbers) return "supported";
  if (!names && ShareIn(claim.names, sentence.names) < kSharedWords) return "";
  if (!numbers && !sentence.numbers.empty()) return "contradicted";
  const bool another_name = !names && !Includes(claim.names, sentence.names);
  return numbers && another_name ? "contradicted" : "";
}

Json Verify(const ItemPrompt& prompt, const std::string& item) {
  const LexicalSentence claim = ReadSentence(item);
  Json answer = {{"label", "not_found"}, {"quote", ""}};
  double best = 0;
  for (const auto& [name, text] : prompt.materials) {
    if (!name.starts_with("evidence")) continue;
    for (const LexicalSentence& sentence : ReadSentences(text)) {
      const double share = ShareIn(claim.words, sentence.words);
      if (share < kSharedWords || share <= best) continue;
      const std::string label = LabelBy(claim, sentence);
      if (label.empty()) continue;
      best = share;
      answer["label"] = label;
      answer["quote"] = FirstWords(sentence.text, kQuoteWords);
    }
  }
  return answer;
}

Json Align(const ItemPrompt& prompt, const std::string& item) {
  const LexicalSentence aspect = ReadSentence(item);
  Json ids = Json::array();
  for (const std::string& line : LinesOf(prompt.Text("claims"))) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    const LexicalSentence claim = ReadSentence(line.substr(colon + 2));
    const double share = ShareIn(aspect.words, claim.words);
    if (share * static_cast<double>(aspect.words.size()) >= 2 || share >= kSharedWords) {
      ids.push_back(line.substr(0, colon));
    }
  }
  return {{"covered_by", std::move(ids)}};
}

Json Aspects(const ItemPrompt& prompt) {
  Json aspects = Json::array();
  for (const LexicalSentence& sentence : ReadSentences(prompt.Text("task"))) {
    if (sentence.words.size() >= 3 && aspects.size() < 8)
      aspects.push_back(FirstWords(sentence.text, 30));
  }
  return {{"aspects", std::move(aspects)}};
}

}  // namespace

bool IsClaimPrompt(const ItemPrompt& prompt) {
  return prompt.Has("claims") || prompt.HasLabel("label", "supported") ||
         prompt.Has("covered_by") || prompt.Has("aspects");
}

Json AnswerClaimItem(const ItemPrompt& prompt, const std::string& item) {
  if (prompt.Has("claims")) return Extract(prompt, item);
  if (prompt.Has("covered_by")) return Align(prompt, item);
  if (prompt.Has("aspects")) return Aspects(prompt);
  return Verify(prompt, item);
}

}  // namespace assay
