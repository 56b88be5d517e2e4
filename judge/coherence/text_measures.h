// What of a text's coherence can be counted. Pure, thread-safe.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/text/outline.h"
#include "common/text/segments.h"

namespace assay {

struct TextMeasures {
  std::int64_t words = 0;
  // Mean over neighbouring paragraphs of |A and B| / min(|A|, |B|), A and B their sets of words of
  // four letters or more (ideographs: pairs), 0..100; empty sets are left out. -1: fewer than two.
  double lexical_cohesion = -1;
  // 100 x the share of headings that neither repeat an earlier one nor break the count of their
  // numbers ("3." after "1."). -1: no heading.
  double outline_consistency = -1;
  std::vector<TextRange> bad_headings;
};

// Words that carry a topic: those of four letters or more, folded; ideographs: of two or more.
std::set<std::string> TopicWords(std::string_view text, std::string_view language);

TextMeasures MeasureText(std::string_view text, std::string_view language);

// The passages (paragraphs, cut at 1,200 bytes) of text[from..] that share most words with `query`,
// best first.
std::vector<TextRange> PassagesLike(std::string_view text, std::size_t from, std::string_view query,
                                    std::string_view language, std::size_t most);

// Headings, one a line with their depth, at most `max_bytes`; "(none)" when there are none.
std::string OutlineOf(std::string_view text, std::size_t max_bytes);

}  // namespace assay
