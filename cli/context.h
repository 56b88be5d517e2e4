// What a verb is given by main: time, environment, signals and where to print. Main thread only,
// except where said otherwise.
#pragma once

#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/base/status.h"

namespace assay {

// Standard output for results, standard error for everything else. With --json standard output
// carries machine-readable records only.
class Console {
 public:
  struct Options {
    std::FILE* out = stdout;
    std::FILE* err = stderr;
    bool err_is_terminal = false;
    bool colour = false;
    std::function<int()> columns = [] { return 80; };  // of the terminal, now
  };

  explicit Console(Options options) : options_(std::move(options)) {}

  void UseJson(bool json) { json_ = json; }

  // Text for people: standard output, or standard error with --json.
  void Say(std::string_view text);
  // One record for programs, on a line of its own; nothing without --json.
  void Record(std::string_view json);
  // Results that were asked for: always standard output.
  void Print(std::string_view text);
  // Standard error.
  void Warn(std::string_view text);

  bool err_is_terminal() const { return options_.err_is_terminal; }
  bool colour() const { return options_.colour; }
  int columns() const { return options_.columns(); }

 private:
  Options options_;
  bool json_ = false;
};

struct CliContext {
  const Clock* clock = nullptr;
  // Thread-safe.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  // How many times SIGINT or SIGTERM arrived so far.
  std::function<int()> interrupts;
  // Returns once that is more than `seen`.
  std::function<void(int seen)> wait_for_interrupt;
  // A line typed by the user, without its end; nullopt at the end of standard input.
  std::function<std::optional<std::string>()> read_line;
  // How the user called this program, for commands that are printed.
  std::string program = "assay";
  // Seeds ids and the run secret.
  Random* random = nullptr;
  Console* console = nullptr;
};

enum ExitCode : int {
  kExitOk = 0,              // everything asked for was scored
  kExitLosses = 1,          // ended with losses that are printed; fsck: problems
  kExitUsage = 2,           // usage, spec or suite
  kExitInfrastructure = 3,  // endpoint, disk, folder in use
  kExitInterrupted = 130,
};

// What a failed status means before anything was started: input is to blame, unless its code says
// that the machine is.
int ExitCodeOf(const absl::Status& status);

// Prints "assay VERB: message" and returns ExitCodeOf, or `exit_code` when it is not negative.
int Fail(const CliContext& context, std::string_view verb, const absl::Status& status,
         int exit_code = -1);

// Where `assay import` writes and where suites are found by name: $ASSAY_HOME/suites, with
// ASSAY_HOME being ~/.assay unless set.
std::string SuitesFolder(const CliContext& context);

}  // namespace assay
