#include "common/sandbox/program_report.h"

#include <array>
#include <utility>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/json/json.h"

namespace assay {
namespace {

constexpr std::array<std::pair<ProgramEnd, const char*>, 4> kEnds = {
    {{ProgramEnd::kExited, "exited"},
     {ProgramEnd::kSignalled, "signalled"},
     {ProgramEnd::kTimedOut, "timed_out"},
     {ProgramEnd::kTooMuchOutput, "too_much_output"}}};

const Json* Find(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

absl::StatusOr<std::string> TextOf(const Json& object, const char* name) {
  const Json* value = Find(object, name);
  if (value == nullptr || !value->is_string()) {
    return InvalidArgument(std::string(name) + ": expected a text");
  }
  return value->get<std::string>();
}

absl::StatusOr<bool> BoolOf(const Json& object, const char* name) {
  const Json* value = Find(object, name);
  if (value == nullptr || !value->is_boolean()) {
    return InvalidArgument(std::string(name) + ": expected true or false");
  }
  return value->get<bool>();
}

absl::StatusOr<std::int64_t> WholeOf(const Json& object, const char* name) {
  const Json* value = Find(object, name);
  if (value == nullptr || !value->is_number_integer()) {
    return InvalidArgument(std::string(name) + ": expected a whole number");
  }
  return value->get<std::int64_t>();
}

absl::StatusOr<const Json*> ListOf(const Json& object, const char* name) {
  const Json* value = Find(object, name);
  if (value == nullptr || !value->is_array()) {
    return InvalidArgument(std::string(name) + ": expected a list");
  }
  return value;
}

absl::StatusOr<ProgramCaseReport> ReadCase(const Json& json) {
  ProgramCaseReport report;
  ASSAY_ASSIGN_OR_RETURN(const std::string ended, TextOf(json, "ended"));
  bool known = false;
  for (const auto& [end, name] : kEnds) {
    if (ended != name) continue;
    report.end = end;
    known = true;
  }
  if (!known) return InvalidArgument("ended: expected exited, signalled, timed_out, ...");
  ASSAY_ASSIGN_OR_RETURN(const std::int64_t code, WholeOf(json, "code"));
  report.code = static_cast<int>(code);
  ASSAY_ASSIGN_OR_RETURN(report.stdout_bytes, WholeOf(json, "stdout_bytes"));
  ASSAY_ASSIGN_OR_RETURN(report.stdout_sha256, TextOf(json, "stdout_sha256"));
  ASSAY_ASSIGN_OR_RETURN(report.stdout_head, TextOf(json, "stdout"));
  ASSAY_ASSIGN_OR_RETURN(report.right, BoolOf(json, "right"));
  return report;
}

}  // namespace

v1::RunProgram MakeRunProgram(std::string_view profile, const ProgramRequest& request,
                              double timeout_s) {
  OrderedJson cases = OrderedJson::array();
  for (const ProgramCase& one : request.cases) {
    cases.push_back(OrderedJson{{"stdin", one.input}, {"stdout_sha256", one.output_sha256}});
  }
  v1::RunProgram program;
  program.set_image(std::string(profile));
  program.set_stdin(DumpJson(OrderedJson{{"source", request.source}, {"cases", std::move(cases)}}));
  program.set_timeout_s(timeout_s);
  return program;
}

std::string ProgramBody(const v1::RunProgram& program) {
  FieldHasher hasher("assay.program.1");
  hasher.Add(program.image());
  for (const std::string& argument : program.argv()) hasher.Add(argument);
  hasher.Add("stdin").Add(program.stdin()).Add(std::to_string(program.timeout_s()));
  return hasher.FinishHex();
}

absl::StatusOr<ProgramRequest> ReadProgramRequest(const v1::RunProgram& program) {
  if (program.argv_size() > 0) return InvalidArgument("argv: what to run is the profile's");
  if (!(program.timeout_s() >= 0 && program.timeout_s() <= 600)) {
    return InvalidArgument("timeout_s: expected a number from 0 to 600");
  }
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(program.stdin()));
  ProgramRequest request;
  ASSAY_ASSIGN_OR_RETURN(request.source, TextOf(json, "source"));
  if (request.source.size() > kMaxProgramBytes) {
    return InvalidArgument("source: over " + std::to_string(kMaxProgramBytes) + " bytes");
  }
  ASSAY_ASSIGN_OR_RETURN(const Json* cases, ListOf(json, "cases"));
  if (cases->size() > kMaxProgramCases) {
    return InvalidArgument("cases: more than " + std::to_string(kMaxProgramCases));
  }
  for (const Json& one : *cases) {
    ProgramCase& read = request.cases.emplace_back();
    ASSAY_ASSIGN_OR_RETURN(read.input, TextOf(one, "stdin"));
    ASSAY_ASSIGN_OR_RETURN(read.output_sha256, TextOf(one, "stdout_sha256"));
    if (read.input.size() > kMaxCaseBytes) {
      return InvalidArgument("stdin: over " + std::to_string(kMaxCaseBytes) + " bytes");
    }
  }
  return request;
}

std::string WriteProgramReport(const ProgramReport& report) {
  OrderedJson cases = OrderedJson::array();
  for (const ProgramCaseReport& one : report.cases) {
    cases.push_back(OrderedJson{{"ended", kEnds.at(static_cast<std::size_t>(one.end)).second},
                                {"code", one.code},
                                {"stdout_bytes", one.stdout_bytes},
                                {"stdout_sha256", one.stdout_sha256},
                                {"stdout", one.stdout_head},
                                {"right", one.right}});
  }
  return DumpJson(OrderedJson{{"compiled", report.compiled},
                              {"compiler_output", report.compiler_output},
                              {"cases", std::move(cases)}});
}

absl::StatusOr<ProgramReport> ReadProgramReport(std::string_view text) {
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  ProgramReport report;
  ASSAY_ASSIGN_OR_RETURN(report.compiled, BoolOf(json, "compiled"));
  ASSAY_ASSIGN_OR_RETURN(report.compiler_output, TextOf(json, "compiler_output"));
  ASSAY_ASSIGN_OR_RETURN(const Json* cases, ListOf(json, "cases"));
  for (const Json& one : *cases) {
    ASSAY_ASSIGN_OR_RETURN(ProgramCaseReport read, ReadCase(one));
    report.cases.push_back(std::move(read));
  }
  return report;
}

}  // namespace assay
