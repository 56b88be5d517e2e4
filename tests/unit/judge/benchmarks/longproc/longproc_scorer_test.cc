// LongProc's scorer as a run uses it: resolved by name, driven with recorded replies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/sandbox/program_report.h"
#include "judge/benchmarks/longproc/longproc_task.h"
#include "judge/scorer_registry.h"

namespace assay {
namespace {

using testing::HasSubstr;

v1::ScorerSpec Resolved(v1::Compat compat = v1::COMPAT_OFFICIAL) {
  v1::ScorerSpec scorer;
  scorer.mutable_benchmark()->set_name("longproc");
  scorer.set_compat(compat);
  return *ResolveScorer(scorer);
}

v1::UnitInputs Inputs(const v1::Sample& sample, const std::string& text,
                      v1::Compat compat = v1::COMPAT_OFFICIAL) {
  v1::UnitInputs inputs;
  inputs.mutable_unit()->set_kind(v1::UNIT_KIND_SCORE_PROGRAMS);
  *inputs.mutable_sample() = sample;
  *inputs.add_scorers() = Resolved(compat);
  inputs.set_generation_outcome(v1::OUTCOME_GENERATED);
  inputs.set_text(text);
  return inputs;
}

v1::Sample SampleOf(const std::string& task, const std::string& reference) {
  v1::Sample sample;
  sample.set_id("s");
  (*sample.mutable_scorer_data())["task"] = task;
  (*sample.mutable_scorer_data())["reference"] = reference;
  return sample;
}

v1::Sample CodeSample() {
  v1::Sample sample = SampleOf("pseudo_to_code", "");
  SetCasesData({{{"1", "2"}, {"3"}}, {{}, {"4"}}}, sample);
  return sample;
}

v1::Verdict Conclude(const v1::UnitInputs& inputs,
                     const std::function<CallOutcome(const v1::RunProgram&)>& run = nullptr) {
  auto machine = MakeScorer(inputs);
  EXPECT_TRUE(machine.ok()) << machine.status();
  absl::StatusOr<Step> step = (*machine)->Advance({});
  EXPECT_TRUE(step.ok()) << step.status();
  if (step.ok() && !step->result) {
    EXPECT_EQ(step->calls.size(), 1u);
    EXPECT_EQ(step->calls[0].label(), "program");
    const CallOutcome outcome = run(step->calls[0].program());
    step = (*machine)->Advance(std::vector<CallOutcome>{outcome});
    EXPECT_TRUE(step.ok()) << step.status();
  }
  if (!step.ok() || !step->result || step->result->verdicts_size() != 1) return {};
  EXPECT_EQ(step->result->outcome(), step->result->verdicts(0).outcome());
  return step->result->verdicts(0);
}

std::map<std::string, double> ScoresOf(const v1::Verdict& verdict) {
  std::map<std::string, double> scores;
  for (const v1::Score& score : verdict.scores()) scores[score.name()] = score.value();
  return scores;
}

using Scores = std::map<std::string, double>;

TEST(LongProcScorerTest, IsFoundByNameAndRunsPrograms) {
  const v1::ScorerSpec scorer = Resolved();
  EXPECT_EQ(scorer.id(), "longproc");
  EXPECT_FALSE(scorer.accepted().judged());
  EXPECT_TRUE(scorer.accepted().runs_programs());
  EXPECT_TRUE(ScorerNeedsCalls(scorer));
  EXPECT_EQ(ScorerVersion(scorer), "longproc/1");
  EXPECT_EQ(MetricNames(scorer)[0], "score");
}

TEST(LongProcScorerTest, OfItsOptionsOneIsKnown) {
  v1::ScorerSpec scorer;
  scorer.mutable_benchmark()->set_name("longproc");
  (*scorer.mutable_benchmark()->mutable_options())["programs"] = "none";
  const auto resolved = ResolveScorer(scorer);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_FALSE(resolved->accepted().runs_programs());
  EXPECT_FALSE(resolved->accepted().judged());
  (*scorer.mutable_benchmark()->mutable_options())["programs"] = "all";
  EXPECT_THAT(MessageOf(ResolveScorer(scorer).status()),
              HasSubstr("benchmark.options.programs: expected none, found \"all\""));
  scorer.mutable_benchmark()->clear_options();
  (*scorer.mutable_benchmark()->mutable_options())["sandbox"] = "x";
  EXPECT_THAT(MessageOf(ResolveScorer(scorer).status()), HasSubstr("\"sandbox\" is not known"));
}

TEST(LongProcScorerTest, EachTaskByItsOwnRule) {
  EXPECT_EQ(ScoresOf(Conclude(Inputs(SampleOf("path_traversal", "A\nB"), "<Route>A\nB</Route>"))),
            (Scores{{"score", 1}, {"partial", 1}, {"extracted", 1}}));
  EXPECT_EQ(ScoresOf(Conclude(Inputs(SampleOf("tom_tracking", "- w\n- x\n- y\n- z"), "- x"))),
            (Scores{{"score", 0}, {"partial", 0}, {"extracted", 1}}));
  EXPECT_EQ(ScoresOf(Conclude(Inputs(SampleOf("html_to_tsv", "h\nx\ny"), "```tsv\nh\nX\n```"))),
            (Scores{{"score", 2.0 / 3},
                    {"partial", 2.0 / 3},
                    {"extracted", 1},
                    {"precision", 1},
                    {"recall", 0.5}}));
  v1::Sample travel = SampleOf("travel_planning", "<Solving Procedure>\nx\n");
  (*travel.mutable_scorer_data())["cities"] = "Rome**Oslo";
  (*travel.mutable_scorer_data())["durations"] = "3**4";
  EXPECT_EQ(
      ScoresOf(Conclude(Inputs(
          travel, "<Plan>Day 1-3: Rome\nDay 3: from Rome to Oslo\nDay 3-6: Oslo</Plan>")))["score"],
      1);
}

TEST(LongProcScorerTest, CountdownKeepsANegativeShareInOfficialModeOnly) {
  const CountdownProblem problem = {{40, 19, 23, 7}, 29};
  v1::Sample sample = SampleOf("countdown", *CountdownReference(problem));
  SetCountdownData(problem, sample);
  const std::string& reference = sample.scorer_data().at("reference");
  EXPECT_EQ(ScoresOf(Conclude(Inputs(sample, reference)))["score"], 1);
  // The header and the first line of the search alone.
  const std::string head = reference.substr(0, reference.find('\n', reference.find('\n') + 1));
  const v1::Verdict official = Conclude(Inputs(sample, head));
  EXPECT_LT(ScoresOf(official)["partial"], 0);
  EXPECT_EQ(official.findings(0).note(), "no <Solution> ... </Solution>");
  EXPECT_EQ(ScoresOf(Conclude(Inputs(sample, head, v1::COMPAT_STRICT)))["partial"], 0);
}

TEST(LongProcScorerTest, CodeIsCompiledAndRunOnTheTestCases) {
  const v1::UnitInputs inputs = Inputs(CodeSample(), "```c++\nint main() {}\n```");
  const auto reply = [](const ProgramReport& report) {
    CallOutcome outcome;
    outcome.reply.emplace().set_text(WriteProgramReport(report));
    outcome.reply->set_model("cpp11-testcases/12.2.0");
    return outcome;
  };
  ProgramReport right = {.compiled = true, .compiler_output = "", .cases = {}};
  right.cases.resize(2);
  right.cases[0].right = right.cases[1].right = true;
  const v1::Verdict verdict = Conclude(inputs, [&](const v1::RunProgram& program) {
    EXPECT_EQ(program.image(), "cpp11-testcases");
    EXPECT_EQ(program.timeout_s(), 3);
    const auto request = ReadProgramRequest(program);
    EXPECT_THAT(request->source, testing::StartsWith("#include <cstdio>\n#include <iostream>\n"));
    EXPECT_THAT(request->source, testing::EndsWith("using namespace std;\n\nint main() {}\n"));
    EXPECT_EQ(request->cases.size(), 2u);
    EXPECT_EQ(request->cases[0].input, "1\n2\n");
    EXPECT_EQ(request->cases[0].output_sha256, Sha256Hex("3\n"));
    EXPECT_EQ(request->cases[1].input, "\n");
    return reply(right);
  });
  EXPECT_EQ(ScoresOf(verdict), (Scores{{"score", 1}, {"partial", 1}, {"extracted", 1}}));
  EXPECT_EQ(verdict.judge_models(0), "cpp11-testcases/12.2.0");
  EXPECT_EQ(verdict.findings_size(), 0);

  const auto concluded = [&](ProgramReport report) {
    return Conclude(inputs, [&](const v1::RunProgram&) { return reply(report); });
  };
  ProgramReport cut = right;
  cut.cases.pop_back();  // right as far as it goes, and not all
  EXPECT_EQ(ScoresOf(concluded(cut))["score"], 0);
  ProgramReport wrong = right;
  wrong.cases[1].right = false;
  wrong.cases[1].stdout_head = "5\n";
  EXPECT_EQ(ScoresOf(concluded(wrong))["score"], 0);
  EXPECT_EQ(concluded(wrong).findings(0).note(), "test case 2: its output is \"5\\x0a\"");
  wrong.cases[1].end = ProgramEnd::kTimedOut;
  EXPECT_EQ(concluded(wrong).findings(0).note(), "test case 2: it takes too long");
  const v1::Verdict broken = concluded({.compiled = false, .compiler_output = "no ;", .cases = {}});
  EXPECT_EQ(ScoresOf(broken), (Scores{{"score", 0}, {"partial", 0}, {"extracted", 1}}));
  EXPECT_EQ(broken.findings(0).note(), "it does not compile: no ;");
}

TEST(LongProcScorerTest, AnAnswerWithoutCodeRunsNothing) {
  const v1::Verdict verdict = Conclude(Inputs(CodeSample(), "int main() {}"));
  EXPECT_EQ(ScoresOf(verdict), (Scores{{"score", 0}, {"partial", 0}, {"extracted", 0}}));
}

TEST(LongProcScorerTest, WhatCannotBeRunOrReadIsUnjudged) {
  const v1::UnitInputs inputs = Inputs(CodeSample(), "```cpp\nint main() {}```");
  v1::Verdict verdict = Conclude(inputs, [](const v1::RunProgram&) {
    CallOutcome outcome;
    outcome.error.emplace().set_message("source: over 1048576 bytes");
    return outcome;
  });
  EXPECT_EQ(verdict.outcome(), v1::OUTCOME_UNJUDGED);
  EXPECT_EQ(verdict.reason(), "the program could not be run: source: over 1048576 bytes");
  verdict = Conclude(inputs, [](const v1::RunProgram&) {
    CallOutcome outcome;
    outcome.reply.emplace().set_text("yes");
    return outcome;
  });
  EXPECT_EQ(verdict.outcome(), v1::OUTCOME_UNJUDGED);
  EXPECT_EQ(verdict.scores_size(), 0);
}

TEST(LongProcScorerTest, NoTextIsNotApplicable) {
  v1::UnitInputs inputs = Inputs(CodeSample(), "");
  inputs.set_generation_outcome(v1::OUTCOME_REFUSED);
  EXPECT_EQ(Conclude(inputs).outcome(), v1::OUTCOME_NOT_APPLICABLE);
}

TEST(LongProcScorerTest, SamplesOfAnotherSuiteAreNamed) {
  const auto problem = [](const v1::Sample& sample, bool no_programs = false) {
    v1::UnitInputs inputs = Inputs(sample, "```cpp\nint main() {}```");
    if (no_programs) {
      (*inputs.mutable_scorers(0)->mutable_benchmark()->mutable_options())["programs"] = "none";
    }
    auto machine = MakeScorer(inputs);
    return std::string(MessageOf((*machine)->Advance({}).status()));
  };
  EXPECT_THAT(problem(v1::Sample()), HasSubstr("task"));
  EXPECT_THAT(problem(SampleOf("poetry", "")), HasSubstr("LongProc has no task \"poetry\""));
  EXPECT_THAT(problem(SampleOf("countdown", "")), HasSubstr("numbers"));
  v1::Sample sample = SampleOf("pseudo_to_code", "");
  (*sample.mutable_scorer_data())["cases"] = "[[1]]";
  EXPECT_THAT(problem(sample), HasSubstr("scorer_data.cases: expected a list of pairs"));
  EXPECT_THAT(problem(CodeSample(), true), HasSubstr("the scorer's option programs is none"));
}

}  // namespace
}  // namespace assay
