#include "common/sandbox/program_report.h"

#include <gtest/gtest.h>

#include "common/base/status.h"

namespace assay {
namespace {

TEST(ProgramReportTest, ARequestComesThrough) {
  const v1::RunProgram program =
      MakeRunProgram("p", {"int \"x\"\n\\", {{"in\n", "aa"}, {"", "bb"}}}, 2.5);
  EXPECT_EQ(program.image(), "p");
  const auto request = ReadProgramRequest(program);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->source, "int \"x\"\n\\");
  ASSERT_EQ(request->cases.size(), 2u);
  EXPECT_EQ(request->cases[0].input, "in\n");
  EXPECT_EQ(request->cases[1].output_sha256, "bb");
}

TEST(ProgramReportTest, WhatIsTooLargeIsRefused) {
  const auto problem = [](const ProgramRequest& request) {
    return std::string(MessageOf(ReadProgramRequest(MakeRunProgram("p", request, 0)).status()));
  };
  EXPECT_EQ(problem({std::string(kMaxProgramBytes, 'x'), {}}), "");
  EXPECT_EQ(problem({std::string(kMaxProgramBytes + 1, 'x'), {}}), "source: over 1048576 bytes");
  EXPECT_EQ(problem({"", std::vector<ProgramCase>(kMaxProgramCases)}), "");
  EXPECT_EQ(problem({"", std::vector<ProgramCase>(kMaxProgramCases + 1)}), "cases: more than 64");
  EXPECT_EQ(problem({"", {{std::string(kMaxCaseBytes + 1, 'x'), ""}}}),
            "stdin: over 16777216 bytes");
}

TEST(ProgramReportTest, AReportComesThrough) {
  ProgramReport report;
  report.compiled = true;
  report.compiler_output = "warning: \xff";  // not UTF-8
  report.cases.push_back({ProgramEnd::kExited, 3, 2, "aa", "1\n", true});
  report.cases.push_back({ProgramEnd::kTooMuchOutput, 9, 1 << 30, "bb", "2", false});
  const auto read = ReadProgramReport(WriteProgramReport(report));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(read->compiled);
  EXPECT_EQ(read->compiler_output, "warning: \uFFFD");
  ASSERT_EQ(read->cases.size(), 2u);
  EXPECT_EQ(read->cases[0].code, 3);
  EXPECT_TRUE(read->cases[0].right);
  EXPECT_EQ(read->cases[1].end, ProgramEnd::kTooMuchOutput);
  EXPECT_EQ(read->cases[1].stdout_bytes, 1 << 30);
}

TEST(ProgramReportTest, WhatIsNoReportIsRefused) {
  for (const char* text :
       {"", "[]", "{}", R"({"compiled": 1, "compiler_output": "", "cases": []})",
        R"({"compiled": true, "compiler_output": "", "cases": [{}]})",
        R"({"compiled": true, "compiler_output": "", "cases": [{"ended": "slept", "code": 0,)"
        R"( "stdout_bytes": 0, "stdout_sha256": "", "stdout": "", "right": true}]})"}) {
    EXPECT_FALSE(ReadProgramReport(text).ok()) << text;
  }
}

TEST(ProgramReportTest, EveryPartOfACallCountsForItsIdentity) {
  const ProgramRequest request = {"s", {{"i", "o"}}};
  const v1::RunProgram program = MakeRunProgram("p", request, 1);
  EXPECT_EQ(ProgramBody(program), ProgramBody(MakeRunProgram("p", request, 1)));
  EXPECT_NE(ProgramBody(program), ProgramBody(MakeRunProgram("q", request, 1)));
  EXPECT_NE(ProgramBody(program), ProgramBody(MakeRunProgram("p", request, 2)));
  EXPECT_NE(ProgramBody(program), ProgramBody(MakeRunProgram("p", {"s", {}}, 1)));
  v1::RunProgram with_argument = program;
  with_argument.add_argv("x");
  EXPECT_NE(ProgramBody(program), ProgramBody(with_argument));
}

}  // namespace
}  // namespace assay
