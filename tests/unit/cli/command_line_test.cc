#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename Verb>
Verb Parsed(std::vector<std::string> arguments) {
  auto parsed = ParseCommandLine(std::move(arguments));
  if (const auto* leave = std::get_if<PrintAndExit>(&parsed)) {
    ADD_FAILURE() << leave->err;
    return {};
  }
  auto* verb = std::get_if<Verb>(&std::get<CommandLine>(parsed).verb);
  EXPECT_NE(verb, nullptr);
  return verb == nullptr ? Verb() : *verb;
}

PrintAndExit Refused(std::vector<std::string> arguments) {
  auto parsed = ParseCommandLine(std::move(arguments));
  auto* leave = std::get_if<PrintAndExit>(&parsed);
  EXPECT_NE(leave, nullptr);
  return leave == nullptr ? PrintAndExit() : *leave;
}

std::string ValueOf(const SpecFlags& flags, const std::string& flag) {
  for (const FlagValue& value : flags.values) {
    if (value.flag == flag) return value.text;
  }
  return "(none)";
}

TEST(CommandLineTest, RunWithFlagsAlone) {
  const auto run = Parsed<RunVerb>({"run",
                                    "starter",
                                    "--model",
                                    "openai/a/b",
                                    "--model",
                                    "vllm/c",
                                    "--base-url",
                                    "http://h:1/v1",
                                    "--judge",
                                    "openai/j",
                                    "--limit",
                                    "10-20",
                                    "--temperature",
                                    "-0.1",
                                    "--seed",
                                    "-1",
                                    "--max-tokens",
                                    "1.5",
                                    "--epochs",
                                    "3",
                                    "-j",
                                    "32",
                                    "--set",
                                    "a.b=c=d",
                                    "-O",
                                    "x=1",
                                    "-o",
                                    "out",
                                    "--scorer",
                                    "length",
                                    "--scorer",
                                    "rubric:general"});
  EXPECT_EQ(run.spec.target, "starter");
  EXPECT_THAT(run.spec.models, ElementsAre("openai/a/b", "vllm/c"));
  EXPECT_THAT(run.spec.judges, ElementsAre("openai/j"));
  EXPECT_THAT(run.spec.overrides, ElementsAre("a.b=c=d", "x=1"));
  EXPECT_THAT(run.spec.scorers, ElementsAre("length", "rubric:general"));
  EXPECT_EQ(ValueOf(run.spec, "--limit"), "10-20");
  EXPECT_EQ(ValueOf(run.spec, "--temperature"), "-0.1");
  EXPECT_EQ(ValueOf(run.spec, "--seed"), "-1");
  EXPECT_EQ(ValueOf(run.spec, "--max-tokens"), "1.5") << "values are checked with the spec";
  EXPECT_EQ(ValueOf(run.spec, "--repeats"), "3");
  EXPECT_EQ(ValueOf(run.spec, "--max-connections"), "32");
  EXPECT_EQ(run.location.output_dir, "out");
  EXPECT_FALSE(run.resume.has_value());
}

TEST(CommandLineTest, AListFlagTakesOneValueSoThatTheTargetMayFollow) {
  const auto run = Parsed<RunVerb>({"run", "--model", "openai/a", "starter"});
  EXPECT_THAT(run.spec.models, ElementsAre("openai/a"));
  EXPECT_EQ(run.spec.target, "starter");
}

TEST(CommandLineTest, ResumeWithAndWithoutARun) {
  EXPECT_EQ(Parsed<RunVerb>({"run", "--resume"}).resume, "");
  EXPECT_EQ(Parsed<RunVerb>({"run", "--resume", "r1"}).resume, "r1");
  EXPECT_EQ(Parsed<RunVerb>({"run", "--resume", "r1", "-o", "out"}).location.output_dir, "out");
  EXPECT_EQ(Parsed<RunVerb>({"run", "--retry-errors", "r1"}).retry_errors, "r1");
}

TEST(CommandLineTest, ResultsHasOneFormat) {
  EXPECT_EQ(Parsed<ResultsVerb>({"results", "r"}).format, ResultsFormat::kTable);
  EXPECT_EQ(Parsed<ResultsVerb>({"results", "r", "--canonical"}).format, ResultsFormat::kCanonical);
  EXPECT_EQ(Parsed<ResultsVerb>({"results", "r", "--csv"}).format, ResultsFormat::kCsv);
  EXPECT_EQ(Refused({"results", "r", "--csv", "--json"}).exit_code, 2);
}

TEST(CommandLineTest, OtherVerbs) {
  EXPECT_EQ(Parsed<ImportVerb>({"import", "longbench-write", "--from", "d"}).from, "d");
  EXPECT_THAT(Parsed<ValidateVerb>({"validate", "a", "b"}).paths, ElementsAre("a", "b"));
  EXPECT_EQ(Parsed<RejudgeVerb>({"rejudge", "r", "--scorer", "length"}).location.run, "r");
  EXPECT_TRUE(Parsed<RunsDeleteVerb>({"runs", "delete", "r", "--yes"}).yes);
  EXPECT_EQ(Parsed<RunsListVerb>({"runs", "list"}).output_dir, "runs");
  EXPECT_EQ(Parsed<FsckVerb>({"fsck", "r"}).location.run, "r");
  const auto simulate = Parsed<SimulateVerb>(
      {"simulate", "--port", "8123", "--dialect", "llama", "--latency-ms", "5"});
  EXPECT_EQ(simulate.simulator.port, 8123);
  EXPECT_EQ(simulate.simulator.dialect, SimulatorDialect::kLlama);
  EXPECT_EQ(simulate.simulator.latency_ms, 5);
}

TEST(CommandLineTest, WhatIsWrongIsNamedWithTheVerbAndALead) {
  const PrintAndExit typo = Refused({"run", "starter", "--modle", "x"});
  EXPECT_EQ(typo.exit_code, 2);
  EXPECT_THAT(typo.err, HasSubstr("assay run: "));
  EXPECT_THAT(typo.err, HasSubstr("--modle"));
  EXPECT_THAT(typo.err, HasSubstr("assay run --help"));
  EXPECT_THAT(Refused({"frobnicate"}).err, HasSubstr("frobnicate"));
  EXPECT_EQ(Refused({}).exit_code, 2);
  EXPECT_EQ(Refused({"simulate", "--port", "70000"}).exit_code, 2);
  EXPECT_EQ(Refused({"runs", "delete"}).exit_code, 2);
  EXPECT_THAT(Refused({"run", "starter", "--model"}).err, HasSubstr("--model"));
}

TEST(CommandLineTest, HelpAndVersionGoToStandardOutput) {
  EXPECT_THAT(Refused({"--version"}).out, HasSubstr("assay "));
  EXPECT_EQ(Refused({"--version"}).exit_code, 0);
  EXPECT_THAT(Refused({"--help"}).out, HasSubstr("quickstart"));
  const PrintAndExit run = Refused({"run", "--help"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, HasSubstr("--max-tokens"));
  EXPECT_THAT(run.out, HasSubstr("Examples:"));
  EXPECT_EQ(run.err, "");
}

}  // namespace
}  // namespace assay
