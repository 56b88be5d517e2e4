#include "simulator/item_rules.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/text/segments.h"
#include "simulator/item_claims.h"

namespace assay {
namespace {

constexpr int kQuoteWords = 35;
constexpr double kHolds = 0.5;
constexpr double kHoldsInPart = 0.3;
constexpr double kSaysAgain = 0.85;
constexpr char kPassagesHead[] = "two passages";  // of a pair that may be a repetition

// The sentence with the largest share of `words`; null when none has any.
const LexicalSentence* BestSentence(const std::vector<LexicalSentence>& sentences,
                                    const std::set<std::string>& words) {
  const LexicalSentence* best = nullptr;
  double most = 0;
  for (const LexicalSentence& sentence : sentences) {
    const double share = ShareIn(words, sentence.words);
    if (share > most) {
      most = share;
      best = &sentence;
    }
  }
  return best;
}

std::set<std::string> AllWords(const std::vector<LexicalSentence>& sentences) {
  std::set<std::string> words;
  for (const LexicalSentence& sentence : sentences) {
    words.insert(sentence.words.begin(), sentence.words.end());
  }
  return words;
}

bool IsNegative(const std::string& text) {
  for (const char* word : {" not ", " never ", " without ", "不", "没有"}) {
    if (text.find(word) != std::string::npos) return true;
  }
  return false;
}

std::string QuoteOf(const LexicalSentence* sentence) {
  return sentence == nullptr ? "" : FirstWords(sentence->text, kQuoteWords);
}

// Numbers of a task with what they count: "about 500 words", "3000字".
std::int64_t WordsAsked(const std::string& task) {
  for (const char* unit : {" words", "-word", " word", "字"}) {
    for (std::size_t at = task.find(unit); at != std::string::npos; at = task.find(unit, at + 1)) {
      std::size_t begin = at;
      while (begin > 0 &&
             ((task[begin - 1] >= '0' && task[begin - 1] <= '9') || task[begin - 1] == ','))
        --begin;
      std::string digits = task.substr(begin, at - begin);
      digits.erase(std::remove(digits.begin(), digits.end(), ','), digits.end());
      std::int64_t number = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
      if (number >= 50) return number;
    }
  }
  return 0;
}

Json Proposal(const std::string& kind, const std::string& text) {
  return {{"kind", kind}, {"text", text}};
}

// First subject of a sentence, by its names; empty when it has none.
std::string SubjectOf(const LexicalSentence& sentence) {
  return sentence.names.empty() ? "" : *sentence.names.begin();
}

// The word before or behind a number in a sentence: what it counts.
std::string UnitOf(const std::string& sentence, const std::string& number) {
  const std::size_t at = sentence.find(number);
  if (at == std::string::npos) return "";
  std::size_t begin = sentence.find_first_not_of(" ,.-", at + number.size());
  if (begin == std::string::npos) return "";
  const std::size_t end = std::min(sentence.find_first_of(" ,.;:", begin), sentence.size());
  return sentence.substr(begin, end - begin);
}

}  // namespace

ItemRules::ItemRules(const ItemPrompt& prompt)
    : prompt_(prompt), sentences_(ReadSentences(prompt.Text("writing"))) {}

Json ItemRules::Answer(const std::string& id) const {
  const auto found = prompt_.items.find(id);
  const std::string item = found == prompt_.items.end() ? "" : found->second;
  if (prompt_.HasLabel("verdict", "yes") || prompt_.HasLabel("verdict", "met_here"))
    return Constraint(item);
  if (prompt_.Has("constraints")) return Proposals();
  if (prompt_.Has("rating") && prompt_.Has("facts")) return Window();
  if (prompt_.Has("rating")) return Rated(item);
  if (prompt_.Has("first") && prompt_.Has("second")) return Compared(item);
  if (prompt_.Has("ending")) return Ending();
  if (prompt_.Has("clash")) return Clash(item);
  if (prompt_.Has("promise")) return Promise(item);
  if (IsClaimPrompt(prompt_)) return AnswerClaimItem(prompt_, item);
  Json answer = Json::object();
  for (const auto& [field, labels] : prompt_.fields) {
    answer[field] = labels.empty() ? Json("") : Json(labels.front());
  }
  return answer;
}

Json ItemRules::Constraint(const std::string& item) const {
  const bool part = prompt_.HasLabel("verdict", "met_here");
  const LexicalSentence wanted = ReadSentence(item);
  const double share = ShareIn(wanted.words, AllWords(sentences_));
  const LexicalSentence* best = BestSentence(sentences_, wanted.words);
  Json answer = {{"note", "by the words that they share"}, {"quote", ""}};
  if (IsNegative(item)) {
    const bool broken = best != nullptr && ShareIn(wanted.words, best->words) >= 0.8;
    answer["verdict"] = broken ? (part ? "broken_here" : "no") : (part ? "met_here" : "yes");
    // What is kept out shows in any sentence.
    const LexicalSentence* first = sentences_.empty() ? nullptr : &sentences_.front();
    answer["quote"] = QuoteOf(broken ? best : first);
    return answer;
  }
  if (share >= kHolds) {
    answer["verdict"] = part ? "met_here" : "yes";
  } else if (share >= kHoldsInPart) {
    answer["verdict"] = part ? "partly_here" : "partly";
  } else {
    answer["verdict"] = part ? "not_here" : "no";
    return answer;
  }
  answer["quote"] = QuoteOf(best);
  return answer;
}

// As far up its scale as words of the criterion stand in the text.
int ItemRules::RatingOf(const std::string& field, const std::string& item,
                        const std::vector<LexicalSentence>& sentences) const {
  const auto range = prompt_.ranges.find(field);
  if (range == prompt_.ranges.end()) return 0;
  const auto [least, most] = range->second;
  const double share = ShareIn(ReadSentence(item).words, AllWords(sentences));
  return least + static_cast<int>(std::lround(share * (most - least)));
}

Json ItemRules::Rated(const std::string& item) const {
  Json answer = {{"note", "by the words that they share"}, {"quote", ""}};
  answer["rating"] = RatingOf("rating", item, sentences_);
  const LexicalSentence* best = BestSentence(sentences_, ReadSentence(item).words);
  if (prompt_.Has("here")) answer["here"] = best != nullptr ? "yes" : "no";
  if (best != nullptr) answer["quote"] = QuoteOf(best);
  return answer;
}

Json ItemRules::Compared(const std::string& item) const {
  Json answer = {{"note", "by the words that they share"}};
  for (const char* which : {"first", "second"}) {
    answer[which] = RatingOf(which, item, ReadSentences(prompt_.Text(which)));
  }
  return answer;
}

Json ItemRules::Proposals() const {
  const std::string task(prompt_.Text("task"));
  Json list = Json::array();
  if (const std::int64_t words = WordsAsked(task); words > 0) {
    Json least = Proposal("words_min", "About " + std::to_string(words) + " words at least");
    least["count"] = words * 85 / 100;
    Json most = Proposal("words_max", "About " + std::to_string(words) + " words at most");
    most["count"] = words * 115 / 100;
    list.push_back(std::move(least));
    list.push_back(std::move(most));
  }
  for (const TextRange& range : SentencesOf(task)) {
    const std::string sentence = task.substr(range.begin, range.end - range.begin);
    const bool asks = sentence.starts_with("- ") || sentence.find(" must ") != std::string::npos ||
                      sentence.find("nclude ") != std::string::npos;
    if (asks && list.size() < 12) list.push_back(Proposal("judged", FirstWords(sentence, 40)));
  }
  return {{"constraints", std::move(list)}};
}

Json ItemRules::Window() const {
  Json findings = Json::array();
  Json facts = Json::array();
  Json promises = Json::array();
  std::vector<LexicalSentence> all = ReadSentences(prompt_.Text("before"));
  all.insert(all.end(), sentences_.begin(), sentences_.end());
  std::map<std::string, std::pair<std::string, std::string>>
      said;  // subject, unit: number, sentence
  for (const LexicalSentence& sentence : all) {
    const std::string subject = SubjectOf(sentence);
    if (subject.empty() || sentence.numbers.size() != 1) continue;
    const std::string number = *sentence.numbers.begin();
    const std::string unit = UnitOf(sentence.text, number);
    if (unit.empty()) continue;
    const auto [first, added] =
        said.try_emplace(subject + "\n" + unit, number, FirstWords(sentence.text, kQuoteWords));
    if (!added && first->second.first != number && findings.size() < 10) {
      findings.push_back({{"kind", "contradiction"},
                          {"quote_a", first->second.second},
                          {"quote_b", FirstWords(sentence.text, kQuoteWords)},
                          {"severity", 2},
                          {"note", "two numbers for one thing"}});
    }
  }
  std::set<std::string> told;
  for (const LexicalSentence& sentence : sentences_) {
    const std::string subject = SubjectOf(sentence);
    const bool states = !subject.empty() && sentence.numbers.size() == 1 && facts.size() < 20;
    if (states && told.insert(sentence.text).second) {
      const std::string number = *sentence.numbers.begin();
      facts.push_back({{"subject", subject},
                       {"attribute", UnitOf(sentence.text, number)},
                       {"value", number},
                       {"quote", FirstWords(sentence.text, 20)}});
    }
    const bool announces = sentence.text.find(" will follow") != std::string::npos ||
                           sentence.text.find("later chapter") != std::string::npos ||
                           sentence.text.find("will return to") != std::string::npos;
    if (announces && promises.size() < 5 && told.insert(sentence.text).second) {
      promises.push_back(
          {{"what", FirstWords(sentence.text, 15)}, {"quote", FirstWords(sentence.text, 20)}});
    }
  }
  const auto rating = std::max<std::int64_t>(1, 5 - static_cast<std::int64_t>(findings.size()));
  return {{"findings", std::move(findings)},
          {"facts", std::move(facts)},
          {"promises", std::move(promises)},
          {"rating", rating}};
}

Json ItemRules::Ending() const {
  std::string text(prompt_.Text("ending"));
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.pop_back();
  const std::size_t seal = text.rfind("[Simulated text, ");
  const bool sealed = seal != std::string::npos && text.back() == ']';
  if (sealed) text.resize(seal);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.pop_back();
  bool ends = false;
  for (const char* mark : {".", "!", "?", "\"", ")", "”", "。", "！", "？", "」"})
    ends = ends || text.ends_with(mark);
  return {
      {"ending", ends ? "complete" : "missing"}, {"quote", ""}, {"note", "by its last character"}};
}

Json ItemRules::Clash(const std::string& item) const {
  const auto passages = MaterialsIn(item);
  Json answer = {{"clash", "none"}, {"severity", 1}, {"note", "by their numbers"}};
  if (passages.size() < 2) return answer;
  const LexicalSentence a = ReadSentence(passages[0].second);
  const LexicalSentence b = ReadSentence(passages[1].second);
  if (item.starts_with(kPassagesHead)) {
    const bool again = std::min(ShareIn(a.words, b.words), ShareIn(b.words, a.words)) >= kSaysAgain;
    if (again) answer = {{"clash", "repetition"}, {"severity", 2}, {"note", "by shared words"}};
    return answer;
  }
  if (!a.numbers.empty() && !b.numbers.empty() && a.numbers != b.numbers &&
      ShareIn(a.names, b.names) > 0) {
    answer["clash"] = "contradiction";
    answer["severity"] = 2;
  }
  return answer;
}

Json ItemRules::Promise(const std::string& item) const {
  const auto passages = MaterialsIn(item);
  Json answer = {{"promise", passages.size() < 2 ? "broken" : "unclear"},
                 {"note", "by shared words"}};
  const LexicalSentence announced = ReadSentence(passages.empty() ? "" : passages[0].second);
  for (std::size_t i = 1; i < passages.size(); ++i) {
    if (ShareIn(announced.words, ReadSentence(passages[i].second).words) >= 0.4)
      answer["promise"] = "kept";
  }
  return answer;
}

}  // namespace assay
