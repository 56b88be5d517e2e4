// LongProc's pseudocode to code: what of an answer is compiled, and which test cases it is run on
// (reference longgenbench-longproc-longweave-longeval.md 2.3). Compiling and running is the
// sandbox's. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Test cases beyond these are never run.
inline constexpr std::size_t kLongProcTestCases = 10;
inline constexpr double kLongProcCaseSeconds = 3;

// The code of the answer, between its first ```cpp (or ```c++) and its last ```; nullopt: none.
std::optional<std::string> CodeOf(std::string_view reply);

// A whole program: the headers that the prompt promises, then `code`.
std::string ProgramOf(std::string_view code);

// The text of a test case's lines: each ends in a line end, one that has no lines is one.
std::string CaseText(const std::vector<std::string>& lines);

}  // namespace assay
