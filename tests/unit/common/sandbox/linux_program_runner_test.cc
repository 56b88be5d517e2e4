// The runner's queue and threads, with real programs.
#include "common/sandbox/linux_program_runner.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <thread>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/sandbox/program_profile.h"
#include "common/sandbox/program_report.h"
#include "tests/fakes/inbox_executor.h"
#include "tests/unit/common/sandbox/host_processes.h"

namespace assay {
namespace {

double SecondsSince(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

class LinuxProgramRunnerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto made = LinuxProgramRunner::Make(executor_, {.threads = 2});
    if (!made.ok()) {
      std::cout << "SKIPPED: " << MessageOf(made.status()) << "\n";
      GTEST_SKIP() << made.status();
    }
    runner_ = *std::move(made);
  }

  // A program that writes `number`, in so many ways as there are numbers.
  static v1::RunProgram Writes(int number) {
    const std::string text = std::to_string(number);
    return MakeRunProgram(kCpp11TestCases,
                          {"#include <cstdio>\nint main() { puts(\"" + text + "\"); }",
                           {{"", Sha256Hex(text + "\n")}}},
                          0);
  }

  static v1::RunProgram Endless() {
    return MakeRunProgram(kCpp11TestCases, {"int main() { while (true) {} }", {{"", ""}}}, 300);
  }

  static bool IsRight(const ProgramResult& result) {
    const auto* reply = std::get_if<v1::Reply>(&result);
    if (reply == nullptr) return false;
    const auto report = ReadProgramReport(reply->text());
    return report.ok() && report->cases.size() == 1 && report->cases[0].right;
  }

  static v1::ErrorClass ClassOf(const ProgramResult& result) {
    const auto* error = std::get_if<v1::Error>(&result);
    return error == nullptr ? v1::ERROR_CLASS_UNSPECIFIED : error->error_class();
  }

  ProgramRunId Start(v1::RunProgram program) {
    const std::size_t index = results_.size();
    results_.emplace_back();
    return runner_->Start(std::move(program), [this, index](ProgramResult result) {
      ASSERT_FALSE(results_[index].has_value());
      results_[index] = std::move(result);
      ++ended_;
    });
  }

  InboxExecutor executor_;
  std::unique_ptr<LinuxProgramRunner> runner_;
  std::deque<std::optional<ProgramResult>> results_;
  std::size_t ended_ = 0;
};

TEST_F(LinuxProgramRunnerTest, ManyAtOnceDoNotMeet) {
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 12; ++i) Start(Writes(i));
  EXPECT_LT(SecondsSince(began), 1);  // Start waits for nothing
  EXPECT_EQ(ended_, 0u);
  ASSERT_TRUE(executor_.RunUntil([&] { return ended_ == 12; }));
  for (const auto& result : results_) EXPECT_TRUE(IsRight(*result));
  const auto& reply = std::get<v1::Reply>(*results_[0]);
  EXPECT_TRUE(reply.model().starts_with("cpp11-testcases/")) << reply.model();
  EXPECT_GT(reply.model().size(), std::string("cpp11-testcases/").size());
  EXPECT_EQ(reply.finish_reason(), "stop");
  EXPECT_GT(reply.timings().total_ms(), 0);
}

TEST_F(LinuxProgramRunnerTest, CancelKillsWhatRunsAndForgetsWhatWaits) {
  const ProgramRunId first = Start(Endless());
  const ProgramRunId second = Start(Endless());
  const ProgramRunId third = Start(Endless());
  Start(Writes(1));
  std::set<pid_t> running;
  for (int i = 0; i < 500 && running.size() < 4; ++i) {  // two cells with a program each
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    running = DescendantsOf(getpid());
  }
  const auto began = std::chrono::steady_clock::now();
  runner_->Cancel(third);
  EXPECT_EQ(ended_, 0u);  // never inside the call
  runner_->Cancel(first);
  runner_->Cancel(first);
  runner_->Cancel(12345);
  ASSERT_TRUE(executor_.RunUntil([&] { return ended_ == 3; }));
  EXPECT_EQ(ClassOf(*results_[0]), v1::ERROR_CLASS_CANCELLED);
  EXPECT_EQ(ClassOf(*results_[2]), v1::ERROR_CLASS_CANCELLED);
  EXPECT_TRUE(IsRight(*results_[3]));  // in the place of the first
  runner_->Cancel(second);
  ASSERT_TRUE(executor_.RunUntil([&] { return ended_ == 4; }));
  EXPECT_LT(SecondsSince(began), 10);
  EXPECT_TRUE(DescendantsOf(getpid()).empty());
}

TEST_F(LinuxProgramRunnerTest, GoesWithoutWaitingForItsPrograms) {
  for (int i = 0; i < 5; ++i) Start(Endless());
  for (int i = 0; i < 500 && DescendantsOf(getpid()).size() < 4; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const auto began = std::chrono::steady_clock::now();
  runner_.reset();
  EXPECT_LT(SecondsSince(began), 5);
  EXPECT_TRUE(DescendantsOf(getpid()).empty());
  EXPECT_EQ(ended_, 0u);
}

TEST_F(LinuxProgramRunnerTest, AFaultyCallHoldsNobodyUp) {
  Start(MakeRunProgram("cobol", {}, 0));
  Start(Writes(7));
  ASSERT_TRUE(executor_.RunUntil([&] { return ended_ == 2; }));
  EXPECT_EQ(ClassOf(*results_[0]), v1::ERROR_CLASS_REQUEST);
  EXPECT_TRUE(IsRight(*results_[1]));
}

}  // namespace
}  // namespace assay
