// The 399 programs of the data set itself, each compiled and run on its test cases: minutes. Skips
// without the data, or without a sandbox.
#include <gtest/gtest.h>

#include "tests/unit/judge/benchmarks/longproc/longproc_programs.h"

namespace assay {
namespace {

// The same verdict on each of the data set's own programs as the official evaluator's, on the same
// compiler: 199 of 199, and 199 of 200.
TEST_F(LongProcProgramsTest, TheReferencePrograms) {
  const Json official =
      ReadJsonFile(LongProcFolder() / "golden/pseudo_to_code_reference_selfcheck.json");
  for (const auto& [set, of] : {std::pair<std::string, std::size_t>{"pseudo_to_code_0.5k", 199},
                                {"pseudo_to_code_2k", 200}}) {
    const Json items = Items(set);
    ASSERT_EQ(items.size(), of);
    reports_.clear();
    ended_ = 0;
    for (const Json& item : items) {
      std::string code;
      for (const Json& line : item.at("code_lines")) {
        code += (code.empty() ? "" : "\n") + line.get<std::string>();
      }
      Start(code, item);
    }
    ASSERT_TRUE(RunAll());
    int right = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::size_t cases = std::min(kLongProcTestCases, items.at(i).at("testcases").size());
      const bool passes = AllCasesRight(reports_[i].value(), cases);
      right += passes ? 1 : 0;
      EXPECT_EQ(passes, official.at(set).at(i).at("accuracy").get<double>() == 1)
          << set << " " << i << " " << reports_[i]->compiler_output;
    }
    std::cout << set << ": " << right << " of " << of << "\n";
    EXPECT_EQ(right, 199);
  }
}

}  // namespace
}  // namespace assay
