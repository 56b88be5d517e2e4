// The assay binary as a child process, and what it left behind.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "tests/integration/resume/scratch_folder.h"

extern char** environ;

namespace assay {

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// How a process ended.
struct ProcessEnd {
  int exit_code = -1;  // -1: by a signal
  int signal = 0;
  std::string out;
  std::string err;

  bool killed() const { return signal == SIGKILL; }
};

class AssayProcess {
 public:
  // `environment` is added to the test's own. Output goes to files in `scratch`.
  AssayProcess(const std::filesystem::path& scratch, std::vector<std::string> arguments,
               std::vector<std::string> environment = {})
      : out_(scratch / "stdout.txt"), err_(scratch / "stderr.txt") {
    arguments.insert(arguments.begin(), ASSAY_PROGRAM);
    for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const int flags = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, 1, out_.c_str(), flags, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, err_.c_str(), flags, 0600);
    ASSAY_CHECK(::posix_spawn(&pid_, ASSAY_PROGRAM, &actions, nullptr, Pointers(arguments).data(),
                              Pointers(environment).data()) == 0);
    posix_spawn_file_actions_destroy(&actions);
  }

  ~AssayProcess() {
    if (pid_ <= 0) return;
    Kill();
    Wait();
  }
  AssayProcess(const AssayProcess&) = delete;
  AssayProcess& operator=(const AssayProcess&) = delete;

  void Kill() { ::kill(pid_, SIGKILL); }
  void Signal(int signal) { ::kill(pid_, signal); }

  // False once it has ended; Wait still gives its end.
  bool Running() {
    if (pid_ <= 0 || status_) return false;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == 0) return true;
    status_ = status;
    return false;
  }

  ProcessEnd Wait() {
    int status = 0;
    if (status_) {
      status = *status_;
    } else {
      ASSAY_CHECK(::waitpid(pid_, &status, 0) == pid_);
    }
    pid_ = -1;
    ProcessEnd end;
    if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
    end.out = ReadFile(out_);
    end.err = ReadFile(err_);
    return end;
  }

 private:
  static std::vector<char*> Pointers(std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    for (std::string& text : strings) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
  }

  std::filesystem::path out_;
  std::filesystem::path err_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

}  // namespace assay
