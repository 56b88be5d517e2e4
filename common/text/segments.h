// Where a text may be cut: sentences, paragraphs, words, as Unicode and its language have them (ICU
// break iterators; Chinese and Japanese too). For our own scorers; published ones count as Python
// does (python_text.h, words.h). Pure functions, thread-safe.
#pragma once

#include <string_view>
#include <vector>

#include "common/text/words.h"  // TextRange: bytes, end exclusive

namespace assay {

// Lines without their line ends, in order; an empty one behind a line end at the end.
std::vector<TextRange> LinesOf(std::string_view text);

// Sentences in order, without the white space around them; together they hold every byte that is
// not white space. A heading, a list item or a table row is a sentence of its own; none goes over a
// blank line. `language` is BCP 47; empty: told from the script. Text is valid UTF-8 (else
// undefined ranges, never a crash).
std::vector<TextRange> SentencesOf(std::string_view text, std::string_view language = "");

// Blocks between blank lines, without the white space around them; a heading line (Markdown "#", or
// a line in "**") is a block of its own.
std::vector<TextRange> ParagraphsOf(std::string_view text);

// Words: what ICU calls a word with a letter, digit or ideograph in it; Chinese runs are cut by its
// dictionary.
std::vector<TextRange> WordsOf(std::string_view text, std::string_view language = "");

// The words of `text`, lower-cased (full Unicode folding) and separated by one blank each: what an
// index of words takes in, Chinese included.
std::string SegmentedForSearch(std::string_view text, std::string_view language = "");

}  // namespace assay
