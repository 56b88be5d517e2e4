#include "judge/constraints/text_facts.h"

#include <algorithm>
#include <array>
#include <map>

#include "common/text/python_text.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr std::size_t kMaxTitleBytes = 80;

std::string_view Of(std::string_view text, TextRange range) {
  return text.substr(range.begin, range.end - range.begin);
}

bool IsListLine(std::string_view line) {
  line = PythonStrip(line);
  for (const std::string_view bullet : {"- ", "* ", "+ ", "• "}) {
    if (line.starts_with(bullet)) return true;
  }
  const bool wide = line.starts_with("（");
  if (wide) line.remove_prefix(std::string_view("（").size());
  if (!wide && line.starts_with("(")) line.remove_prefix(1);
  std::size_t digits = 0;
  while (digits < line.size() && digits < 4 && line[digits] >= '0' && line[digits] <= '9') ++digits;
  if (digits == 0) return false;
  const std::string_view after = line.substr(digits);
  return after.starts_with(". ") || after.starts_with(") ") || after.starts_with("、") ||
         (wide && after.starts_with("）"));
}

bool IsTableLine(std::string_view line) { return PythonStrip(line).starts_with("|"); }

bool IsRuleLine(std::string_view line) {
  line = PythonStrip(line);
  return line.find('-') != std::string_view::npos && line.starts_with("|") &&
         line.find_first_not_of("|-: \t") == std::string_view::npos;
}

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

std::int64_t CountSplitWords(std::string_view text) {
  std::int64_t words = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    const bool blank = IsPythonSpace(c.code_point);
    if (!blank && !inside) ++words;
    inside = !blank;
    at += c.bytes;
  }
  return words;
}

std::int64_t CountVisibleCharacters(std::string_view text) {
  std::int64_t characters = 0;
  for (std::size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    if (!IsPythonSpace(c.code_point)) ++characters;
    at += c.bytes;
  }
  return characters;
}

std::int64_t CountListItems(std::string_view text) {
  const std::vector<TextRange> lines = LinesOf(text);
  return std::count_if(lines.begin(), lines.end(),
                       [&](TextRange line) { return IsListLine(Of(text, line)); });
}

std::int64_t CountTables(std::string_view text) {
  const std::vector<TextRange> lines = LinesOf(text);
  std::int64_t tables = 0;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (IsRuleLine(Of(text, lines[i])) && IsTableLine(Of(text, lines[i - 1]))) ++tables;
  }
  return tables;
}

std::int64_t CountProseParagraphs(std::string_view text) {
  const bool blank_lines =
      text.find("\n\n") != std::string_view::npos || text.find("\n\r\n") != std::string_view::npos;
  const std::vector<TextRange> blocks = blank_lines ? ParagraphsOf(text) : LinesOf(text);
  std::int64_t paragraphs = 0;
  for (const TextRange& block : blocks) {
    const std::string_view written = Of(text, block);
    if (PythonStrip(written).empty() || !HeadingsOf(written).empty()) continue;
    const std::vector<TextRange> lines = LinesOf(written);
    const bool prose = std::any_of(lines.begin(), lines.end(), [&](TextRange line) {
      const std::string_view one = Of(written, line);
      return !PythonStrip(one).empty() && !IsListLine(one) && !IsTableLine(one);
    });
    if (prose) ++paragraphs;
  }
  return paragraphs;
}

std::vector<Heading> TitledLinesOf(std::string_view text) {
  std::vector<Heading> headings = HeadingsOf(text);
  const std::vector<TextRange> lines = LinesOf(text);
  const auto blank = [&](std::size_t i) {
    return i >= lines.size() || PythonStrip(Of(text, lines[i])).empty();
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = PythonStrip(Of(text, lines[i]));
    const bool short_line = !line.empty() && line.size() <= kMaxTitleBytes;
    if (!short_line || !(i == 0 || blank(i - 1)) || IsListLine(line) || IsTableLine(line)) continue;
    if (line.ends_with(".") || line.ends_with("。") || line.ends_with("!") || line.ends_with("?"))
      continue;
    if (line.starts_with("#") || line.starts_with("**")) continue;
    const auto begin = static_cast<std::size_t>(line.data() - text.data());
    headings.push_back({{begin, begin + line.size()}, {begin, begin + line.size()}, 6});
  }
  std::sort(headings.begin(), headings.end(),
            [](const Heading& a, const Heading& b) { return a.line.begin < b.line.begin; });
  return headings;
}

std::string_view WithoutFence(std::string_view text) {
  text = PythonStrip(text);
  if (!text.starts_with("```") || !text.ends_with("```") || text.size() < 7) return text;
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos || line + 3 > text.size()) return text;
  return PythonStrip(text.substr(line + 1, text.size() - line - 4));
}

TabularFacts TsvFactsOf(std::string_view text) {
  TabularFacts facts;
  for (const TextRange& range : LinesOf(text)) {
    std::string_view line = Of(text, range);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.find('\t') == std::string_view::npos) continue;
    const auto columns = static_cast<std::size_t>(std::count(line.begin(), line.end(), '\t')) + 1;
    if (++facts.rows > 1) {
      facts.even = facts.even && columns == facts.header.size();
      continue;
    }
    for (std::size_t at = 0; at <= line.size();) {
      const std::size_t tab = std::min(line.find('\t', at), line.size());
      facts.header.emplace_back(PythonStrip(line.substr(at, tab - at)));
      at = tab + 1;
    }
  }
  return facts;
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
  return {most->first, static_cast<double>(most->second) / static_cast<double>(all)};
}

}  // namespace assay
