// LongProc's pseudocode to code: what of an answer is compiled, and which test cases it is run on
// (reference longgenbench-longproc-longweave-longeval.md 2.3). Compiling and running is the
// sandbox's. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/unit.pb.h"
#include "common/sandbox/program_report.h"

namespace assay {

// Test cases beyond these are never run.
inline constexpr std::size_t kLongProcTestCases = 10;

// The code of the answer, between its first ```cpp (or ```c++) and its last ```; nullopt: none.
std::optional<std::string> CodeOf(std::string_view reply);

// A whole program: the headers that the prompt promises, then `code`.
std::string ProgramOf(std::string_view code);

struct LongProcTestCase {
  std::vector<std::string> input;   // lines of stdin
  std::vector<std::string> output;  // lines of stdout, to the byte
};

// The call that compiles `code` and runs it on the first test cases.
v1::RunProgram MakeTestRun(std::string_view code, const std::vector<LongProcTestCase>& cases);

// Whether the program was right on the test cases, of which it has `cases` in all. How it ended
// does not count, nor what it wrote to stderr.
bool AllCasesRight(const ProgramReport& report, std::size_t cases);

}  // namespace assay
