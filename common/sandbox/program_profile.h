// The ways in which a program may be run: a table, one entry each. Immutable, thread-safe.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace assay {

// Of one command and all that it starts. Memory and files are per process.
struct CommandLimits {
  double cpu_s = 0;  // its own time; by the clock it may take kClockFactor times as long
  std::uint64_t memory_bytes = 0;
  std::uint64_t file_bytes = 0;    // largest file
  std::uint64_t output_bytes = 0;  // of stdout
  unsigned processes = 0;          // at once, threads too
  unsigned open_files = 0;
};

// A busy machine must not make a right program wrong: the limit that counts is of its own time, and
// this many times as much by the clock ends those that merely wait.
inline constexpr double kClockFactor = 4;

struct ProgramCommand {
  std::vector<const char*> argv;  // argv[0] is a path
  std::vector<const char*> environment;
  bool errors_to_output = false;  // stderr goes where stdout goes; else nowhere
  CommandLimits limits;
};

struct ProgramProfile {
  std::string_view name;  // RunProgram.image
  const char* source_file;
  ProgramCommand version;  // prints the compiler's version; tried when the sandbox is opened
  ProgramCommand compile;
  ProgramCommand run;  // for each case; RunProgram.timeout_s, where given, is its cpu_s
};

const std::vector<ProgramProfile>& ProgramProfiles();

// nullptr: there is none.
const ProgramProfile* FindProgramProfile(std::string_view name);

// C++11 as LongProc compiles it: g++ -std=c++11 -O, 3 s each case.
inline constexpr std::string_view kCpp11TestCases = "cpp11-testcases";

}  // namespace assay
