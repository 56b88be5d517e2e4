#include "common/text/language.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>

#include "common/text/language_tables.h"
#include "common/text/normalize.h"
#include "common/text/python_case.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

using Languages = std::vector<std::string>;

constexpr std::int64_t kFewHan = 8;

enum class Script {
  kNone,
  kLatin,
  kCyrillic,
  kGreek,
  kArabic,
  kDevanagari,
  kHangul,
  kKana,
  kHan,
  kOther
};

// Of lower-case letters.
Script ScriptOf(char32_t c) {
  struct Range {
    char32_t least;
    char32_t most;
    Script script;
  };
  static constexpr Range kRanges[] = {
      {0x0061, 0x007A, Script::kLatin},      {0x00DF, 0x024F, Script::kLatin},
      {0x0370, 0x03FF, Script::kGreek},      {0x0400, 0x052F, Script::kCyrillic},
      {0x0620, 0x065F, Script::kArabic},     {0x066E, 0x06D3, Script::kArabic},
      {0x06D5, 0x06D5, Script::kArabic},     {0x0900, 0x0963, Script::kDevanagari},
      {0x0970, 0x097F, Script::kDevanagari}, {0x1E00, 0x1EFF, Script::kLatin},
      {0x1F00, 0x1FFF, Script::kGreek},      {0x3005, 0x3007, Script::kHan},
      {0x3041, 0x3096, Script::kKana},       {0x30A1, 0x30FA, Script::kKana},
      {0x30FC, 0x30FF, Script::kKana},       {0x3400, 0x9FFF, Script::kHan},
      {0xAC00, 0xD7A3, Script::kHangul},     {0x20000, 0x323AF, Script::kHan}};
  for (const Range& range : kRanges) {
    if (c >= range.least && c <= range.most) return c == 0x00F7 ? Script::kNone : range.script;
  }
  // Hebrew, Thai, Amharic and so on.
  const bool letter = c >= 0x0530 && IsPythonWord(c) && !IsPythonDigit(c);
  return letter ? Script::kOther : Script::kNone;
}

// On a letter of any script, such as the stress of a Russian word.
bool IsAccent(char32_t c) { return (c >= 0x0300 && c <= 0x036F) || c == 0x0670; }

// The words of one script, and its letters.
struct Written {
  std::int64_t words = 0;  // of kana, Han and others: half the characters
  std::int64_t letters = 0;
  std::map<std::string, std::int64_t> of_word;
  std::map<char32_t, std::int64_t> of_letter;

  std::int64_t LettersOf(std::u32string_view some) const {
    std::int64_t sum = 0;
    for (const auto& [letter, count] : of_letter) {
      if (some.find(letter) != std::u32string_view::npos) sum += count;
    }
    return sum;
  }
};

using Text = std::map<Script, Written>;

Text Read(std::string_view raw) {
  const std::string text = PythonLower(NormalizeForMatch(raw));
  Text read;
  std::string word;
  Script script = Script::kNone;
  const auto end_word = [&] {
    // A single Greek letter is a symbol.
    const bool symbol = script == Script::kGreek && word.size() <= 2;
    if (!word.empty() && !symbol) {
      ++read[script].words;
      ++read[script].of_word[word];
    }
    word.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    at += c.bytes;
    if (IsAccent(c.code_point)) continue;
    const Script its = ScriptOf(c.code_point);
    if (its != script) end_word();
    script = its;
    if (its == Script::kNone) continue;
    ++read[its].letters;
    ++read[its].of_letter[c.code_point];
    if (its < Script::kKana) AppendUtf8(c.code_point, word);
  }
  end_word();
  for (const Script dense : {Script::kKana, Script::kHan, Script::kOther}) {
    if (read.count(dense) > 0) read[dense].words = (read[dense].letters + 1) / 2;
  }
  return read;
}

struct Hits {
  std::int64_t words = 0;
  int distinct = 0;
};

template <typename Words>
Hits HitsOf(const Words& words, const Written& written) {
  Hits hits;
  for (const std::string_view word : words) {
    const auto found = written.of_word.find(std::string(word));
    if (found == written.of_word.end()) continue;
    hits.words += found->second;
    ++hits.distinct;
  }
  return hits;
}

// A share in thousandths.
bool AtLeast(std::int64_t part, std::int64_t per_mille, std::int64_t whole) {
  return part * 1000 >= per_mille * whole;
}

Languages CyrillicLanguages() {
  Languages all;
  for (const CyrillicLanguage& one : kCyrillicLanguages) all.push_back(one.language);
  return all;
}

// One is told where its own letters stand there, no others do, and its frequent words do.
Languages TellCyrillic(const Written& written) {
  for (const CyrillicLanguage& one : kCyrillicLanguages) {
    const std::int64_t others = written.letters - written.LettersOf(one.alphabet);
    const std::int64_t own = written.LettersOf(one.own);
    const Hits hits = HitsOf(one.words, written);
    if (others * 200 <= written.letters && own >= 2 &&
        AtLeast(own, one.own_per_mille, written.letters) && hits.words >= 2 &&
        AtLeast(hits.words, 40, written.words)) {
      return {one.language};
    }
  }
  return CyrillicLanguages();
}

// Persian and Urdu use the letters of Arabic and more of their own.
Languages TellArabic(const Written& written) {
  std::int64_t others = 0;
  for (const auto& [letter, count] : written.of_letter) {
    if (letter >= 0x0672) others += count;
  }
  Languages rivals(kOtherArabic.begin(), kOtherArabic.end());
  if (others >= 3 && AtLeast(others, 40, written.letters)) return rivals;
  std::int64_t arabic = 0;
  for (const auto& [word, count] : written.of_word) {
    const bool article = word.rfind("ال", 0) == 0 || word.rfind("وال", 0) == 0;
    if (article || word.find("ة") != std::string::npos) arabic += count;
  }
  if (others * 100 <= written.letters && arabic >= 2 && AtLeast(arabic, 80, written.words)) {
    return {"ar"};
  }
  rivals.push_back("ar");
  return rivals;
}

Languages TellDevanagari(const Written& written) {
  const Hits hindi = HitsOf(kHindiWords, written);
  const Hits others = HitsOf(kOtherDevanagariWords, written);
  if (hindi.words >= 2 && AtLeast(hindi.words, 40, written.words) &&
      others.words * 10 <= hindi.words) {
    return {"hi"};
  }
  Languages all(kOtherDevanagari.begin(), kOtherDevanagari.end());
  all.push_back("hi");
  return all;
}

// Serbian is written in Latin letters, too.
Languages LatinLanguages() {
  Languages all = {"sr"};
  for (const LatinLanguage& one : kLatinLanguages) all.push_back(one.language);
  return all;
}

// One is told where its frequent words are many, twice those of any other, and no relative shows.
Languages TellLatin(const Written& written) {
  const LatinLanguage* most = nullptr;
  Hits best;
  std::int64_t second = 0;
  for (const LatinLanguage& one : kLatinLanguages) {
    const Hits hits = HitsOf(one.words, written);
    if (most == nullptr || hits.words > best.words) {
      second = std::max(second, best.words);
      most = &one;
      best = hits;
    } else {
      second = std::max(second, hits.words);
    }
  }
  const Hits relatives = HitsOf(most->of_relatives, written);
  const bool of_a_relative = relatives.words >= 2 && AtLeast(relatives.words, 15, written.words);
  const bool told = best.distinct >= 3 && AtLeast(best.words, 60, written.words) &&
                    best.words >= 2 * second && !of_a_relative;
  return told ? Languages{most->language} : LatinLanguages();
}

// Japanese is written with Chinese characters too, and Chinese quotes some kana.
Languages TellHan(const Written& kana, const Written& han) {
  const std::int64_t all = kana.letters + han.letters;
  if (AtLeast(kana.letters, 200, all)) return {"ja"};
  return all < kFewHan || AtLeast(kana.letters, 50, all) ? Languages{"ja", "zh"} : Languages{"zh"};
}

Languages Tell(Script script, Text& text) {
  switch (script) {
    case Script::kCyrillic:
      return TellCyrillic(text[script]);
    case Script::kArabic:
      return TellArabic(text[script]);
    case Script::kDevanagari:
      return TellDevanagari(text[script]);
    case Script::kGreek:
      return {"el"};
    case Script::kHangul:
      return {"ko"};
    case Script::kHan:
    case Script::kKana:
      return TellHan(text[Script::kKana], text[Script::kHan]);
    case Script::kOther:
      return {"mis"};
    default:
      return TellLatin(text[Script::kLatin]);
  }
}

std::string AsciiLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

const std::vector<std::string>& GuessableLanguages() {
  static const auto* const kLanguages = [] {
    std::set<std::string> known = {"ar", "el", "hi", "ja", "ko", "zh"};
    for (const std::string& one : CyrillicLanguages()) known.insert(one);
    for (const std::string& one : LatinLanguages()) known.insert(one);
    return new Languages(known.begin(), known.end());
  }();
  return *kLanguages;
}

std::optional<std::string> GuessableLanguage(std::string_view tag) {
  std::vector<std::string> parts;
  const std::string lower = AsciiLower(tag);
  for (std::size_t at = 0; at <= lower.size();) {
    const std::size_t end = std::min(lower.find_first_of("-_", at), lower.size());
    parts.push_back(lower.substr(at, end - at));
    at = end + 1;
  }
  const Languages& known = GuessableLanguages();
  if (std::find(known.begin(), known.end(), parts[0]) == known.end()) return std::nullopt;
  // "419" and "1996" are none; "yue" of "zh-yue" is a language.
  const bool has_script =
      parts.size() > 1 && parts[1].size() >= 3 && parts[1].size() <= 4 && parts[1][0] >= 'a';
  if (!has_script) return parts[0];
  const Languages cyrillic = CyrillicLanguages();
  const bool is_cyrillic = std::find(cyrillic.begin(), cyrillic.end(), parts[0]) != cyrillic.end();
  if (parts[1] != (is_cyrillic ? "cyrl" : "")) return std::nullopt;
  return parts[0];
}

std::vector<std::string> GuessLanguage(std::string_view raw) {
  Text text = Read(raw);
  // Kana and Han are one way of writing.
  if (text.count(Script::kKana) > 0) text[Script::kHan].words += text[Script::kKana].words;
  text[Script::kKana].words = 0;
  std::int64_t all = 0;
  Script most = Script::kNone;
  for (const auto& [script, written] : text) {
    all += written.words;
    if (most == Script::kNone || written.words > text[most].words) most = script;
  }
  if (all == 0) return {};
  const std::int64_t leading = text[most].words;
  Languages languages = Tell(most, text);
  // Code and names in other letters: only what was told counts, and nothing where two are mixed.
  const bool counts = languages.size() == 1 ? leading * 3 >= all * 2 : leading * 20 >= all * 19;
  if (!counts) return {};
  std::sort(languages.begin(), languages.end());
  return languages;
}

}  // namespace assay
