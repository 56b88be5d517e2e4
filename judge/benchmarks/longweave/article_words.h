// Words as LongWeave counts and cuts them: matches of \b\w+\b. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assay::longweave {

std::int64_t CountWords(std::string_view text);

// As CountWords of the lower-cased text, which differs where a letter becomes two characters.
std::int64_t CountWordsWithoutCase(std::string_view text);

// The first `limit` words with a space between them: punctuation and line ends are lost.
std::string FirstWords(std::string_view text, std::int64_t limit);

}  // namespace assay::longweave
