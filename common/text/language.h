// Which language a text is written in, of a closed set. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// What GuessLanguage may say, sorted: ar, el, hi, ja, ko, ru and zh by their script (every text in
// Cyrillic letters is ru), de, en, es, fr, it, nl and pt by their most frequent words.
const std::vector<std::string>& GuessableLanguages();

// The one of them that a BCP 47 tag is about: "zh-CN" and "zh_Hant" are zh. nullopt: none.
std::optional<std::string> GuessableLanguage(std::string_view tag);

// The language of most of what tells: letters of a script, frequent words. Empty when too little
// tells or two languages are even. Not for texts under about twenty words.
struct LanguageGuess {
  std::string language;
  double share = 0;  // of what tells
};
LanguageGuess GuessLanguage(std::string_view text);

}  // namespace assay
