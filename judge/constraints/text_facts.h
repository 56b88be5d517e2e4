// Counts and facts of a text that constraints are about. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/text/segments.h"

namespace assay {

// len(text.split()) of Python.
std::int64_t CountSplitWords(std::string_view text);

// Code points that are no white space.
std::int64_t CountVisibleCharacters(std::string_view text);

// Lines that begin, blanks aside, with "- ", "* ", "+ ", "• ", "1. ", "1) ", "1、" or "（1）".
std::int64_t CountListItems(std::string_view text);

// Markdown tables: a row of "|" cells over a line of dashes.
std::int64_t CountTables(std::string_view text);

// Blocks between blank lines that are no heading, table or list alone; every line where a text has
// no blank line.
std::int64_t CountProseParagraphs(std::string_view text);

// HeadingsOf, and short lines that stand between blank lines without a full stop at their end: what
// a reader takes for a heading.
std::vector<Heading> TitledLinesOf(std::string_view text);

// What stands in a code fence around the whole text, else the text, without white space at the
// ends.
std::string_view WithoutFence(std::string_view text);

struct TabularFacts {
  std::int64_t rows = 0;  // lines with a tab
  bool even = true;       // all with the same number of columns
  std::vector<std::string> header;
};
TabularFacts TsvFactsOf(std::string_view text);

// The language of most of what tells: the script, and for Latin letters the most frequent words of
// en, de, fr, es, it, pt and nl. Empty when too little tells. Not for texts under about twenty
// words.
struct LanguageGuess {
  std::string language;
  double share = 0;
};
LanguageGuess GuessLanguage(std::string_view text);

}  // namespace assay
