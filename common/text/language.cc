#include "common/text/language.h"

#include <algorithm>
#include <array>
#include <map>

#include "common/text/python_text.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr std::array<const char*, 7> kByScript = {"zh", "ja", "ko", "ru", "ar", "hi", "el"};

struct Vocabulary {
  const char* language;
  std::array<std::string_view, 12> words;
};

constexpr std::array<Vocabulary, 7> kVocabularies = {{
    {"en", {"the", "and", "of", "to", "is", "that", "was", "with", "for", "it", "are", "this"}},
    {"de",
     {"der", "die", "und", "das", "ist", "nicht", "ein", "eine", "mit", "den", "auf", "sich"}},
    {"fr", {"le", "les", "et", "des", "est", "une", "que", "dans", "pour", "qui", "du", "pas"}},
    {"es", {"el", "los", "y", "las", "es", "una", "que", "por", "para", "con", "del", "no"}},
    {"it", {"il", "gli", "e", "che", "una", "di", "per", "non", "con", "della", "sono", "nel"}},
    {"pt", {"o", "os", "e", "que", "uma", "do", "da", "para", "com", "em", "não", "dos"}},
    {"nl", {"het", "de", "en", "een", "van", "niet", "dat", "met", "voor", "zijn", "op", "te"}},
}};

// By script; nullptr for Latin letters and what tells nothing.
const char* LanguageOfScript(char32_t c) {
  if ((c >= 0x3040 && c <= 0x30FF)) return "ja";
  if (c >= 0xAC00 && c <= 0xD7AF) return "ko";
  if (c >= 0x3400 && c <= 0x9FFF) return "zh";
  if (c >= 0x0400 && c <= 0x04FF) return "ru";
  if (c >= 0x0600 && c <= 0x06FF) return "ar";
  if (c >= 0x0900 && c <= 0x097F) return "hi";
  if (c >= 0x0370 && c <= 0x03FF) return "el";
  return nullptr;
}

}  // namespace

const std::vector<std::string>& GuessableLanguages() {
  static const auto* const kLanguages = [] {
    auto* languages = new std::vector<std::string>(kByScript.begin(), kByScript.end());
    for (const Vocabulary& vocabulary : kVocabularies) languages->push_back(vocabulary.language);
    std::sort(languages->begin(), languages->end());
    return languages;
  }();
  return *kLanguages;
}

std::optional<std::string> GuessableLanguage(std::string_view tag) {
  std::string language(tag.substr(0, tag.find_first_of("-_")));
  for (char& c : language) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const std::vector<std::string>& known = GuessableLanguages();
  if (std::find(known.begin(), known.end(), language) == known.end()) return std::nullopt;
  return language;
}

LanguageGuess GuessLanguage(std::string_view text) {
  std::map<std::string, std::int64_t> votes;
  std::string word;
  const auto end_word = [&] {
    for (const Vocabulary& vocabulary : kVocabularies) {
      const auto& words = vocabulary.words;
      if (std::find(words.begin(), words.end(), word) != words.end()) ++votes[vocabulary.language];
    }
    word.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    const char32_t lower =
        c.code_point >= 'A' && c.code_point <= 'Z' ? c.code_point + 32 : c.code_point;
    if (const char* language = LanguageOfScript(c.code_point)) {
      end_word();
      ++votes[language];
    } else if (IsPythonWord(c.code_point)) {
      AppendUtf8(lower, word);
    } else {
      end_word();
    }
    at += c.bytes;
  }
  end_word();
  // Japanese is written with Chinese characters too.
  if (votes.count("ja") > 0 && votes["ja"] * 5 >= votes["zh"]) {
    votes["ja"] += votes["zh"];
    votes.erase("zh");
  }
  std::int64_t all = 0;
  for (const auto& [language, count] : votes) all += count;
  if (all < 3) return {};
  const auto most = std::max_element(
      votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto as_many = [&](const auto& vote) { return vote.second == most->second; };
  if (std::count_if(votes.begin(), votes.end(), as_many) > 1) return {};
  return {most->first, static_cast<double>(most->second) / static_cast<double>(all)};
}

}  // namespace assay
