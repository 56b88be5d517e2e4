#include "simulator/lexical_text.h"

#include <array>

#include "common/text/segments.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr std::size_t kStem = 6;
constexpr std::size_t kLongWord = 4;

const std::set<std::string, std::less<>>& CommonWords() {
  static const auto* const kWords = new std::set<std::string, std::less<>>{
      "about", "after",  "also",   "been",  "before", "being", "both",    "each",  "every",
      "from",  "have",   "into",   "least", "must",   "more",  "most",    "only",  "other",
      "over",  "same",   "should", "some",  "such",   "than",  "that",    "their", "them",
      "then",  "there",  "these",  "they",  "this",   "those", "through", "very",  "were",
      "what",  "when",   "where",  "which", "while",  "will",  "with",    "would", "your",
      "text",  "writes", "says",   "does",  "exactly"};
  return *kWords;
}

bool IsHan(char32_t c) { return c >= 0x3400 && c <= 0x9FFF; }

std::string Lower(std::string word) {
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return word;
}

// Collects the words of a sentence as its characters come.
class Reader {
 public:
  explicit Reader(LexicalSentence& sentence) : sentence_(sentence) {}

  void Take(char32_t c, std::string_view bytes) {
    if (IsHan(c)) {
      EndWord();
      if (!last_han_.empty()) sentence_.words.insert(last_han_ + std::string(bytes));
      last_han_ = bytes;
      return;
    }
    last_han_.clear();
    const bool digit = c >= '0' && c <= '9';
    const bool letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c > 0x7F && c < 0x2000);
    if (digit || letter) {
      word_ += bytes;
    } else if (!(c == ',' && !word_.empty() && word_.back() >= '0' && word_.back() <= '9')) {
      EndWord();
    }
  }

  void EndWord() {
    if (word_.empty()) return;
    const bool number = word_[0] >= '0' && word_[0] <= '9';
    const bool capital = word_[0] >= 'A' && word_[0] <= 'Z';
    const std::string lower = Lower(word_);
    if (number) {
      sentence_.numbers.insert(lower);
    } else {
      if (capital && count_ > 0) sentence_.names.insert(word_);
      if (lower.size() >= kLongWord && CommonWords().count(lower) == 0) {
        sentence_.words.insert(lower.substr(0, kStem));
      }
    }
    ++count_;
    word_.clear();
  }

 private:
  LexicalSentence& sentence_;
  std::string word_;
  std::string last_han_;
  int count_ = 0;
};

}  // namespace

LexicalSentence ReadSentence(std::string_view text) {
  LexicalSentence sentence;
  sentence.text = text;
  Reader reader(sentence);
  for (std::size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    reader.Take(c.code_point, text.substr(at, c.bytes));
    at += c.bytes;
  }
  reader.EndWord();
  return sentence;
}

std::vector<LexicalSentence> ReadSentences(std::string_view text) {
  std::vector<LexicalSentence> sentences;
  for (const TextRange& range : SentencesOf(text)) {
    const std::string_view sentence = text.substr(range.begin, range.end - range.begin);
    if (!IsSeal(sentence)) sentences.push_back(ReadSentence(sentence));
  }
  return sentences;
}

double ShareIn(const std::set<std::string>& a, const std::set<std::string>& b) {
  if (a.empty()) return 0;
  std::size_t shared = 0;
  for (const std::string& word : a) shared += b.count(word);
  return static_cast<double>(shared) / static_cast<double>(a.size());
}

std::string FirstWords(const std::string& sentence, int most) {
  int words = 0;
  for (std::size_t at = 0; at < sentence.size(); ++at) {
    if (sentence[at] == ' ' && ++words == most) return sentence.substr(0, at);
  }
  return std::string(CutUtf8(sentence, 400));
}

bool IsSeal(std::string_view sentence) { return sentence.starts_with("[Simulated text, "); }

}  // namespace assay
