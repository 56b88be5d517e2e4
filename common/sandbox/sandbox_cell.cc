#include "common/sandbox/sandbox_cell.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/sandbox/cell_process.h"
#include "common/sandbox/syscall_filter.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kNamespaces =
    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
constexpr unsigned kNobody = 65534;
constexpr auto kOpenLimit = std::chrono::seconds(20);
// For killing what was ordered to end; then the whole cell is killed.
constexpr auto kEndLimit = std::chrono::seconds(5);

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::string ErrnoText(int error) { return std::strerror(error); }

absl::Status NotNow(std::string_view what) {
  return Unavailable(absl::StrCat("sandbox: ", std::string(what), ": ", ErrnoText(errno)));
}

// A file in memory that nobody can change, at its beginning.
absl::StatusOr<Descriptor> InputFile(std::string_view content) {
  Descriptor file(static_cast<int>(
      ::syscall(SYS_memfd_create, "assay-input", MFD_CLOEXEC | MFD_ALLOW_SEALING)));
  if (!file.valid()) return NotNow("a file for input");
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t wrote = ::write(file.get(), content.data() + done, content.size() - done);
    if (wrote <= 0) return NotNow("writing the input");
    done += static_cast<std::size_t>(wrote);
  }
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (::fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) return NotNow("sealing the input");
  return file;
}

bool WriteProcFile(pid_t pid, const char* name, const std::string& text) {
  const Descriptor file(
      ::open(absl::StrCat("/proc/", pid, "/", name).c_str(), O_WRONLY | O_CLOEXEC));
  return file.valid() &&
         ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// Who the inside's only user and group are outside: nobody where we may choose, so that a limit on
// processes holds and root's files are not its own; else ourselves.
bool MapUsers(pid_t pid) {
  const auto line = [](unsigned outside) { return absl::StrCat(kCellUser, " ", outside, " 1\n"); };
  if (::geteuid() == 0 && WriteProcFile(pid, "gid_map", line(kNobody))) {
    return WriteProcFile(pid, "uid_map", line(kNobody));
  }
  return WriteProcFile(pid, "setgroups", "deny") &&
         WriteProcFile(pid, "gid_map", line(::getegid())) &&
         WriteProcFile(pid, "uid_map", line(::geteuid()));
}

std::vector<CellPath> SystemPaths() {
  namespace fs = std::filesystem;
  std::vector<CellPath> paths;
  const auto add = [&](const char* path) {
    std::error_code error;
    if (fs::is_symlink(path, error)) {
      const fs::path text = fs::read_symlink(path, error);
      if (!error) paths.push_back({CellPath::Kind::kLink, path, text.string()});
    } else if (fs::is_directory(path, error)) {
      paths.push_back({CellPath::Kind::kFolder, path, ""});
    } else if (fs::exists(path, error)) {
      paths.push_back({CellPath::Kind::kFile, path, ""});
    }
  };
  for (const char* path : {"/usr", "/bin", "/lib", "/lib64", "/etc/alternatives", "/dev/null"}) {
    add(path);
  }
  return paths;
}

CellCommand PlannedCommand(const ProgramCommand& command) {
  CellCommand planned;
  for (const char* argument : command.argv) planned.argv.push_back(const_cast<char*>(argument));
  planned.argv.push_back(nullptr);
  for (const char* entry : command.environment) {
    planned.environment.push_back(const_cast<char*>(entry));
  }
  planned.environment.push_back(nullptr);
  planned.errors_to_output = command.errors_to_output;
  planned.limits = command.limits;
  return planned;
}

std::chrono::milliseconds Left(Clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

}  // namespace

struct SandboxCell::State {
  pid_t pid = -1;
  Descriptor process;  // pidfd
  Descriptor control;
  Descriptor output;
  int wake_fd = -1;
  std::vector<CommandLimits> limits;

  ~State();
  absl::StatusOr<std::vector<Descriptor>> MakeChannels(const std::vector<std::string_view>& inputs,
                                                       CellPlan& plan);
  absl::Status StartProcess(const CellPlan& plan);
  // What came first: a report, an end of the cell, the wake, or nothing in time (nullopt).
  // `on_output` is called for what is written meanwhile.
  absl::StatusOr<std::optional<CellReport>> Await(Clock::time_point until,
                                                  const std::function<bool()>& on_output);
  // Reads what is there; false at its end or when there is nothing now.
  bool ReadOutput(const std::function<void(std::string_view)>& take);
  bool Order(const CellOrder& order) const {
    return ::send(control.get(), &order, sizeof order, MSG_NOSIGNAL) == sizeof order;
  }
};

SandboxCell::State::~State() {
  if (pid < 0) return;
  (void)::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
  siginfo_t info;
  while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | __WALL) != 0 && errno == EINTR) {
  }
}

bool SandboxCell::State::ReadOutput(const std::function<void(std::string_view)>& take) {
  std::array<char, 65536> buffer;
  const ssize_t got = ::read(output.get(), buffer.data(), buffer.size());
  if (got <= 0) return got < 0 && errno == EINTR;
  take(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
  return true;
}

absl::StatusOr<std::optional<CellReport>> SandboxCell::State::Await(
    Clock::time_point until, const std::function<bool()>& on_output) {
  bool reading = true;
  while (true) {
    std::array<pollfd, 4> events = {pollfd{control.get(), POLLIN, 0},
                                    pollfd{process.get(), POLLIN, 0}, pollfd{wake_fd, POLLIN, 0},
                                    pollfd{reading ? output.get() : -1, POLLIN, 0}};
    const int ready = ::poll(events.data(), events.size(), static_cast<int>(Left(until).count()));
    if (ready < 0 && errno != EINTR) return NotNow("waiting");
    if (ready == 0) return std::optional<CellReport>();
    if (ready < 0) continue;
    if (events[2].revents != 0) return Aborted("cancelled");
    if (events[3].revents != 0) reading = on_output();
    if (events[0].revents != 0) {
      CellReport report;
      if (::recv(control.get(), &report, sizeof report, MSG_DONTWAIT) == sizeof report) {
        return std::optional(report);
      }
    }
    if (events[1].revents != 0) return Unavailable("sandbox: its first process ended");
  }
}

// The ends of sockets and pipes that the cell keeps; they may be closed here once it was cloned.
absl::StatusOr<std::vector<Descriptor>> SandboxCell::State::MakeChannels(
    const std::vector<std::string_view>& inputs, CellPlan& plan) {
  std::vector<Descriptor> inner;
  std::array<int, 2> sockets;
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    return NotNow("a socket pair");
  }
  control = Descriptor(sockets[0]);
  inner.emplace_back(plan.control = sockets[1]);
  std::array<int, 2> pipe;
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return NotNow("a pipe");
  output = Descriptor(pipe[0]);
  inner.emplace_back(plan.output = pipe[1]);
  if (::fcntl(output.get(), F_SETFL, O_NONBLOCK) != 0) return NotNow("a pipe");
  for (const std::string_view input : inputs) {
    ASSAY_ASSIGN_OR_RETURN(Descriptor file, InputFile(input));
    plan.inputs.push_back(file.get());
    inner.push_back(std::move(file));
  }
  for (const Descriptor& kept : inner) plan.kept.push_back(kept.get());
  std::sort(plan.kept.begin(), plan.kept.end());
  return inner;
}

absl::Status SandboxCell::State::StartProcess(const CellPlan& plan) {
  if (plan.filter.len == 0) {
    return FailedPrecondition("sandbox: there is no filter of system calls for this processor");
  }
  int process_fd = -1;
  clone_args args = {};
  args.flags = kNamespaces | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uintptr_t>(&process_fd);
  const auto started = static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
  if (started == 0) RunCellProcess(plan);
  if (started < 0) {
    if (errno == EAGAIN || errno == ENOMEM) return NotNow("a new process");
    return FailedPrecondition(absl::StrCat(
        "sandbox: the kernel gives no namespaces of users, processes, mounts and network: ",
        ErrnoText(errno)));
  }
  pid = started;
  process = Descriptor(process_fd);
  if (!MapUsers(pid)) {
    return FailedPrecondition(absl::StrCat("sandbox: mapping users: ", ErrnoText(errno)));
  }
  constexpr char kMapped = 1;
  if (::send(control.get(), &kMapped, 1, MSG_NOSIGNAL) != 1) return NotNow("its first message");
  return absl::OkStatus();
}

SandboxCell::SandboxCell(std::unique_ptr<State> state) : state_(std::move(state)) {}

SandboxCell::~SandboxCell() = default;

absl::StatusOr<std::unique_ptr<SandboxCell>> SandboxCell::Open(const CellOptions& options) {
  auto state = std::make_unique<State>();
  CellPlan plan;
  plan.source_file = options.source_file;
  plan.source = options.source;
  std::vector<sock_filter> filter = MakeSyscallFilter();
  plan.filter = {static_cast<unsigned short>(filter.size()), filter.data()};
  plan.paths = SystemPaths();
  for (const ProgramCommand* command : options.commands) {
    plan.commands.push_back(PlannedCommand(*command));
    plan.disk_bytes = std::max(plan.disk_bytes, 2 * command->limits.file_bytes);
    state->limits.push_back(command->limits);
  }
  ASSAY_ASSIGN_OR_RETURN(const std::vector<Descriptor> inner,
                         state->MakeChannels(options.inputs, plan));
  state->wake_fd = options.wake_fd;
  ASSAY_RETURN_IF_ERROR(state->StartProcess(plan));
  ASSAY_ASSIGN_OR_RETURN(const std::optional<CellReport> report,
                         state->Await(Clock::now() + kOpenLimit, [] { return false; }));
  if (!report) return Unavailable("sandbox: it did not open in time");
  if (report->kind != CellReport::kReady) {
    return FailedPrecondition(
        absl::StrCat("sandbox: ", CellStepName(report->step), ": ", ErrnoText(report->error)));
  }
  return std::unique_ptr<SandboxCell>(new SandboxCell(std::move(state)));
}

absl::StatusOr<CommandEnd> SandboxCell::Run(int command, int input,
                                            const std::function<void(std::string_view)>& output) {
  State& state = *state_;
  const CommandLimits& limits = state.limits.at(static_cast<std::size_t>(command));
  CommandEnd end;
  std::uint64_t written = 0;
  const auto take = [&](std::string_view piece) {
    const std::uint64_t room = limits.output_bytes - std::min(limits.output_bytes, written);
    written += piece.size();
    if (room > 0) output(piece.substr(0, room));
    if (written > limits.output_bytes && !std::exchange(end.too_much_output, true)) {
      (void)state.Order({});
    }
  };
  const auto read = [&] { return state.ReadOutput(take); };
  if (!state.Order({command, input})) return NotNow("an order");
  const auto by_the_clock = std::chrono::duration<double>(limits.cpu_s * kClockFactor);
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(by_the_clock);
  ASSAY_ASSIGN_OR_RETURN(std::optional<CellReport> report, state.Await(until, read));
  if (!report) {
    end.timed_out = true;
    (void)state.Order({});
    ASSAY_ASSIGN_OR_RETURN(report, state.Await(Clock::now() + kEndLimit, read));
    if (!report) return Unavailable("sandbox: what runs in it does not end");
  }
  while (read()) {  // nobody writes any more
  }
  if (report->kind != CellReport::kEnded) {
    return Unavailable(
        absl::StrCat("sandbox: ", CellStepName(report->step), ": ", ErrnoText(report->error)));
  }
  end.signalled = WIFSIGNALED(report->status);
  end.code = end.signalled ? WTERMSIG(report->status) : WEXITSTATUS(report->status);
  const bool spent = static_cast<double>(report->cpu_us) >= 0.95e6 * limits.cpu_s;
  const bool by_limit = end.code == SIGXCPU || (end.code == SIGKILL && spent);
  end.timed_out = end.timed_out || (end.signalled && by_limit);
  return end;
}

}  // namespace assay
