#include "common/sandbox/cell_process.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace assay {
namespace {

enum Step {
  kNobody,
  kFiles,
  kPrivateMounts,
  kRoot,
  kShowPath,
  kWorkFolder,
  kEnterRoot,
  kSource,
  kPrivileges,
  kCommand,
  kSteps,
};

constexpr std::array<const char*, kSteps> kStepNames = {
    "becoming nobody",         "closing files",         "making mounts private",
    "mounting an empty root",  "showing a system path", "mounting the work folder",
    "entering the empty root", "writing the source",    "giving up privileges",
    "starting a command"};

constexpr char kNewRoot[] = "/tmp";  // anything that is there; the empty root is mounted over it
constexpr char kWork[] = "/work";

[[noreturn]] void Leave(const CellPlan& plan, Step step, int error) {
  CellReport report;
  report.kind = CellReport::kFailed;
  report.step = step;
  report.error = error;
  (void)::send(plan.control, &report, sizeof report, MSG_NOSIGNAL);
  ::_exit(1);
}

void Must(const CellPlan& plan, Step step, bool worked) {
  if (!worked) Leave(plan, step, errno);
}

void CloseAllBut(const std::vector<int>& kept) {
  unsigned from = 0;
  for (const int fd : kept) {
    const auto next = static_cast<unsigned>(fd);
    if (next > from) (void)::syscall(SYS_close_range, from, next - 1, 0U);
    from = next + 1;
  }
  (void)::syscall(SYS_close_range, from, ~0U, 0U);
}

void ForgetSignals() {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// "/usr" + "/bin" within `out`; false when it is too long.
template <std::size_t N>
bool Join(std::array<char, N>& out, const char* head, const char* tail) {
  std::size_t at = 0;
  for (const char* part : {head, tail}) {
    for (; *part != '\0'; ++part) {
      if (at + 1 >= N) return false;
      out[at++] = *part;
    }
  }
  out[at] = '\0';
  return true;
}

// Of the new mount and all below it: what the host allows, less this.
bool Restrict(const char* path, std::uint64_t attributes, unsigned flags) {
  mount_attr attr = {};
  attr.attr_set = attributes;
  return ::syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &attr, sizeof attr) == 0;
}

bool ShowPath(const CellPath& path) {
  std::array<char, 512> target;
  if (!Join(target, kNewRoot, path.path.c_str())) {
    errno = ENAMETOOLONG;
    return false;
  }
  // Its parents first.
  for (std::size_t i = sizeof kNewRoot; target[i] != '\0'; ++i) {
    if (target[i] != '/') continue;
    target[i] = '\0';
    if (::mkdir(target.data(), 0755) != 0 && errno != EEXIST) return false;
    target[i] = '/';
  }
  switch (path.kind) {
    case CellPath::Kind::kLink:
      return ::symlink(path.link_text.c_str(), target.data()) == 0;
    case CellPath::Kind::kFile: {
      const int fd = ::open(target.data(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
      if (fd < 0) return false;
      ::close(fd);
      return ::mount(path.path.c_str(), target.data(), nullptr, MS_BIND, nullptr) == 0;
    }
    case CellPath::Kind::kFolder:
      if (::mkdir(target.data(), 0755) != 0 && errno != EEXIST) return false;
      return ::mount(path.path.c_str(), target.data(), nullptr, MS_BIND | MS_REC, nullptr) == 0 &&
             Restrict(target.data(), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
                      AT_RECURSIVE);
  }
  return false;
}

// Where the root is one that cannot be exchanged (an initial ram disk), it is covered instead.
bool EnterRoot() {
  if (::chdir(kNewRoot) != 0) return false;
  if (::syscall(SYS_pivot_root, ".", ".") == 0) return ::umount2(".", MNT_DETACH) == 0;
  return errno == EINVAL && ::mount(kNewRoot, "/", nullptr, MS_MOVE, nullptr) == 0 &&
         ::chroot(".") == 0;
}

void MakeFileSystem(const CellPlan& plan) {
  Must(plan, kPrivateMounts, ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
  Must(plan, kRoot,
       ::mount("assay", kNewRoot, "tmpfs", MS_NOSUID | MS_NODEV,
               "size=1m,nr_inodes=64,mode=0755") == 0);
  for (const CellPath& path : plan.paths) Must(plan, kShowPath, ShowPath(path));
  std::array<char, 64> work;
  std::array<char, 96> options;
  (void)Join(work, kNewRoot, kWork);
  (void)std::snprintf(options.data(), options.size(), "size=%llu,nr_inodes=512,mode=0700",
                      static_cast<unsigned long long>(plan.disk_bytes));
  Must(plan, kWorkFolder, ::mkdir(work.data(), 0700) == 0);
  Must(plan, kWorkFolder,
       ::mount("assay", work.data(), "tmpfs", MS_NOSUID | MS_NODEV, options.data()) == 0);
  Must(plan, kWorkFolder, Restrict(kNewRoot, MOUNT_ATTR_RDONLY, 0));
  Must(plan, kEnterRoot, EnterRoot() && ::chdir(kWork) == 0);
}

void WriteSource(const CellPlan& plan) {
  const int fd = ::open(plan.source_file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  Must(plan, kSource, fd >= 0);
  std::size_t done = 0;
  while (done < plan.source.size()) {
    const ssize_t wrote = ::write(fd, plan.source.data() + done, plan.source.size() - done);
    Must(plan, kSource, wrote > 0);
    done += static_cast<std::size_t>(wrote);
  }
  ::close(fd);
}

void GiveUpPrivileges(const CellPlan& plan) {
  for (int capability = 0; capability <= 63; ++capability) {
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) break;  // the last one there is
  }
  __user_cap_header_struct header = {};
  header.version = _LINUX_CAPABILITY_VERSION_3;
  const std::array<__user_cap_data_struct, 2> none = {};
  Must(plan, kPrivileges, ::syscall(SYS_capset, &header, none.data()) == 0);
  Must(plan, kPrivileges, ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  // Commands have the same user: they may not look into this process.
  Must(plan, kPrivileges, ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
}

bool Limit(int resource, std::uint64_t soft, std::uint64_t hard) {
  rlimit limit = {};
  limit.rlim_cur = soft;
  limit.rlim_max = hard;
  return ::syscall(SYS_prlimit64, 0, resource, &limit, nullptr) == 0;
}

bool SetLimits(const CommandLimits& limits) {
  const auto cpu_s = static_cast<std::uint64_t>(limits.cpu_s + 0.999);
  constexpr std::uint64_t kStack = std::uint64_t{8} << 20;
  return Limit(RLIMIT_CPU, cpu_s, cpu_s + 1) && Limit(RLIMIT_CORE, 0, 0) &&
         Limit(RLIMIT_AS, limits.memory_bytes, limits.memory_bytes) &&
         Limit(RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes) &&
         Limit(RLIMIT_NOFILE, limits.open_files, limits.open_files) &&
         Limit(RLIMIT_NPROC, limits.processes + 1, limits.processes + 1) &&
         Limit(RLIMIT_STACK, kStack, kStack) && Limit(RLIMIT_MEMLOCK, 0, 0) &&
         Limit(RLIMIT_MSGQUEUE, 0, 0);
}

// In the command's own process; comes back only when it could not be started.
void Become(const CellPlan& plan, const CellCommand& command, int input) {
  (void)::setsid();
  const int errors = command.errors_to_output ? plan.output : ::open("/dev/null", O_WRONLY);
  if (errors < 0 || ::dup2(input, 0) < 0 || ::dup2(errors, 2) < 0 || ::dup2(plan.output, 1) < 0) {
    return;
  }
  (void)::lseek(0, 0, SEEK_SET);
  // The rest goes when the program begins; until then a failure is reported.
  (void)::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  if (!SetLimits(command.limits)) return;
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &plan.filter, 0, 0) != 0) return;
  ::execve(command.argv[0], command.argv.data(), command.environment.data());
}

// Kills all that is left and takes their ends; the status of `command` is among them.
void EndAll(pid_t command, CellReport& report) {
  while (true) {
    (void)::kill(-1, SIGKILL);  // everything in this namespace but this process
    int status = 0;
    rusage usage = {};
    const auto ended =
        static_cast<pid_t>(::syscall(SYS_wait4, -1, &status, WNOHANG | __WALL, &usage));
    if (ended < 0) return;  // nobody is left
    if (ended == 0) (void)::poll(nullptr, 0, 1);
    if (ended != command) continue;
    report.status = status;
    const auto micros = [](const timeval& time) {
      return std::int64_t{time.tv_sec} * 1000000 + time.tv_usec;
    };
    report.cpu_us = micros(usage.ru_utime) + micros(usage.ru_stime);
  }
}

void AwaitEnd(const CellPlan& plan, int command_fd) {
  std::array<pollfd, 2> events = {pollfd{plan.control, POLLIN, 0}, pollfd{command_fd, POLLIN, 0}};
  while (true) {
    if (::poll(events.data(), events.size(), -1) < 0 && errno != EINTR) return;
    if (events[1].revents != 0) return;
    if (events[0].revents == 0) continue;
    CellOrder order;
    if (::recv(plan.control, &order, sizeof order, 0) != sizeof order) ::_exit(0);
    if (order.command < 0) return;
  }
}

CellReport RunCommand(const CellPlan& plan, const CellOrder& order) {
  CellReport report;
  report.step = kCommand;
  std::array<int, 2> failure = {-1, -1};  // has the error of a command that could not be started
  int command_fd = -1;
  if (::pipe2(failure.data(), O_CLOEXEC) != 0) Leave(plan, kCommand, errno);
  const auto command =
      static_cast<pid_t>(::syscall(SYS_clone, static_cast<unsigned long>(CLONE_PIDFD | SIGCHLD),
                                   nullptr, &command_fd, nullptr, nullptr));
  if (command < 0) Leave(plan, kCommand, errno);
  if (command == 0) {
    Become(plan, plan.commands[static_cast<std::size_t>(order.command)],
           plan.inputs[static_cast<std::size_t>(order.input)]);
    const int error = errno;
    (void)!::write(failure[1], &error, sizeof error);
    ::_exit(127);
  }
  ::close(failure[1]);
  AwaitEnd(plan, command_fd);
  report.kind = CellReport::kEnded;
  EndAll(command, report);
  if (::read(failure[0], &report.error, sizeof report.error) == sizeof report.error) {
    report.kind = CellReport::kFailed;
  }
  ::close(failure[0]);
  ::close(command_fd);
  return report;
}

}  // namespace

const char* CellStepName(int step) {
  return step >= 0 && step < kSteps ? kStepNames[static_cast<std::size_t>(step)] : "unknown";
}

void RunCellProcess(const CellPlan& plan) {
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  CloseAllBut(plan.kept);
  ForgetSignals();
  char mapped = 0;  // the parent has said which users there are
  if (::recv(plan.control, &mapped, 1, 0) != 1) ::_exit(0);
  (void)::syscall(SYS_setgroups, 0, nullptr);  // not allowed where nothing is to be given up
  Must(plan, kNobody, ::syscall(SYS_setresgid, kCellUser, kCellUser, kCellUser) == 0);
  Must(plan, kNobody, ::syscall(SYS_setresuid, kCellUser, kCellUser, kCellUser) == 0);
  (void)::setpriority(PRIO_PROCESS, 0, 10);
  MakeFileSystem(plan);
  WriteSource(plan);
  GiveUpPrivileges(plan);
  // Set again: a change of user takes it back.
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  CellReport report;
  report.kind = CellReport::kReady;
  CellOrder order;
  do {
    if (::send(plan.control, &report, sizeof report, MSG_NOSIGNAL) != sizeof report) break;
    do {  // an order to end what has ended by itself is late
      if (::recv(plan.control, &order, sizeof order, 0) != sizeof order) ::_exit(0);
    } while (order.command < 0);
    report = RunCommand(plan, order);
  } while (true);
  ::_exit(0);
}

}  // namespace assay
