// Where Punkt ends a sentence; part of nltk_tokenize.h. Pure functions, thread-safe.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace assay {

class PunktModel;

struct PunktSlice {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// PunktSentenceTokenizer.span_tokenize with realigned boundaries, in bytes. `text` is valid
// UTF-8.
std::vector<PunktSlice> PunktSentences(const PunktModel& model, std::string_view text);

}  // namespace assay
