#include "simulator/sentence_grammar.h"

#include "common/base/check.h"

namespace assay {
namespace {

bool IsVowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'; }

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void AppendWord(std::string& out, std::string_view word) {
  const std::size_t size = out.size();
  if (size >= 2 && out[size - 1] == ' ' && (out[size - 2] == 'a' || out[size - 2] == 'A') &&
      (size == 2 || !IsLetter(out[size - 3])) && IsVowel(word[0])) {
    out[size - 1] = 'n';
    out += ' ';
  }
  out += word;
}

}  // namespace

SentenceGrammar::SentenceGrammar(std::span<const std::string_view> templates,
                                 const std::array<WordPool, 26>& pools)
    : pools_(pools) {
  for (std::string_view text : templates) {
    std::vector<Part> parts;
    while (!text.empty()) {
      const std::size_t open = text.find('{');
      if (open == std::string_view::npos) {
        parts.push_back({text, 0});
        break;
      }
      const char slot = text[open + 1];
      ASSAY_CHECK(slot >= 'A' && slot <= 'Z' && text[open + 2] == '}');
      ASSAY_CHECK(slot == 'T' || slot == 'S' ||
                  !pools_[static_cast<std::size_t>(slot - 'A')].empty());
      parts.push_back({text.substr(0, open), slot});
      text.remove_prefix(open + 3);
    }
    templates_.push_back(std::move(parts));
  }
  ASSAY_CHECK(templates_.size() > 1);
}

void SentenceGrammar::Append(std::string& out, Random& random, const SentenceTopics& topics,
                             std::size_t& last) const {
  std::size_t chosen = IndexOf(random.Next(), templates_.size());
  if (chosen == last) chosen = (chosen + 1) % templates_.size();
  last = chosen;
  const std::size_t start = out.size();
  for (const Part& part : templates_[chosen]) {
    out += part.literal;
    if (part.slot == 0) continue;
    if (part.slot == 'S') {
      AppendWord(out, topics.subject);
    } else if (part.slot == 'T') {
      AppendWord(out, topics.topics[IndexOf(random.Next(), topics.topics.size())]);
    } else {
      const WordPool pool = pools_[static_cast<std::size_t>(part.slot - 'A')];
      AppendWord(out, pool[IndexOf(random.Next(), pool.size())]);
    }
  }
  if (out[start] >= 'a' && out[start] <= 'z') out[start] = static_cast<char>(out[start] - 32);
}

}  // namespace assay
