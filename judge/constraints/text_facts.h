// Counts and facts of a text that constraints are about. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/text/outline.h"
#include "common/text/segments.h"

namespace assay {

// len(text.split()) of Python.
std::int64_t CountSplitWords(std::string_view text);

// Code points that are no white space.
std::int64_t CountVisibleCharacters(std::string_view text);

// Lines that begin, blanks aside, with "- ", "* ", "+ ", "• ", "1. ", "1) ", "1、" or "（1）"; none
// that is a thematic break ("* * *").
std::int64_t CountListItems(std::string_view text);

// Markdown tables: a row of "|" cells over a line of dashes.
std::int64_t CountTables(std::string_view text);

// Blocks between blank lines that are no heading, table, thematic break or list alone; every line
// where a text has no blank line.
std::int64_t CountProseParagraphs(std::string_view text);

// HeadingsOf, and short lines that stand between blank lines without a full stop at their end: what
// a reader takes for a heading.
std::vector<Heading> TitledLinesOf(std::string_view text);

// What stands in a code fence around the whole text, else the text, without blanks (tabs stay) at
// the ends.
std::string_view WithoutFence(std::string_view text);

// Code points, line ends aside.
std::int64_t CountCharacters(std::string_view text);

// A text that is a table: two records or more, all of the same number of fields, two or more. Blank
// lines are no records. Fields between commas may be quoted (RFC 4180), between tabs they may not.
struct FieldTable {
  std::int64_t records = 0;
  std::vector<std::string> header;  // fields of the first, without white space at their ends
  std::string problem;              // why it is none; empty: it is one
};
FieldTable ReadFields(std::string_view text, char separator);

}  // namespace assay
