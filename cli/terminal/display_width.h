// How many terminal columns a text takes: CJK and emoji take two, combining marks none. Names of
// models and samples are data, so they pass EscapeForTerminal first. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// Columns of `utf8`, which holds no control characters; an invalid byte counts as one column.
// Widths follow East Asian Width W and F of Unicode 14; ambiguous characters count as one.
int DisplayWidth(std::string_view utf8);

// `utf8` if it fits into `columns`; else as much of its beginning as fits, followed by "…".
std::string FitToWidth(std::string_view utf8, int columns);

// Padded with spaces to `columns`; returned as it is when wider.
std::string PadRight(std::string_view utf8, int columns);
std::string PadLeft(std::string_view utf8, int columns);

}  // namespace assay
