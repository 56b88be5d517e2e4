// ProgramRunner that shuts each program into a SandboxCell of its own. A few threads of its own
// compile and run; the executor's thread only queues and is told. Made and destroyed on the
// executor's thread; Start and Cancel may be called there only. Callbacks that have not been posted
// when it is destroyed never run.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/executor.h"
#include "common/sandbox/program_runner.h"

namespace assay {

struct ProgramRunnerOptions {
  int threads = 0;  // programs at once; 0: as many as there are processors, at most 8
};

class LinuxProgramRunner : public ProgramRunner {
 public:
  // Tries every profile first (its compiler says its version, within a sandbox).
  // FailedPrecondition: this host cannot shut programs in, or lacks a compiler, and what to do.
  static absl::StatusOr<std::unique_ptr<LinuxProgramRunner>> Make(
      Executor& executor, const ProgramRunnerOptions& options);

  ~LinuxProgramRunner() override;

  ProgramRunId Start(v1::RunProgram program, Callback<ProgramResult> done) override;
  void Cancel(ProgramRunId id) override;

 private:
  class Pool;
  explicit LinuxProgramRunner(std::unique_ptr<Pool> pool);
  std::unique_ptr<Pool> pool_;
};

}  // namespace assay
