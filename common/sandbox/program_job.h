// One program from its call to its reply: compiled, and run on its cases, in a sandbox. Blocks;
// thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/sandbox/program_profile.h"
#include "common/sandbox/program_runner.h"

namespace assay {

// Ends early when `wake_fd` is readable.
ProgramResult RunProgramJob(const v1::RunProgram& program, const std::string& compiler,
                            int wake_fd);

// What the profile's compiler says of its version, in a sandbox, e.g. "12.2.0".
// FailedPrecondition: it cannot be run there, and why.
absl::StatusOr<std::string> CompilerVersion(const ProgramProfile& profile);

}  // namespace assay
