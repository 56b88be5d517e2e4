// What a RunProgram call asks and what its reply says, as text. Step machines write the one and
// read the other; a sandbox does the opposite. Pure functions, thread-safe.
//
// The stdin of the call is a JSON document
//   {"source": TEXT, "cases": [{"stdin": TEXT, "stdout_sha256": HEX}, ...]}
// and argv is empty: what to run is the profile's. The program is compiled once and run on the
// cases in order, up to the first whose output is not the expected one. The text of the reply is
//   {"compiled": BOOL, "compiler_output": TEXT,
//    "cases": [{"ended": "exited", "code": 0, "stdout_bytes": 2, "stdout_sha256": HEX,
//               "stdout": TEXT, "right": BOOL}, ...]}
// with "ended" one of exited, signalled (code: the signal), timed_out, too_much_output, and texts
// cut to what is worth showing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/v1/unit.pb.h"

namespace assay {

struct ProgramCase {
  std::string input;
  std::string output_sha256;  // hex, of all that it must write to stdout
};

struct ProgramRequest {
  std::string source;
  std::vector<ProgramCase> cases;
};

inline constexpr std::size_t kMaxProgramBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxProgramCases = 64;
inline constexpr std::size_t kMaxCaseBytes = std::size_t{16} << 20;

enum class ProgramEnd { kExited, kSignalled, kTimedOut, kTooMuchOutput };

struct ProgramCaseReport {
  ProgramEnd end = ProgramEnd::kExited;
  int code = 0;  // exit code, or signal
  std::int64_t stdout_bytes = 0;
  std::string stdout_sha256;
  std::string stdout_head;  // its beginning
  bool right = false;
};

struct ProgramReport {
  bool compiled = false;
  std::string compiler_output;           // its beginning
  std::vector<ProgramCaseReport> cases;  // the last one may be wrong
};

// The call's request. `timeout_s` per case; 0: as the profile has it.
v1::RunProgram MakeRunProgram(std::string_view profile, const ProgramRequest& request,
                              double timeout_s);

// What of a request counts for the identity of a call: all of it.
std::string ProgramBody(const v1::RunProgram& program);

// InvalidArgument: it is not such a document, or over a limit.
absl::StatusOr<ProgramRequest> ReadProgramRequest(const v1::RunProgram& program);

std::string WriteProgramReport(const ProgramReport& report);

// InvalidArgument: it is not such a text.
absl::StatusOr<ProgramReport> ReadProgramReport(std::string_view text);

}  // namespace assay
