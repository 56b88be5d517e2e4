#include "judge/benchmarks/longproc/pseudo_to_code.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_join.h"
#include "common/base/digest.h"
#include "common/sandbox/program_profile.h"
#include "judge/benchmarks/longproc/answer_text.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, 18> kHeaders = {
    "cstdio",  "iostream", "vector",  "algorithm", "numeric", "cmath",
    "cstring", "set",      "map",     "queue",     "stack",   "list",
    "fstream", "climits",  "cassert", "iomanip",   "sstream", "bitset"};

constexpr std::string_view kOtherName = "```c++";
constexpr std::string_view kName = "```cpp";

constexpr double kCaseSeconds = 3;

std::string CaseText(const std::vector<std::string>& lines) {
  return absl::StrJoin(lines, "\n") + '\n';
}

}  // namespace

std::optional<std::string> CodeOf(std::string_view reply) {
  std::string text(reply);
  for (std::size_t at = text.find(kOtherName); at != std::string::npos;
       at = text.find(kOtherName, at)) {
    text.replace(at, kOtherName.size(), kName);
  }
  const std::optional<std::string_view> code = FencedPart(text, kName);
  if (!code) return std::nullopt;
  return std::string(*code);
}

std::string ProgramOf(std::string_view code) {
  std::string program;
  for (const std::string_view header : kHeaders) {
    program += "#include <";
    program += header;
    program += ">\n";
  }
  program += "using namespace std;\n";
  program += code;
  return program;
}

v1::RunProgram MakeTestRun(std::string_view code, const std::vector<LongProcTestCase>& cases) {
  ProgramRequest request = {.source = ProgramOf(code), .cases = {}};
  for (std::size_t i = 0; i < std::min(cases.size(), kLongProcTestCases); ++i) {
    request.cases.push_back({CaseText(cases[i].input), Sha256Hex(CaseText(cases[i].output))});
  }
  return MakeRunProgram(kCpp11TestCases, request, kCaseSeconds);
}

bool AllCasesRight(const ProgramReport& report, std::size_t cases) {
  return report.compiled && report.cases.size() == std::min(cases, kLongProcTestCases) &&
         std::all_of(report.cases.begin(), report.cases.end(),
                     [](const ProgramCaseReport& one) { return one.right; });
}

}  // namespace assay
