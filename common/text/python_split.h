// str.split, str.splitlines and int(str) of Python 3.11, as official scorers take texts apart.
// Parts are views of `text`; a byte that is no UTF-8 separates nothing. Pure functions,
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace assay {

// str.split(): maximal runs of what is not white space.
std::vector<std::string_view> PythonSplit(std::string_view text);

// len(str.split()).
std::int64_t CountPythonWords(std::string_view text);

// str.split(separator): one part more than there are separators. REQUIRES: !separator.empty().
std::vector<std::string_view> PythonSplit(std::string_view text, std::string_view separator);

// str.splitlines(): also at \v, \f, \x1c..\x1e, U+0085, U+2028 and U+2029; the ends are left out.
std::vector<std::string_view> PythonSplitLines(std::string_view text);

// int(str): white space around it, a sign, "_" between digits, digits of any script; nullopt where
// Python raises ValueError, more than 4,300 digits among it. A value outside of the type becomes
// the nearest one in it.
std::optional<std::int64_t> PythonInt(std::string_view text);

}  // namespace assay
