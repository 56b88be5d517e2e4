// The words of a sentence, fast; part of nltk_tokenize.h.
#pragma once

#include <string_view>

#include "absl/functional/function_ref.h"

namespace assay {

// Calls `each` with every token that SpaceNltkWords makes of `sentence`, which is valid UTF-8, in
// order. The views are good during the call. Most of a text is words with signs around them, whose
// tokens can be told at sight; the rules are run on the rest only.
void ForEachNltkWord(std::string_view sentence, absl::FunctionRef<void(std::string_view)> each);

}  // namespace assay
