// Where a word may begin or end: what "as a whole word" means wherever a text is looked for. Pure,
// thread-safe.
#pragma once

#include <cstddef>
#include <string_view>

namespace assay {

// False where what stands before `at` and what stands behind it belong together: two letters of a
// script that is written with blanks (marks go with their letter), two digits, or two parts of one
// number ("10" does not end in "10.5" and "10,000"; it does in "10km" and in "10.11.2025").
// Chinese, Japanese, Korean, Thai and the like have an edge between any two letters. True at both
// ends. REQUIRES: at is no place inside a character.
bool IsWordEdge(std::string_view text, std::size_t at);

}  // namespace assay
