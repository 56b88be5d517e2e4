// The word rules of NLTK's NLTKWordTokenizer, for one sentence; part of nltk_tokenize.h.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// `sentence` with spaces where its tokens part: its tokens are those of str.split().
std::u32string SpaceNltkWords(std::u32string_view sentence);

}  // namespace assay
