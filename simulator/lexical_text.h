// Words, names and numbers of sentences: what the lexical judge compares. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct LexicalSentence {
  std::string text;
  std::set<std::string> words;  // of four letters or more in lower case, cut at six; pairs of hanzi
  std::set<std::string> numbers;  // as written, commas left out
  std::set<std::string> names;    // words with a capital that do not begin the sentence
};

LexicalSentence ReadSentence(std::string_view sentence);
std::vector<LexicalSentence> ReadSentences(std::string_view text);

// |a and b| / |a|; 0 for an empty a.
double ShareIn(const std::set<std::string>& a, const std::set<std::string>& b);

// At most `most` words of the sentence from its beginning.
std::string FirstWords(const std::string& sentence, int most);

// True for the seal of the simulator's own texts.
bool IsSeal(std::string_view sentence);

}  // namespace assay
