// Sections that a text announces, held against its headings: what needs no judge. Pure,
// thread-safe.
#pragma once

#include <string_view>
#include <vector>

#include "common/text/outline.h"

namespace assay {

struct ContentsEntry {
  TextRange line;  // of the entry, its list marker included
  bool there = false;
};

// The entries of a table of contents: the lines under "Contents", "Table of contents", "目录" and
// the like, those indented deeper left out, each with whether a heading behind them has its title.
// Numbers, links, page numbers and what stands behind a colon make no difference. Empty: there is
// no such table of two entries or more, or no heading has the title of any of them: then it speaks
// of something else.
std::vector<ContentsEntry> ContentsOf(std::string_view text);

enum class SectionFound { kUnknown, kThere, kMissing };

// What headings say of an announcement. kThere: it has the whole title, two words or more, of a
// heading behind it, or names a chapter, section or part by a number that a heading has. kMissing:
// by a number that none has, though at least two headings have one of this kind. kUnknown: neither.
SectionFound FindAnnounced(std::string_view text, TextRange announcement,
                           const std::vector<Heading>& headings);

}  // namespace assay
