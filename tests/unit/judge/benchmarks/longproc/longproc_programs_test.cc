// The 24 answers on which the official evaluator compiled and ran programs. Skips without the
// data, or without a sandbox.
#include <gtest/gtest.h>

#include "tests/unit/judge/benchmarks/longproc/longproc_programs.h"

namespace assay {
namespace {

TEST_F(LongProcProgramsTest, EveryAnswerIsScoredAsOfficially) {
  const Json items = Items("pseudo_to_code_0.5k");
  struct Expected {
    std::string where;
    double accuracy;
    std::string error;
    std::size_t cases;
  };
  std::vector<Expected> expected;
  int without_code = 0;
  for (const Json& record : ReadJsonLines(LongProcFolder() / "golden/longproc_golden.jsonl.gz")) {
    if (!record.at("dataset").get<std::string>().starts_with("pseudo")) continue;
    const double accuracy = record.at("metrics").at("accuracy").get<double>();
    const auto code = CodeOf(record.at("prediction").get<std::string>());
    EXPECT_EQ(record.at("metrics").at("extraction_rate").get<double>(), code ? 1 : 0);
    if (!code) {
      EXPECT_EQ(accuracy, 0);
      ++without_code;
      continue;
    }
    const Json& item = items.at(record.at("index").get<std::size_t>());
    const Json& error = record.at("error");
    expected.push_back({record.at("case").get<std::string>(), accuracy,
                        error.is_null() ? "" : error.get<std::string>(),
                        std::min(kLongProcTestCases, item.at("testcases").size())});
    Start(*code, item);
  }
  ASSERT_TRUE(RunAll());
  ASSERT_EQ(expected.size() + static_cast<std::size_t>(without_code), 24u);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Expected& want = expected[i];
    const ProgramReport& report = reports_[i].value();
    EXPECT_EQ(AllCasesRight(report, want.cases), want.accuracy == 1) << want.where;
    EXPECT_EQ(!report.compiled, want.error == "compilation error") << want.where;
    const bool timed_out =
        !report.cases.empty() && report.cases.back().end == ProgramEnd::kTimedOut;
    EXPECT_EQ(timed_out, want.error == "timeout") << want.where;
  }
}

}  // namespace
}  // namespace assay
