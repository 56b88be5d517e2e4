// Running programs that a model wrote. Whoever makes calls of step machines (common/agent) knows
// this interface; LinuxProgramRunner implements it. Below it there is no retry.
#pragma once

#include <cstdint>
#include <variant>

#include "assay/v1/unit.pb.h"
#include "common/base/executor.h"

namespace assay {

// A reply (its text: program_report.h), or why there is none: class request (the call can never
// be made: no such profile, not such a document), cancelled, or infra (the sandbox failed, not the
// program).
using ProgramResult = std::variant<v1::Reply, v1::Error>;

using ProgramRunId = std::uint64_t;

class ProgramRunner {
 public:
  virtual ~ProgramRunner() = default;

  // Queues the program, first come, first served. `done` runs exactly once, on the executor given
  // at construction, also after Cancel (class cancelled).
  virtual ProgramRunId Start(v1::RunProgram program, Callback<ProgramResult> done) = 0;

  // Kills it and all that it started. Unknown ids are ignored.
  virtual void Cancel(ProgramRunId id) = 0;
};

}  // namespace assay
