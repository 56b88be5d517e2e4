#include "cli/context.h"

namespace assay {
namespace {

void Write(std::FILE* file, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
  std::fflush(file);
}

}  // namespace

void Console::Say(std::string_view text) { Write(json_ ? options_.err : options_.out, text); }

void Console::Record(std::string_view json) {
  if (json_) Write(options_.out, std::string(json) + "\n");
}

void Console::Print(std::string_view text) { Write(options_.out, text); }

void Console::Warn(std::string_view text) { Write(options_.err, text); }

int ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kCancelled:
      return kExitInterrupted;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return kExitInfrastructure;
    default:
      return kExitUsage;
  }
}

std::string SuitesFolder(const CliContext& context) {
  if (const auto home = context.environment("ASSAY_HOME"); home.value_or("") != "") {
    return *home + "/suites";
  }
  const auto home = context.environment("HOME");
  return home.value_or("") != "" ? *home + "/.assay/suites" : ".assay/suites";
}

int Fail(const CliContext& context, std::string_view verb, const absl::Status& status,
         int exit_code) {
  context.console->Warn("assay " + std::string(verb) + ": " + std::string(MessageOf(status)) +
                        "\n");
  return exit_code >= 0 ? exit_code : ExitCodeOf(status);
}

}  // namespace assay
