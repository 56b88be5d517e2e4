// Unicode normalisation, by ICU. Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// NFKC with format characters (category Cf: zero-width spaces, joiners, bidirectional marks) left
// out and ends stripped of white space: for comparing names that a model wrote with the names that
// were meant. Invalid bytes become U+FFFD.
std::string NormalizeForMatch(std::string_view text);

}  // namespace assay
