// What a reader sees of a text's outline: its headings, and not what stands in its code blocks.
// Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/text/words.h"  // TextRange: bytes, end exclusive

namespace assay {

// A heading of the text: Markdown ("## Title"), or a whole line in bold; and its depth from 1.
struct Heading {
  TextRange line;
  TextRange title;
  int depth = 1;
};
// In order; none that stands in a code block.
std::vector<Heading> HeadingsOf(std::string_view text);

// One line without white space around it: is it a heading?
bool IsHeadingLine(std::string_view line);

// The text with its fenced code blocks (CommonMark: ``` or ~~~, to the end where none closes) in
// blanks, byte for byte and line for line. Of a block marked "markdown" or "md", in which models
// wrap whole answers, only the fences go, and the code blocks in it. A second time changes nothing.
std::string WithoutCode(std::string_view text);

// A title without markup, letter case, and a colon or full stop behind it: for IsTitled.
std::string TitleForm(std::string_view title);

// Both in their TitleForm: is the heading the wanted one, whatever number stands before either
// ("1.",
// "(2)", "2.3", "iv.", "Chapter 4:", "第三章")?
bool IsTitled(const std::string& heading, const std::string& wanted);

// A TitleForm without the number before it.
std::string WithoutNumber(const std::string& title);

}  // namespace assay
