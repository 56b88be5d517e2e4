#include "common/sandbox/syscall_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace assay {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;
#endif

// Numbers from here on are those of another calling convention (x32).
constexpr std::uint32_t kForeignCalls = 0x40000000;

constexpr std::uint32_t kNamespaceFlags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC |
                                          CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
                                          CLONE_NEWCGROUP;

constexpr long kAllowed[] = {
    // files
    SYS_read,
    SYS_write,
    SYS_pread64,
    SYS_pwrite64,
    SYS_readv,
    SYS_writev,
    SYS_openat,
    SYS_close,
    SYS_close_range,
    SYS_lseek,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_getcwd,
    SYS_chdir,
    SYS_renameat2,
    SYS_mkdirat,
    SYS_unlinkat,
    SYS_readlinkat,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_umask,
    SYS_ftruncate,
    SYS_truncate,
    SYS_fcntl,
    SYS_dup,
    SYS_dup3,
    SYS_pipe2,
    SYS_getdents64,
    SYS_utimensat,
    SYS_fsync,
    SYS_fdatasync,
    SYS_copy_file_range,
    SYS_sendfile,
    SYS_ioctl,
    SYS_ppoll,
    SYS_pselect6,
    SYS_statfs,
    SYS_fstatfs,
    SYS_fadvise64,
    SYS_flock,
    // memory
    SYS_brk,
    SYS_mmap,
    SYS_munmap,
    SYS_mprotect,
    SYS_mremap,
    SYS_madvise,
    // processes and threads
    SYS_execve,
    SYS_exit,
    SYS_exit_group,
    SYS_wait4,
    SYS_waitid,
    SYS_kill,
    SYS_tgkill,
    SYS_getpid,
    SYS_gettid,
    SYS_getppid,
    SYS_getpgid,
    SYS_setpgid,
    SYS_getsid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getgroups,
    SYS_getrusage,
    SYS_times,
    SYS_prlimit64,
    SYS_set_tid_address,
    SYS_set_robust_list,
    SYS_futex,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_getpriority,
    SYS_rseq,
    SYS_membarrier,
    SYS_restart_syscall,
    // signals and time
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_rt_sigsuspend,
    SYS_rt_sigpending,
    SYS_rt_sigtimedwait,
    SYS_sigaltstack,
    SYS_setitimer,
    SYS_getitimer,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_gettimeofday,
    // the rest
    SYS_getrandom,
    SYS_uname,
    SYS_sysinfo,
#if defined(__x86_64__)
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_rename,
    SYS_renameat,
    SYS_mkdir,
    SYS_rmdir,
    SYS_unlink,
    SYS_readlink,
    SYS_chmod,
    SYS_dup2,
    SYS_pipe,
    SYS_poll,
    SYS_select,
    SYS_fork,
    SYS_vfork,
    SYS_getpgrp,
    SYS_arch_prctl,
    SYS_time,
    SYS_alarm,
    SYS_pause,
    SYS_getrlimit,
    SYS_setrlimit,
#endif
};

constexpr std::uint32_t kRefused = SECCOMP_RET_ERRNO | ENOSYS;

sock_filter Load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

sock_filter Return(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }

// Goes on behind the next instruction unless the loaded word passes the test.
sock_filter SkipUnless(std::uint16_t test, std::uint32_t value) {
  return BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), value, 0, 1);
}

}  // namespace

std::vector<sock_filter> MakeSyscallFilter() {
  if (kArchitecture == 0) return {};
  std::vector<sock_filter> filter = {
      Load(offsetof(seccomp_data, arch)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
      Return(SECCOMP_RET_KILL_PROCESS),   Load(offsetof(seccomp_data, nr)),
      SkipUnless(BPF_JGE, kForeignCalls), Return(SECCOMP_RET_KILL_PROCESS),
  };
  for (const long number : kAllowed) {
    filter.push_back(SkipUnless(BPF_JEQ, static_cast<std::uint32_t>(number)));
    filter.push_back(Return(SECCOMP_RET_ALLOW));
  }
  // clone without new namespaces; clone3 passes its flags where a filter cannot look, and fails.
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 1, 0));
  filter.push_back(Return(kRefused));
  filter.push_back(Load(offsetof(seccomp_data, args)));  // little-endian: its lower half
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kNamespaceFlags, 0, 1));
  filter.push_back(Return(SECCOMP_RET_ERRNO | EPERM));
  filter.push_back(Return(SECCOMP_RET_ALLOW));
  return filter;
}

}  // namespace assay
