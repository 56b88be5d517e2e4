// A sandbox for one program: namespaces of its own, a file system in memory that is gone with it,
// limits, a filter of system calls (cell_process.h). Everything that runs in it is killed when this
// object goes, or this process, or the thread that opened it. Used by one thread, which it blocks;
// Interrupt may come from any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sandbox/program_profile.h"

namespace assay {

struct CellOptions {
  std::string_view source_file;
  std::string_view source;
  std::vector<std::string_view> inputs;  // what commands may have as stdin
  std::vector<const ProgramCommand*> commands;
  int wake_fd = -1;  // readable: give up, whatever runs (an eventfd); -1: none
};

struct CommandEnd {
  bool signalled = false;
  bool timed_out = false;
  bool too_much_output = false;
  int code = 0;  // exit code, or signal
};

class SandboxCell {
 public:
  // The limits of options.commands are those of their runs. FailedPrecondition: this host has no
  // such namespaces, or does not let us have them; the message says what failed. Unavailable: it
  // did not work this time. Aborted: woken.
  static absl::StatusOr<std::unique_ptr<SandboxCell>> Open(const CellOptions& options);

  ~SandboxCell();
  SandboxCell(const SandboxCell&) = delete;
  SandboxCell& operator=(const SandboxCell&) = delete;

  // Runs options.commands[command] with options.inputs[input] as its stdin and waits until it and
  // all that it started are gone. `output` gets what it writes, in pieces, up to its limit.
  // Unavailable: the sandbox broke. Aborted: woken. After an error the cell is of no more use.
  absl::StatusOr<CommandEnd> Run(int command, int input,
                                 const std::function<void(std::string_view)>& output);

 private:
  struct State;
  explicit SandboxCell(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace assay
