// Runs programs of LongProc in the real sandbox.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <iostream>
#include <memory>
#include <optional>

#include "common/base/status.h"
#include "common/sandbox/linux_program_runner.h"
#include "judge/benchmarks/longproc/pseudo_to_code.h"
#include "tests/fakes/inbox_executor.h"
#include "tests/unit/judge/benchmarks/longproc/longproc_data.h"

namespace assay {

class LongProcProgramsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(LongProcFolder() / "golden")) {
      std::cout << "SKIPPED: no " << LongProcFolder() << "\n";
      GTEST_SKIP() << "the benchmark's data is not there";
    }
    auto made = LinuxProgramRunner::Make(executor_, {});
    if (!made.ok()) {
      std::cout << "SKIPPED: " << MessageOf(made.status()) << "\n";
      GTEST_SKIP() << made.status();
    }
    runner_ = *std::move(made);
  }

  static Json Items(const std::string& set) {
    return ReadJsonFile(LongProcFolder() / "data/pseudo_to_code" / (set + ".json.gz"));
  }

  void Start(const std::string& code, const Json& item) {
    std::vector<LongProcTestCase> cases;
    for (const Json& one : item.at("testcases")) {
      cases.push_back(
          {one.at(0).get<std::vector<std::string>>(), one.at(1).get<std::vector<std::string>>()});
    }
    const std::size_t index = reports_.size();
    reports_.emplace_back();
    runner_->Start(MakeTestRun(code, cases), [this, index](ProgramResult result) {
      ++ended_;
      const auto* reply = std::get_if<v1::Reply>(&result);
      ASSERT_NE(reply, nullptr) << std::get<v1::Error>(result).message();
      reports_[index] = *ReadProgramReport(reply->text());
    });
  }

  bool RunAll() {
    return executor_.RunUntil([this] { return ended_ == reports_.size(); },
                              std::chrono::minutes(25));
  }

  InboxExecutor executor_;
  std::unique_ptr<LinuxProgramRunner> runner_;
  std::deque<std::optional<ProgramReport>> reports_;
  std::size_t ended_ = 0;
};

}  // namespace assay
