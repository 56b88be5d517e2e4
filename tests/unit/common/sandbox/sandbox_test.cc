// Programs that mean harm, in the real sandbox: each is contained, and the machine is as before.
// Skips, with the reason printed, where the kernel gives no namespaces.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iostream>
#include <thread>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/sandbox/program_job.h"
#include "common/sandbox/program_report.h"
#include "tests/unit/common/sandbox/host_processes.h"

namespace assay {
namespace {

using testing::HasSubstr;

constexpr char kHead[] = R"(
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <string>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>
)";

double SecondsSince(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto version = CompilerVersion(*FindProgramProfile(kCpp11TestCases));
    if (version.ok()) return;
    std::cout << "SKIPPED: " << MessageOf(version.status()) << "\n";
    GTEST_SKIP() << version.status();
  }

  // Whatever a program did, nothing of it is left.
  void TearDown() override { EXPECT_TRUE(DescendantsOf(getpid()).empty()); }

  static ProgramReport Report(const ProgramResult& result) {
    if (const auto* error = std::get_if<v1::Error>(&result)) {
      ADD_FAILURE() << error->message();
      return {};
    }
    const auto report = ReadProgramReport(std::get<v1::Reply>(result).text());
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : ProgramReport{};
  }

  static ProgramReport Run(const std::string& body, std::vector<ProgramCase> cases,
                           double timeout_s = 1) {
    const ProgramRequest request = {kHead + body, std::move(cases)};
    return Report(RunProgramJob(MakeRunProgram(kCpp11TestCases, request, timeout_s), "test", -1));
  }

  // The only case of a program that compiles, whatever it writes.
  static ProgramCaseReport RunOnce(const std::string& main_body, double timeout_s = 1) {
    const ProgramReport report = Run("int main() {" + main_body + "}", {{"", ""}}, timeout_s);
    EXPECT_TRUE(report.compiled) << report.compiler_output;
    return report.cases.size() == 1 ? report.cases[0] : ProgramCaseReport{};
  }
};

TEST_F(SandboxTest, RunsCasesUpToTheFirstThatIsWrong) {
  const ProgramReport report =
      Run("int main() { int a, b; std::cin >> a >> b; std::cout << a + b << std::endl; return a; }",
          {{"1 2\n", Sha256Hex("3\n")},
           {"0 0\n", Sha256Hex("0\n")},
           {"2 2\n", Sha256Hex("5\n")},
           {"3 3\n", Sha256Hex("6\n")}});
  ASSERT_EQ(report.cases.size(), 3u);
  EXPECT_TRUE(report.cases[0].right);
  EXPECT_EQ(report.cases[0].code, 1);
  EXPECT_EQ(report.cases[0].stdout_head, "3\n");
  EXPECT_TRUE(report.cases[1].right);
  EXPECT_FALSE(report.cases[2].right);
  EXPECT_EQ(report.cases[2].stdout_sha256, Sha256Hex("4\n"));
}

TEST_F(SandboxTest, SaysWhatTheCompilerSays) {
  const ProgramReport report = Run("int main() { return 0 }", {{"", ""}});
  EXPECT_FALSE(report.compiled);
  EXPECT_TRUE(report.cases.empty());
  EXPECT_THAT(report.compiler_output, HasSubstr("expected"));
}

TEST_F(SandboxTest, ALargeInputArrivesWholeAndAgainForEachCase) {
  const std::string input(3 << 20, 'x');
  const ProgramReport report =
      Run("int main() { std::string s; std::cin >> s; std::cout << s.size() << std::endl; }",
          {{input, Sha256Hex("3145728\n")}, {"yy", Sha256Hex("2\n")}, {"", Sha256Hex("0\n")}});
  ASSERT_EQ(report.cases.size(), 3u);
  EXPECT_TRUE(report.cases[2].right);
}

TEST_F(SandboxTest, ACrashIsReported) {
  const ProgramCaseReport segv = RunOnce("volatile int* p = 0; return *p;");
  EXPECT_EQ(segv.end, ProgramEnd::kSignalled);
  EXPECT_EQ(segv.code, SIGSEGV);
}

TEST_F(SandboxTest, AnEndlessLoopIsStoppedByItsOwnTime) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(RunOnce("while (true) {}").end, ProgramEnd::kTimedOut);
  EXPECT_LT(SecondsSince(began), 10);
}

TEST_F(SandboxTest, ALoopThatHoldsOutAgainstTheFirstSignalIsKilled) {
  const ProgramCaseReport report = RunOnce("signal(SIGXCPU, SIG_IGN); while (true) {}");
  EXPECT_EQ(report.end, ProgramEnd::kTimedOut);
}

TEST_F(SandboxTest, OneThatMerelyWaitsIsStoppedByTheClock) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(RunOnce("pause();").end, ProgramEnd::kTimedOut);
  EXPECT_GE(SecondsSince(began), 1 * kClockFactor);
  EXPECT_LT(SecondsSince(began), 15);
}

TEST_F(SandboxTest, AForkBombIsSmallAndEnds) {
  const auto began = std::chrono::steady_clock::now();
  const ProgramCaseReport report = RunOnce("while (true) fork();");
  EXPECT_NE(report.end, ProgramEnd::kExited);
  EXPECT_LT(SecondsSince(began), 20);
}

TEST_F(SandboxTest, ProcessesAreCountedAndGoWithTheCase) {
  const ProgramReport report =
      Run("int main() { int n = 0; for (int i = 0; i < 50; ++i) {"
          " const int pid = fork(); if (pid == 0) { setsid(); for (;;) pause(); }"
          " if (pid > 0) ++n; } std::cout << n << std::endl; }",
          {{"", Sha256Hex("3\n")}, {"", Sha256Hex("3\n")}});
  ASSERT_EQ(report.cases.size(), 2u) << report.cases[0].stdout_head;
  EXPECT_TRUE(report.cases[1].right);  // those of the first are gone
}

TEST_F(SandboxTest, EndlessOutputIsCutAndCostsNoMemory) {
  rusage before;
  getrusage(RUSAGE_SELF, &before);
  const auto began = std::chrono::steady_clock::now();
  const ProgramCaseReport report = RunOnce(
      "static char b[1 << 16]; for (long n = 0; n < (10L << 30); n += sizeof b) "
      "if (write(1, b, sizeof b) < 0) return 1;");
  EXPECT_EQ(report.end, ProgramEnd::kTooMuchOutput);
  EXPECT_LT(SecondsSince(began), 10);
  rusage after;
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 * 1024);
}

TEST_F(SandboxTest, MemoryIsLimited) {
  const ProgramCaseReport report = RunOnce(
      "std::size_t got = 0; while (char* p = (char*)malloc(16 << 20)) {"
      " memset(p, 1, 16 << 20); got += 16; } std::cout << (got < 1100) << got << std::endl;",
      10);
  EXPECT_EQ(report.end, ProgramEnd::kExited);
  EXPECT_THAT(report.stdout_head, testing::StartsWith("1"));
}

TEST_F(SandboxTest, DiskIsLimited) {
  const ProgramCaseReport report = RunOnce(
      "signal(SIGXFSZ, SIG_IGN); static char b[1 << 20]; long total = 0;"
      " for (int f = 0; f < 1000; ++f) { char name[20]; sprintf(name, \"f%d\", f);"
      " int fd = open(name, O_CREAT | O_WRONLY, 0600); if (fd < 0) break; ssize_t n;"
      " while ((n = write(fd, b, sizeof b)) > 0) total += n; close(fd);"
      " if (n < 0 && errno == ENOSPC) break; }"
      " std::cout << (total <= (200L << 20)) << ' ' << total << std::endl;",
      10);
  EXPECT_EQ(report.end, ProgramEnd::kExited);
  EXPECT_THAT(report.stdout_head, testing::StartsWith("1 "));
}

TEST_F(SandboxTest, ThereIsNoNetwork) {
  const ProgramCaseReport report = RunOnce(
      "for (int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK}) {"
      " const int fd = socket(family, SOCK_DGRAM, 0);"
      " std::cout << (fd < 0 ? strerror(errno) : \"open\") << '\\n'; }");
  EXPECT_EQ(report.stdout_head,
            "Function not implemented\nFunction not implemented\n"
            "Function not implemented\nFunction not implemented\n");
}

TEST_F(SandboxTest, NothingOutsideItsFolderCanBeWritten) {
  const std::string outside = testing::TempDir() + "assay-escape-" + std::to_string(getpid());
  const ProgramCaseReport report = RunOnce(
      "const char* paths[] = {\"" + outside +
      "\", \"/escape\", \"/usr/escape\", \"/usr/bin/g++\", \"/etc/passwd\", \"/dev/escape\","
      " \"/tmp/escape\", \"../escape\", \"/proc/self/mem\", \"inside\"};"
      " for (const char* path : paths) {"
      " const int fd = open(path, O_CREAT | O_WRONLY, 0600);"
      " if (fd >= 0) std::cout << path << '\\n'; }"
      " if (unlink(\"/usr/bin/g++\") == 0 || rename(\"/usr\", \"/x\") == 0) std::cout << "
      "\"gone\";");
  EXPECT_EQ(report.stdout_head, "inside\n");
  EXPECT_FALSE(std::filesystem::exists(outside));
}

TEST_F(SandboxTest, ASecretOfTheHostIsNotThere) {
  const std::string secret = testing::TempDir() + "assay-secret-" + std::to_string(getpid());
  std::ofstream(secret) << "swordfish";
  ASSERT_EQ(setenv("ASSAY_TEST_API_KEY", "swordfish", 1), 0);
  const int open_here = open(secret.c_str(), O_RDONLY);  // not O_CLOEXEC
  const ProgramReport report =
      Run("extern char** environ; int main() {"
          " for (const char* path : {\"" +
              secret +
              "\", \"/etc/passwd\", \"/etc/shadow\", \"/proc\","
              " \"/root\", \"/home\", \"/sys\", \"/var\"}) {"
              " if (access(path, F_OK) == 0) std::cout << path << '\\n'; }"
              " for (char** e = environ; *e != 0; ++e) std::cout << *e << '\\n';"
              " for (int fd = 3; fd < 1024; ++fd) if (fcntl(fd, F_GETFD) >= 0) std::cout << fd << "
              "'\\n'; }",
          {{"", Sha256Hex("")}});
  close(open_here);
  std::filesystem::remove(secret);
  ASSERT_EQ(report.cases.size(), 1u);
  EXPECT_EQ(report.cases[0].stdout_head, "");
}

TEST_F(SandboxTest, TheCompilerSeesNoMoreThanTheProgram) {
  const std::string secret = testing::TempDir() + "assay-source-" + std::to_string(getpid());
  std::ofstream(secret) << "int swordfish;\n";
  const ProgramReport include = Run("#include \"" + secret + "\"\nint main() {}", {});
  EXPECT_FALSE(include.compiled);
  EXPECT_THAT(include.compiler_output, HasSubstr("No such file"));
  const ProgramReport assembled =
      Run("asm(\".incbin \\\"" + secret + "\\\"\");\nint main() {}", {});
  EXPECT_FALSE(assembled.compiled);
  std::filesystem::remove(secret);
  EXPECT_FALSE(Run("#include \"/dev/zero\"\nint main() {}", {}).compiled);
  EXPECT_FALSE(Run("#include \"program.cc\"\nint main() {}", {}).compiled);
  EXPECT_FALSE(Run("char large[400 << 20] = {1};\nint main() {}", {}).compiled);
}

TEST_F(SandboxTest, SignalsReachNobodyElse) {
  const pid_t victim = fork();
  if (victim == 0) {
    for (;;) pause();
  }
  const ProgramCaseReport report =
      RunOnce("const int victims[] = {" + std::to_string(victim) + ", " + std::to_string(getpid()) +
              ", 1, -1}; int reached = 0;"
              " signal(SIGTERM, SIG_IGN);"
              " for (int i = 0; i < 2; ++i) if (kill(victims[i], SIGKILL) == 0) ++reached;"
              " kill(1, SIGKILL); kill(1, SIGSTOP); kill(-1, SIGTERM);"
              " std::cout << reached << (getpid() < 100) << \" alive\" << std::endl;");
  EXPECT_EQ(report.stdout_head, "01 alive\n");
  EXPECT_TRUE(AnyAlive({victim}));
  kill(victim, SIGKILL);
  waitpid(victim, nullptr, 0);
}

TEST_F(SandboxTest, NoPrivilegeIsToBeHad) {
  const ProgramCaseReport report = RunOnce(
      "auto failed = [](const char* what, long result) {"
      " if (result >= 0) std::cout << what << '\\n'; };"
      " failed(\"mount\", mount(\"x\", \"/work\", \"tmpfs\", 0, 0));"
      " failed(\"unshare\", syscall(SYS_unshare, 0x10000000));"
      " failed(\"clone\", syscall(SYS_clone, 0x10000000 | 17, 0, 0, 0, 0));"
      " failed(\"setuid\", setuid(0)); failed(\"chroot\", chroot(\".\"));"
      " failed(\"ptrace\", ptrace(PTRACE_ATTACH, 1, 0, 0));"
      " failed(\"memory\", syscall(SYS_process_vm_readv, 1, 0, 0, 0, 0, 0));"
      " failed(\"memfd\", syscall(SYS_memfd_create, \"x\", 0));"
      " failed(\"keys\", syscall(SYS_keyctl, 0, 0, 0, 0, 0));"
      " failed(\"bpf\", syscall(SYS_bpf, 0, 0, 0));"
      " failed(\"uring\", syscall(SYS_io_uring_setup, 1, 0));"
      " failed(\"trace\", syscall(SYS_ptrace, 0, 0, 0, 0));"
      " std::cout << getuid() << ' ' << getgid() << std::endl;");
  EXPECT_EQ(report.stdout_head, "1000 1000\n");
}

TEST_F(SandboxTest, WhatAProgramLeavesBehindHoldsNothingUp) {
  const auto began = std::chrono::steady_clock::now();
  const ProgramCaseReport report = RunOnce(
      "if (fork() == 0) { setsid(); sleep(100); return 0; } std::cout << \"done\" << std::endl;",
      20);
  EXPECT_EQ(report.end, ProgramEnd::kExited);
  EXPECT_EQ(report.stdout_head, "done\n");
  EXPECT_LT(SecondsSince(began), 10);
}

TEST_F(SandboxTest, CallsThatCannotBeMadeAreRefused) {
  const auto refused = [](const v1::RunProgram& program) {
    const ProgramResult result = RunProgramJob(program, "test", -1);
    const auto* error = std::get_if<v1::Error>(&result);
    EXPECT_TRUE(error != nullptr && error->error_class() == v1::ERROR_CLASS_REQUEST);
    return error == nullptr ? "" : error->message();
  };
  v1::RunProgram program = MakeRunProgram("cobol", {}, 0);
  EXPECT_EQ(refused(program), "there is no program profile \"cobol\"");
  program = MakeRunProgram(kCpp11TestCases, {}, -1);
  EXPECT_EQ(refused(program), "run_program: timeout_s: expected a number from 0 to 600");
  program = MakeRunProgram(kCpp11TestCases, {}, 0);
  program.add_argv("rm");
  EXPECT_EQ(refused(program), "run_program: argv: what to run is the profile's");
  program.clear_argv();
  program.set_stdin("{\"source\": 5}");
  EXPECT_EQ(refused(program), "run_program: source: expected a text");
  program.set_stdin(std::string("{\"source\": \"\", \"cases\": [{\"stdin\": \"\"}]}"));
  EXPECT_EQ(refused(program), "run_program: stdout_sha256: expected a text");
}

// A service that is killed leaves nothing running.
TEST_F(SandboxTest, EverythingGoesWithTheProcessThatOpenedIt) {
  const pid_t service = fork();
  if (service == 0) {
    (void)Run("int main() { while (true) {} }", {{"", ""}}, 300);
    _exit(0);
  }
  std::set<pid_t> inside;
  for (int i = 0; i < 1000 && inside.size() < 2; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    inside = DescendantsOf(service);
  }
  ASSERT_GE(inside.size(), 2u);
  kill(service, SIGKILL);
  waitpid(service, nullptr, 0);
  for (int i = 0; i < 500 && AnyAlive(inside); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_FALSE(AnyAlive(inside));
}

// Mapped to itself, where the test is not root; here an unprivileged child tries.
TEST_F(SandboxTest, NeedsNoPrivilege) {
  if (geteuid() != 0) GTEST_SKIP() << "the other tests have shown it";
  const pid_t child = fork();
  if (child == 0) {
    if (setresgid(12345, 12345, 12345) != 0 || setresuid(12345, 12345, 12345) != 0) _exit(2);
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // as a process that never had another user
    const ProgramReport report =
        Run("int main() { std::cout << getuid() << std::endl; }", {{"", Sha256Hex("1000\n")}});
    _exit(report.compiled && report.cases.size() == 1 && report.cases[0].right ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace assay
