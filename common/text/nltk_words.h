// The word rules of NLTK's NLTKWordTokenizer, for one sentence; part of nltk_tokenize.h.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// `sentence` with spaces where its tokens part: its tokens are those of str.split().
std::u32string SpaceNltkWords(std::u32string_view sentence);

// Whether one of the words that the rules cut in two (cannot, gimme, gonna, gotta, lemme, wanna)
// stands in `text`, at its boundaries or not.
bool MayContract(std::u32string_view text);

}  // namespace assay
