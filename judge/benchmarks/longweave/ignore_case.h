// re.IGNORECASE of Python for ASCII patterns. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace assay::longweave {

// Where `word` ends in `text` when it stands at `at`, letters compared without case as Python's re
// does: also U+017F for s, U+0130 and U+0131 for i, U+212A for k. REQUIRES: `word` is lower case
// ASCII.
std::optional<std::size_t> EndOfWord(std::string_view text, std::size_t at, std::string_view word);

// Offset behind the white space (\s) at `at`.
std::size_t SkipSpace(std::string_view text, std::size_t at);

}  // namespace assay::longweave
