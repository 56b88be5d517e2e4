#include "common/text/segments.h"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utext.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "common/base/check.h"
#include "common/text/outline.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

bool IsBlankByte(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

// Length of the white space character at `at`; 0 when there is none.
std::size_t BlankAt(std::string_view text, std::size_t at) {
  if (IsBlankByte(text[at])) return 1;
  if (static_cast<unsigned char>(text[at]) < 0x80) return 0;
  const DecodedChar c = DecodeUtf8(text, at);
  return c.valid && u_isUWhiteSpace(static_cast<UChar32>(c.code_point)) ? c.bytes : 0;
}

TextRange Trimmed(std::string_view text, TextRange range) {
  while (range.begin < range.end) {
    const std::size_t blank = BlankAt(text, range.begin);
    if (blank == 0) break;
    range.begin += blank;
  }
  while (range.end > range.begin) {
    std::size_t last = range.end - 1;
    while (last > range.begin && (text[last] & '\xC0') == '\x80') --last;
    if (BlankAt(text, last) == 0) break;
    range.end = last;
  }
  range.begin = std::min(range.begin, range.end);
  return range;
}

std::string_view Of(std::string_view text, TextRange range) {
  return text.substr(range.begin, range.end - range.begin);
}

bool IsListItem(std::string_view line) {
  if (line.size() >= 2 && (line[0] == '-' || line[0] == '*' || line[0] == '+') && line[1] == ' ') {
    return true;
  }
  if (line.starts_with("• ")) return true;
  std::size_t digits = 0;
  while (digits < line.size() && digits < 4 && line[digits] >= '0' && line[digits] <= '9') ++digits;
  return digits > 0 && digits + 1 < line.size() && (line[digits] == '.' || line[digits] == ')') &&
         line[digits + 1] == ' ';
}

bool StandsAlone(std::string_view line) {
  return IsHeadingLine(line) || IsListItem(line) || line.starts_with("|");
}

// One iterator of each kind and language a thread: opening one costs more than a page of text.
icu::BreakIterator& IteratorFor(bool sentences, std::string_view language) {
  struct Opened {
    std::string language;
    std::unique_ptr<icu::BreakIterator> iterator;
  };
  thread_local Opened opened[2];
  Opened& slot = opened[sentences ? 0 : 1];
  const std::string name(language);
  if (slot.iterator == nullptr || slot.language != name) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Locale locale(name.c_str());
    slot.iterator.reset(sentences ? icu::BreakIterator::createSentenceInstance(locale, status)
                                  : icu::BreakIterator::createWordInstance(locale, status));
    ASSAY_CHECK(U_SUCCESS(status) && slot.iterator != nullptr);
    slot.language = name;
  }
  return *slot.iterator;
}

// Runs `piece` on every piece between borders, in bytes of `text`, with the rule's status.
template <typename Piece>
void ForEachPiece(bool sentences, std::string_view language, std::string_view text, Piece piece) {
  icu::BreakIterator& iterator = IteratorFor(sentences, language);
  UErrorCode status = U_ZERO_ERROR;
  UText utext = UTEXT_INITIALIZER;
  utext_openUTF8(&utext, text.data(), static_cast<std::int64_t>(text.size()), &status);
  iterator.setText(&utext, status);
  ASSAY_CHECK(U_SUCCESS(status));
  std::int32_t begin = iterator.first();
  for (std::int32_t end = iterator.next(); end != icu::BreakIterator::DONE; end = iterator.next()) {
    piece(TextRange{static_cast<std::size_t>(begin), static_cast<std::size_t>(end)},
          iterator.getRuleStatus());
    begin = end;
  }
  utext_close(&utext);
}

bool IsIdeograph(char32_t c) { return c >= 0x3400 && c <= 0x9FFF; }

std::string LanguageOf(std::string_view text, std::string_view language) {
  if (!language.empty()) return std::string(language);
  std::size_t ideographs = 0;
  std::size_t letters = 0;
  for (std::size_t at = 0; at < text.size() && at < 4000;) {
    const DecodedChar c = DecodeUtf8(text, at);
    if (IsIdeograph(c.code_point)) ++ideographs;
    if (c.code_point < 0x80 && IsBlankByte(text[at])) ++letters;
    at += c.bytes;
  }
  return ideographs > letters ? "zh" : "en";
}

// What a full stop behind it does not end: ICU's rules know no abbreviations.
constexpr std::array<std::string_view, 27> kAbbreviations = {
    "Dr",  "Mr",   "Mrs", "Ms",  "Prof", "St",  "Gen", "Col", "Lt",
    "Sgt", "Capt", "Rev", "Hon", "Sen",  "Rep", "Gov", "No",  "Nos",
    "Fig", "Figs", "Vol", "pp",  "e.g",  "i.e", "vs",  "cf",  "approx"};

// A piece that ends in a title, an abbreviation or one capital letter ("J. K. Rowling") goes on.
bool GoesOn(std::string_view sentence) {
  if (sentence.size() < 2 || sentence.back() != '.') return false;
  sentence.remove_suffix(1);
  const std::size_t blank = sentence.find_last_of(" (\n\t");
  const std::string_view word =
      blank == std::string_view::npos ? sentence : sentence.substr(blank + 1);
  const char last = word.empty() ? ' ' : word.back();
  const bool initial =
      last >= 'A' && last <= 'Z' && (word.size() == 1 || word[word.size() - 2] == '.');
  return initial ||
         std::find(kAbbreviations.begin(), kAbbreviations.end(), word) != kAbbreviations.end();
}

void AddSentences(std::string_view text, TextRange block, std::string_view language,
                  std::vector<TextRange>& out) {
  bool joins = false;
  // A line end inside a paragraph ends no sentence.
  std::string flat(Of(text, block));
  std::replace_if(
      flat.begin(), flat.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  ForEachPiece(true, language, flat, [&](TextRange piece, std::int32_t) {
    const TextRange sentence = Trimmed(text, {block.begin + piece.begin, block.begin + piece.end});
    if (sentence.begin == sentence.end) return;
    if (joins) {
      out.back().end = sentence.end;
    } else {
      out.push_back(sentence);
    }
    joins = GoesOn(Of(text, out.back()));
  });
}

}  // namespace

std::vector<TextRange> LinesOf(std::string_view text) {
  std::vector<TextRange> lines;
  for (std::size_t at = 0; at <= text.size();) {
    std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) end = text.size();
    lines.push_back({at, end});
    at = end + 1;
  }
  return lines;
}

std::vector<TextRange> SentencesOf(std::string_view text, std::string_view language) {
  const std::string of_text = LanguageOf(text, language);
  std::vector<TextRange> sentences;
  TextRange prose;  // lines that belong together
  const auto flush = [&] {
    if (prose.begin < prose.end) AddSentences(text, prose, of_text, sentences);
    prose = {};
  };
  for (const TextRange& whole : LinesOf(text)) {
    const TextRange line = Trimmed(text, whole);
    if (line.begin == line.end) {
      flush();
    } else if (StandsAlone(Of(text, line))) {
      flush();
      // A long list item has sentences of its own.
      if (IsListItem(Of(text, line))) {
        AddSentences(text, line, of_text, sentences);
      } else {
        sentences.push_back(line);
      }
    } else if (prose.begin == prose.end) {
      prose = line;
    } else {
      prose.end = line.end;
    }
  }
  flush();
  return sentences;
}

std::vector<TextRange> ParagraphsOf(std::string_view text) {
  std::vector<TextRange> paragraphs;
  bool open = false;
  for (const TextRange& whole : LinesOf(text)) {
    const TextRange line = Trimmed(text, whole);
    if (line.begin == line.end) {
      open = false;
    } else if (IsHeadingLine(Of(text, line))) {
      paragraphs.push_back(line);
      open = false;
    } else if (open) {
      paragraphs.back().end = line.end;
    } else {
      paragraphs.push_back(line);
      open = true;
    }
  }
  return paragraphs;
}

std::vector<TextRange> WordsOf(std::string_view text, std::string_view language) {
  std::vector<TextRange> words;
  ForEachPiece(false, LanguageOf(text, language), text, [&](TextRange piece, std::int32_t status) {
    if (status >= UBRK_WORD_NUMBER) words.push_back(piece);
  });
  return words;
}

std::string SegmentedForSearch(std::string_view text, std::string_view language) {
  std::string out;
  for (const TextRange& word : WordsOf(text, language)) {
    const std::string_view piece = Of(text, word);
    icu::UnicodeString folded =
        icu::UnicodeString::fromUTF8({piece.data(), static_cast<std::int32_t>(piece.size())});
    folded.foldCase();
    if (!out.empty()) out += ' ';
    folded.toUTF8String(out);
  }
  return out;
}

}  // namespace assay
