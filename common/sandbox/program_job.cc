#include "common/sandbox/program_job.h"

#include <chrono>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/digest.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/sandbox/program_report.h"
#include "common/sandbox/sandbox_cell.h"

namespace assay {
namespace {

constexpr std::size_t kShownBytes = 2048;  // of what a compiler or a program wrote
constexpr std::size_t kMessageBytes = 500;

v1::Error ErrorOf(v1::ErrorClass error_class, std::string_view message) {
  v1::Error error;
  error.set_error_class(error_class);
  error.set_message(EscapeForTerminal(message, kMessageBytes));
  return error;
}

v1::Error ErrorOf(const absl::Status& status) {
  return ErrorOf(absl::IsAborted(status) ? v1::ERROR_CLASS_CANCELLED : v1::ERROR_CLASS_INFRA,
                 MessageOf(status));
}

// Keeps the beginning of what it is given, and hashes all.
class Output {
 public:
  void Take(std::string_view piece) {
    bytes_ += static_cast<std::int64_t>(piece.size());
    hash_.Update(piece);
    if (head_.size() < kShownBytes) head_ += piece.substr(0, kShownBytes - head_.size());
  }
  const std::string& head() const { return head_; }
  std::int64_t bytes() const { return bytes_; }
  std::string FinishHash() { return hash_.FinishHex(); }

 private:
  std::int64_t bytes_ = 0;
  std::string head_;
  Sha256Stream hash_;
};

ProgramCaseReport ReportOf(const CommandEnd& end, Output& output) {
  ProgramCaseReport report;
  report.end = end.too_much_output ? ProgramEnd::kTooMuchOutput
               : end.timed_out     ? ProgramEnd::kTimedOut
               : end.signalled     ? ProgramEnd::kSignalled
                                   : ProgramEnd::kExited;
  report.code = end.code;
  report.stdout_bytes = output.bytes();
  report.stdout_sha256 = output.FinishHash();
  report.stdout_head = output.head();
  return report;
}

absl::StatusOr<ProgramReport> CompileAndRun(const ProgramProfile& profile,
                                            const ProgramRequest& request, double timeout_s,
                                            int wake_fd) {
  ProgramCommand run = profile.run;
  if (timeout_s > 0) run.limits.cpu_s = timeout_s;
  CellOptions options = {.source_file = profile.source_file,
                         .source = request.source,
                         .inputs = {""},
                         .commands = {&profile.compile, &run},
                         .wake_fd = wake_fd};
  for (const ProgramCase& one : request.cases) options.inputs.push_back(one.input);
  ASSAY_ASSIGN_OR_RETURN(const std::unique_ptr<SandboxCell> cell, SandboxCell::Open(options));
  ProgramReport report;
  Output said;
  ASSAY_ASSIGN_OR_RETURN(const CommandEnd compiled,
                         cell->Run(0, 0, [&](std::string_view piece) { said.Take(piece); }));
  report.compiled =
      !compiled.signalled && !compiled.timed_out && !compiled.too_much_output && compiled.code == 0;
  report.compiler_output = said.head();
  if (!report.compiled) return report;
  for (std::size_t i = 0; i < request.cases.size(); ++i) {
    Output output;
    ASSAY_ASSIGN_OR_RETURN(
        const CommandEnd end,
        cell->Run(1, static_cast<int>(i) + 1, [&](std::string_view piece) { output.Take(piece); }));
    ProgramCaseReport& one = report.cases.emplace_back(ReportOf(end, output));
    const bool whole = one.end == ProgramEnd::kExited || one.end == ProgramEnd::kSignalled;
    one.right = whole && one.stdout_sha256 == request.cases[i].output_sha256;
    if (!one.right) break;
  }
  return report;
}

}  // namespace

ProgramResult RunProgramJob(const v1::RunProgram& program, const std::string& compiler,
                            int wake_fd) {
  const auto began = std::chrono::steady_clock::now();
  const ProgramProfile* profile = FindProgramProfile(program.image());
  if (profile == nullptr) {
    return ErrorOf(v1::ERROR_CLASS_REQUEST,
                   absl::StrCat("there is no program profile \"", program.image(), "\""));
  }
  const absl::StatusOr<ProgramRequest> request = ReadProgramRequest(program);
  if (!request.ok()) {
    return ErrorOf(v1::ERROR_CLASS_REQUEST,
                   absl::StrCat("run_program: ", std::string(MessageOf(request.status()))));
  }
  const absl::StatusOr<ProgramReport> report =
      CompileAndRun(*profile, *request, program.timeout_s(), wake_fd);
  if (!report.ok()) return ErrorOf(report.status());
  v1::Reply reply;
  reply.set_text(WriteProgramReport(*report));
  reply.set_finish_reason("stop");
  reply.set_model(absl::StrCat(program.image(), "/", compiler));
  const auto took = std::chrono::steady_clock::now() - began;
  reply.mutable_timings()->set_first_token_ms(-1);
  reply.mutable_timings()->set_total_ms(
      std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
  return reply;
}

absl::StatusOr<std::string> CompilerVersion(const ProgramProfile& profile) {
  const CellOptions options = {.source_file = profile.source_file,
                               .source = "",
                               .inputs = {""},
                               .commands = {&profile.version}};
  absl::StatusOr<std::unique_ptr<SandboxCell>> cell = SandboxCell::Open(options);
  if (!cell.ok()) return FailedPrecondition(MessageOf(cell.status()));
  Output said;
  const absl::StatusOr<CommandEnd> end =
      (*cell)->Run(0, 0, [&](std::string_view piece) { said.Take(piece); });
  const std::string command = profile.version.argv[0];
  if (!end.ok()) {
    return FailedPrecondition(
        absl::StrCat(std::string(MessageOf(end.status())), " (", command, ")"));
  }
  if (end->signalled || end->timed_out || end->code != 0) {
    return FailedPrecondition(
        absl::StrCat("sandbox: ", command, " fails: ", EscapeForTerminal(said.head(), 200)));
  }
  std::string version = said.head();
  while (!version.empty() && version.back() == '\n') version.pop_back();
  return version;
}

}  // namespace assay
