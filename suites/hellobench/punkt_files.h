// NLTK's English Punkt tables, from the user's copy. Thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace assay {

// The tables under `from` as PunktModel::Parse takes them: abbrev_types.txt, sent_starters.txt,
// collocations.tab and ortho_context.tab (or .tsv) in punkt_english/, punkt_tab/english/, english/
// or `from` itself. NotFound, or InvalidArgument with file, line and field.
absl::StatusOr<std::string> ReadPunktFiles(const std::string& from);

}  // namespace assay
