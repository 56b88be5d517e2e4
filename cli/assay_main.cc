// The one main: production clock, environment, signals and terminal, and then a verb.
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "cli/command_line.h"
#include "cli/commands/verbs.h"
#include "cli/context.h"
#include "common/base/log.h"
#include "common/runtime/system_clock.h"

namespace assay {
namespace {

std::atomic<int> interrupts{0};
int interrupt_pipe[2] = {-1, -1};

extern "C" void OnInterrupt(int) {
  const int saved = errno;
  interrupts.fetch_add(1);
  const char byte = 0;
  [[maybe_unused]] const auto written = ::write(interrupt_pipe[1], &byte, 1);
  errno = saved;
}

void CatchInterrupts() {
  if (::pipe(interrupt_pipe) != 0) std::abort();
  struct sigaction action = {};
  action.sa_handler = OnInterrupt;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

void WaitForInterrupt(int seen) {
  while (interrupts.load() <= seen) {
    struct pollfd waiting = {interrupt_pipe[0], POLLIN, 0};
    if (::poll(&waiting, 1, -1) > 0) {
      char byte;
      [[maybe_unused]] const auto read = ::read(interrupt_pipe[0], &byte, 1);
    }
  }
}

std::optional<std::string> FromEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

int TerminalColumns() {
  struct winsize size = {};
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  }
  const int columns = std::atoi(FromEnvironment("COLUMNS").value_or("100").c_str());
  return std::clamp(columns, 20, 1000);
}

std::optional<std::string> ReadLine() {
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

// Verbs that go on for a while and clean up when interrupted; the others just die.
bool EndsInOrder(const AnyVerb& verb) {
  return std::holds_alternative<RunVerb>(verb) || std::holds_alternative<QuickstartVerb>(verb) ||
         std::holds_alternative<RejudgeVerb>(verb) || std::holds_alternative<SimulateVerb>(verb) ||
         std::holds_alternative<NodeVerb>(verb);
}

int Dispatch(const CliContext& context, const AnyVerb& verb) {
  return std::visit(
      [&](const auto& options) {
        using Verb = std::decay_t<decltype(options)>;
        if constexpr (std::is_same_v<Verb, ResultsVerb>) {
          if (!options.cluster.coordinators.empty()) return ClusterResultsCommand(context, options);
        }
        if constexpr (std::is_same_v<Verb, ReportVerb>) {
          if (!options.cluster.coordinators.empty()) return ClusterReportCommand(context, options);
        }
        if constexpr (std::is_same_v<Verb, RejudgeVerb>) {
          if (!options.cluster.coordinators.empty()) return ClusterRejudgeCommand(context, options);
        }
        if constexpr (std::is_same_v<Verb, FsckVerb>) {
          if (!options.blob_dir.empty()) return ClusterFsckCommand(context, options);
        }
        if constexpr (std::is_same_v<Verb, RunVerb>) return RunCommand(context, options);
        if constexpr (std::is_same_v<Verb, QuickstartVerb>) {
          return QuickstartCommand(context, options);
        }
        if constexpr (std::is_same_v<Verb, ImportVerb>) return ImportCommand(context, options);
        if constexpr (std::is_same_v<Verb, BenchmarksVerb>) {
          return BenchmarksCommand(context, options);
        }
        if constexpr (std::is_same_v<Verb, ValidateVerb>) return ValidateCommand(context, options);
        if constexpr (std::is_same_v<Verb, ResultsVerb>) return ResultsCommand(context, options);
        if constexpr (std::is_same_v<Verb, ReportVerb>) return ReportCommand(context, options);
        if constexpr (std::is_same_v<Verb, RejudgeVerb>) return RejudgeCommand(context, options);
        if constexpr (std::is_same_v<Verb, RunsListVerb>) return RunsListCommand(context, options);
        if constexpr (std::is_same_v<Verb, RunsDeleteVerb>) {
          return RunsDeleteCommand(context, options);
        }
        if constexpr (std::is_same_v<Verb, SimulateVerb>) return SimulateCommand(context, options);
        if constexpr (std::is_same_v<Verb, FsckVerb>) return FsckCommand(context, options);
        if constexpr (std::is_same_v<Verb, NodeVerb>) return NodeCommand(context, options);
        if constexpr (std::is_same_v<Verb, SubmitVerb>) return SubmitCommand(context, options);
        if constexpr (std::is_same_v<Verb, StatusVerb>) return StatusCommand(context, options);
        if constexpr (std::is_same_v<Verb, WatchVerb>) return WatchCommand(context, options);
        if constexpr (std::is_same_v<Verb, ControlVerb>) return ControlRunCommand(context, options);
        if constexpr (std::is_same_v<Verb, ExportVerb>) return ExportCommand(context, options);
        if constexpr (std::is_same_v<Verb, RebuildVerb>) return RebuildCommand(context, options);
      },
      verb);
}

int Main(int argc, char** argv) {
  auto parsed = ParseCommandLine(std::vector<std::string>(argv + 1, argv + argc));
  if (const auto* leave = std::get_if<PrintAndExit>(&parsed)) {
    std::cout << leave->out << std::flush;
    std::cerr << leave->err << std::flush;
    return leave->exit_code;
  }
  const auto& line = std::get<CommandLine>(parsed);
  // Warnings say in log lines what the verbs say in words; roles have nothing but the log.
  const bool role = std::holds_alternative<NodeVerb>(line.verb);
  SetLogLevel(line.verbosity == 0   ? (role ? LogLevel::kInfo : LogLevel::kError)
              : line.verbosity == 1 ? LogLevel::kInfo
                                    : LogLevel::kDebug);
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  Console console({.err_is_terminal = terminal,
                   .colour = terminal && FromEnvironment("NO_COLOR").value_or("").empty(),
                   .columns = TerminalColumns});
  SystemClock clock;
  Random random(SystemSeed());
  if (EndsInOrder(line.verb)) CatchInterrupts();
  CliContext context;
  context.clock = &clock;
  context.environment = FromEnvironment;
  context.interrupts = [] { return interrupts.load(); };
  context.wait_for_interrupt = WaitForInterrupt;
  context.read_line = ReadLine;
  context.program = argv[0];
  context.random = &random;
  context.console = &console;
  return Dispatch(context, line.verb);
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Main(argc, argv); }
