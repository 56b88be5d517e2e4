// Which language a text is written in, of a closed set. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// What GuessLanguage may tell, sorted. By their script: el, ja, ko, zh. By letters and frequent
// words: be, bg, mk, ru, sr and uk, ar, hi. By frequent words: de, en, es, fr, it, nl, pt.
const std::vector<std::string>& GuessableLanguages();

// The one of them that a BCP 47 tag is about: "zh-CN" is zh. nullopt: none, or a tag with a script
// other than the one that is looked for ("sr-Latn", "zh-Hant").
std::optional<std::string> GuessableLanguage(std::string_view tag);

// What the text may be in: one language where it was told, several where the letters fit more or
// where too little tells them apart, none where nothing is known. What is not among several is
// certainly not the language of the text. They may be others than the guessable ones (fa, mr; mis:
// any of another script).
std::vector<std::string> GuessLanguage(std::string_view text);

}  // namespace assay
