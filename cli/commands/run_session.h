// Takes a run that is stored from where it stands to its end: progress, signals, result files, the
// table, the exit code. Used by every verb that runs something. Main thread.
#pragma once

#include <optional>
#include <string>

#include "assay/v1/spec.pb.h"
#include "cli/context.h"

namespace assay {

struct SessionOptions {
  std::string run_folder;
  std::string verb = "run";  // for messages
  bool retry_errors = false;
  bool resumed = false;
  std::optional<int> metrics_port;
  v1::RunSpec spec;  // of the run: its endpoints say how many calls may run at once
};

// Returns the exit code of the process.
int RunToItsEnd(const CliContext& context, const SessionOptions& options);

// "assay run --resume ID [-o DIR]": what to type to go on with a run.
std::string ResumeCommand(const CliContext& context, const std::string& run_folder);

}  // namespace assay
