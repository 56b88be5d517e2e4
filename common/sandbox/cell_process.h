// The process that keeps a sandbox: first process of namespaces of its own (users, processes,
// mounts, network, IPC, names), cloned from a thread of ours without exec. It shuts itself in, then
// runs commands as its parent orders and reports how they ended. All that it needs was prepared
// before the clone; it allocates nothing, takes no lock and calls nothing but the kernel.
//
// What it sees of the host is /usr (and the libraries beside it), read-only, and /dev/null; what it
// can write is a file system in memory that goes when it goes. When it is killed the kernel kills
// all that runs in it.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/sandbox/program_profile.h"

namespace assay {

inline constexpr unsigned kCellUser = 1000;  // user and group, inside

// A part of the host that is shown inside.
struct CellPath {
  enum class Kind { kFolder, kFile, kLink };
  Kind kind = Kind::kFolder;
  std::string path;       // the same inside, absolute
  std::string link_text;  // of a link
};

// A command as execve and setrlimit want it.
struct CellCommand {
  std::vector<char*> argv;  // with the null at the end
  std::vector<char*> environment;
  bool errors_to_output = false;
  CommandLimits limits;
};

struct CellPlan {
  int control = -1;         // a socket that keeps messages apart
  int output = -1;          // write end of the pipe for stdout
  std::vector<int> inputs;  // files for stdin
  std::vector<int> kept;    // all of these, sorted: the others are closed
  std::vector<CellPath> paths;
  std::string source_file;
  std::string source;
  std::uint64_t disk_bytes = 0;  // of the file system in memory
  std::vector<CellCommand> commands;
  sock_fprog filter = {};
};

// From the parent: run commands[command] with inputs[input] as stdin, or (command < 0) end the one
// that runs.
struct CellOrder {
  int command = -1;
  int input = -1;
};

// To the parent.
struct CellReport {
  enum Kind { kReady, kEnded, kFailed };
  int kind = kFailed;
  int step = 0;    // kFailed: of kCellSteps
  int error = 0;   // kFailed: errno
  int status = 0;  // kEnded: as of waitpid
  std::int64_t cpu_us = 0;
};

// What failed, in words.
const char* CellStepName(int step);

// Ends with the process. REQUIRES: it runs in the clone.
[[noreturn]] void RunCellProcess(const CellPlan& plan);

}  // namespace assay
