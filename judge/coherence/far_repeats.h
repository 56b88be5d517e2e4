// Passages that may say again, in other words, what the text said far before. Pure, thread-safe.
#pragma once

#include <string_view>
#include <vector>

#include "common/text/words.h"

namespace assay {

struct FarRepeat {
  TextRange first;  // paragraphs, cut at 900 bytes
  TextRange second;
  double likeness = 0;  // 0..1
};

// Pairs of paragraphs of twelve topic words or more that no window shows together, the later one in
// a window and the earlier one before its first byte less `seen_before`; most alike first, at most
// `most_per_window` of each window, none below a likeness of 0.3, and none that is the same text. A
// paragraph stands in one pair as the later one.
//
// Likeness is the cosine of their topic words, cut at six letters and weighted by how few
// paragraphs have them (tf-idf). Of a word only the first 64 paragraphs are looked at: the work
// grows as the text does.
std::vector<FarRepeat> FarRepeats(std::string_view text, std::string_view language,
                                  const std::vector<TextRange>& windows, std::size_t seen_before,
                                  std::size_t most_per_window);

}  // namespace assay
