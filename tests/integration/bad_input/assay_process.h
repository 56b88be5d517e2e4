// Runs the real binary in an empty folder of its own and collects what it leaves: output, exit
// code, files. For tests.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace assay {

struct ProcessResult {
  int exit_code = -1;  // -1: ended by a signal or killed here
  std::string out;
  std::string err;
};

// An empty folder to work in, removed with everything in it.
class Workspace {
 public:
  Workspace() {
    std::string name = ::testing::TempDir() + "assay_bad_input_XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
  }
  ~Workspace() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  const std::string& folder() const { return folder_; }

  void Write(const std::string& path, const std::string& content) const {
    const std::filesystem::path target = std::filesystem::path(folder_) / path;
    std::filesystem::create_directories(target.parent_path());
    std::ofstream(target, std::ios::binary) << content;
  }

  std::string Read(const std::string& path) const {
    std::ifstream in(std::filesystem::path(folder_) / path, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    return content.str();
  }

  // Every file and folder, relative.
  std::set<std::string> Entries() const {
    std::set<std::string> entries;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
      entries.insert(std::filesystem::relative(entry.path(), folder_).string());
    }
    return entries;
  }

 private:
  std::string folder_;
};

inline std::string AssayBinary() { return std::string(ASSAY_BINARY_DIR) + "/cli/assay"; }

// Runs `assay arguments...` in the workspace, with `variables` and nothing else in its environment.
// Killed after `limit`. SIGINT is sent once when `interrupt_at` is seen on either output.
inline ProcessResult RunAssay(const Workspace& workspace, const std::vector<std::string>& arguments,
                              std::map<std::string, std::string> variables = {},
                              std::chrono::seconds limit = std::chrono::seconds(60),
                              const std::string& interrupt_at = "") {
  variables.emplace("ASSAY_HOME", workspace.folder() + "/home");
  variables.emplace("PATH", "/usr/bin:/bin");
  std::vector<std::string> words = {AssayBinary()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<std::string> pairs;
  for (const auto& [name, value] : variables) pairs.push_back(name + "=" + value);
  std::vector<char*> envp;
  for (std::string& pair : pairs) envp.push_back(pair.data());
  envp.push_back(nullptr);

  std::array<std::array<int, 2>, 2> pipes{};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  for (int i = 0; i < 2; ++i) {
    if (::pipe2(pipes[static_cast<std::size_t>(i)].data(), O_CLOEXEC) != 0) std::abort();
    ::posix_spawn_file_actions_adddup2(&actions, pipes[static_cast<std::size_t>(i)][1], i + 1);
  }
  ::posix_spawn_file_actions_addchdir_np(&actions, workspace.folder().c_str());
  pid_t child = 0;
  const int failed =
      ::posix_spawn(&child, words[0].c_str(), &actions, nullptr, argv.data(), envp.data());
  ::posix_spawn_file_actions_destroy(&actions);
  for (auto& one : pipes) ::close(one[1]);
  EXPECT_EQ(failed, 0) << "cannot start " << words[0];

  ProcessResult result;
  std::array<std::string*, 2> texts = {&result.out, &result.err};
  std::array<struct pollfd, 2> waiting = {{{pipes[0][0], POLLIN, 0}, {pipes[1][0], POLLIN, 0}}};
  const auto deadline = std::chrono::steady_clock::now() + limit;
  bool killed = failed != 0;
  bool interrupted = interrupt_at.empty();
  while (!killed && (waiting[0].fd >= 0 || waiting[1].fd >= 0)) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      ADD_FAILURE() << "assay hangs: killed after " << limit.count() << " s\n" << result.err;
      ::kill(child, SIGKILL);
      killed = true;
      break;
    }
    ::poll(waiting.data(), 2, static_cast<int>(left.count()));
    for (std::size_t i = 0; i < 2; ++i) {
      if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
      std::array<char, 65536> buffer;
      const ssize_t size = ::read(waiting[i].fd, buffer.data(), buffer.size());
      if (size > 0) {
        texts[i]->append(buffer.data(), static_cast<std::size_t>(size));
        if (!interrupted && texts[i]->find(interrupt_at) != std::string::npos) {
          ::kill(child, SIGINT);
          interrupted = true;
        }
      } else if (size == 0 || errno != EINTR) {
        waiting[i].fd = -1;
      }
    }
  }
  for (auto& one : pipes) ::close(one[0]);
  if (failed != 0) return result;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!killed && WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (!killed && WIFSIGNALED(status)) {
    ADD_FAILURE() << "assay died of signal " << WTERMSIG(status) << "\n" << result.err;
  }
  return result;
}

}  // namespace assay
