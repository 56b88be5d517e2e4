// Roles of a cluster as real processes on loopback.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/resume/assay_process.h"

namespace assay {

// Looks every few milliseconds, for at most a minute: other processes cannot be waited for in
// another way.
inline bool WaitUntil(const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 10);
  }
  return true;
}

// A process with a folder of its own for its output.
class RoleProcess {
 public:
  RoleProcess(const std::filesystem::path& scratch, const std::string& name,
              std::vector<std::string> arguments, std::vector<std::string> environment = {})
      : folder_(scratch / name) {
    std::filesystem::create_directories(folder_);
    process_ =
        std::make_unique<AssayProcess>(folder_, std::move(arguments), std::move(environment));
  }

  // The first line of its standard output: where it serves, or its name.
  std::string FirstLine() {
    std::string out;
    EXPECT_TRUE(WaitUntil([&] {
      out = ReadFile(folder_ / "stdout.txt");
      return out.find('\n') != std::string::npos || !process_->Running();
    })) << ReadFile(folder_ / "stderr.txt");
    return out.substr(0, out.find('\n'));
  }
  std::string log() const { return ReadFile(folder_ / "stderr.txt"); }

  void Kill() {
    process_->Kill();
    process_->Wait();
  }
  // SIGTERM, and how it ended.
  ProcessEnd Terminate() {
    process_->Signal(SIGTERM);
    return process_->Wait();
  }
  AssayProcess& process() { return *process_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<AssayProcess> process_;
};

}  // namespace assay
