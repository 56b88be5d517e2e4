#include "judge/benchmarks/longproc/longproc_scorer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/sandbox/program_report.h"
#include "judge/benchmarks/engine/benchmark_spec.h"
#include "judge/benchmarks/longproc/countdown.h"
#include "judge/benchmarks/longproc/html_to_tsv.h"
#include "judge/benchmarks/longproc/longproc_task.h"
#include "judge/benchmarks/longproc/path_traversal.h"
#include "judge/benchmarks/longproc/tom_tracking.h"
#include "judge/benchmarks/longproc/travel_planning.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

constexpr char kVersion[] = "longproc/1";
constexpr std::size_t kShownBytes = 300;

constexpr char kPrograms[] = "programs";
constexpr char kNone[] = "none";

absl::Status Resolve(v1::ScorerSpec& scorer) {
  const auto& options = scorer.benchmark().options();
  const auto programs = options.find(kPrograms);
  if (programs != options.end() && programs->second != kNone) {
    return InvalidArgument(absl::StrCat("benchmark.options.programs: expected none, found \"",
                                        EscapeForTerminal(programs->second), "\""));
  }
  BenchmarkTerms terms;
  terms.options = {kPrograms};
  return ResolveBenchmark(terms, *scorer.mutable_benchmark());
}

void Accept(const v1::ScorerSpec& scorer, v1::AcceptedScorer& accepted) {
  accepted.set_runs_programs(!scorer.benchmark().options().contains(kPrograms));
}

std::vector<std::string> MetricNamesOf(const v1::ScorerSpec&) {
  return {"score", "partial", "extracted", "precision", "recall"};
}

void Fill(const LongProcScore& score, LongProcTask task, v1::Verdict& verdict) {
  const bool official = verdict.compat() == v1::COMPAT_OFFICIAL;
  verdict.set_outcome(v1::OUTCOME_SCORED);
  AddScore(verdict, "score", score.score);
  AddScore(verdict, "partial", official ? score.partial : std::max(0.0, score.partial));
  AddScore(verdict, "extracted", score.extracted);
  if (task == LongProcTask::kHtmlToTsv) {
    AddScore(verdict, "precision", score.precision);
    AddScore(verdict, "recall", score.recall);
  }
  if (score.problem.empty()) return;
  v1::Finding& finding = *verdict.add_findings();
  finding.set_kind("problem");
  finding.set_note(score.problem);
}

// Where a program went wrong, in words.
std::string ProblemOf(const ProgramReport& report) {
  if (!report.compiled) {
    return absl::StrCat("it does not compile: ",
                        EscapeForTerminal(report.compiler_output, kShownBytes));
  }
  if (report.cases.empty()) return "there is no test case";
  const ProgramCaseReport& last = report.cases.back();
  const std::string which = absl::StrCat("test case ", report.cases.size(), ": ");
  switch (last.end) {
    case ProgramEnd::kTimedOut:
      return which + "it takes too long";
    case ProgramEnd::kTooMuchOutput:
      return which + "it writes too much";
    case ProgramEnd::kSignalled:
      return absl::StrCat(which, "it ends by signal ", last.code);
    case ProgramEnd::kExited:
      break;
  }
  return absl::StrCat(which, "its output is \"", EscapeForTerminal(last.stdout_head, kShownBytes),
                      "\"");
}

class LongProcScoring : public StepMachine {
 public:
  explicit LongProcScoring(const v1::UnitInputs& inputs)
      : inputs_(inputs), verdict_(NewVerdict(inputs.scorers(0), kVersion)) {}

  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override {
    if (!outcomes.empty()) return Conclude(outcomes[0]);
    if (const auto reason = WhyNotApplicable(inputs_)) {
      return EndWith(NotApplicable(inputs_.scorers(0), kVersion, *reason));
    }
    const v1::Sample& sample = inputs_.sample();
    ASSAY_ASSIGN_OR_RETURN(const std::string_view name, ScorerData(sample, "task"));
    const std::optional<LongProcTask> task = FindLongProcTask(name);
    if (!task) {
      return InvalidArgument(absl::StrCat("sample ", sample.id(), ": LongProc has no task \"",
                                          EscapeForTerminal(name), "\"; import the suite again"));
    }
    if (*task == LongProcTask::kPseudoToCode) return RunProgram();
    ASSAY_ASSIGN_OR_RETURN(const LongProcScore score, ScoreOf(*task));
    Fill(score, *task, verdict_);
    return EndWith(std::move(verdict_));
  }

 private:
  absl::StatusOr<LongProcScore> ScoreOf(LongProcTask task) const {
    const v1::Sample& sample = inputs_.sample();
    ASSAY_ASSIGN_OR_RETURN(const std::string_view reference, ScorerData(sample, "reference"));
    switch (task) {
      case LongProcTask::kCountdown: {
        ASSAY_ASSIGN_OR_RETURN(const CountdownProblem problem, CountdownDataOf(sample));
        return ScoreCountdown(problem, reference, inputs_.text());
      }
      case LongProcTask::kTravelPlanning: {
        ASSAY_ASSIGN_OR_RETURN(const std::string_view cities, ScorerData(sample, "cities"));
        ASSAY_ASSIGN_OR_RETURN(const std::string_view durations, ScorerData(sample, "durations"));
        ASSAY_ASSIGN_OR_RETURN(const std::vector<TravelStay> stays,
                               ReadTravelStays(cities, durations));
        return ScoreTravelPlan(stays, reference, inputs_.text());
      }
      case LongProcTask::kPathTraversal:
        return ScorePathTraversal(reference, inputs_.text());
      case LongProcTask::kTomTracking:
        return ScoreTomTracking(reference, inputs_.text());
      case LongProcTask::kHtmlToTsv:
        return ScoreHtmlToTsv(reference, inputs_.text());
      case LongProcTask::kPseudoToCode:
        break;
    }
    return Internal("a program is not scored by its text");
  }

  absl::StatusOr<Step> RunProgram() {
    if (inputs_.scorers(0).benchmark().options().contains(kPrograms)) {
      return InvalidArgument(absl::StrCat("sample ", inputs_.sample().id(),
                                          " is scored by running a program, and the scorer's "
                                          "option programs is none; take the option out"));
    }
    ASSAY_ASSIGN_OR_RETURN(const std::vector<LongProcTestCase> cases,
                           CasesDataOf(inputs_.sample()));
    const std::optional<std::string> code = CodeOf(inputs_.text());
    if (!code) {
      LongProcScore score;
      score.problem = "no ```cpp ... ```";
      Fill(score, LongProcTask::kPseudoToCode, verdict_);
      return EndWith(std::move(verdict_));
    }
    cases_ = cases.size();
    Step step;
    v1::Call& call = step.calls.emplace_back();
    call.set_label("program");
    *call.mutable_program() = MakeTestRun(*code, cases);
    return step;
  }

  absl::StatusOr<Step> Conclude(const CallOutcome& outcome) {
    const absl::StatusOr<ProgramReport> report = outcome.reply
                                                     ? ReadProgramReport(outcome.reply->text())
                                                     : InvalidArgument(outcome.error->message());
    if (!report.ok()) {
      verdict_.set_outcome(v1::OUTCOME_UNJUDGED);
      verdict_.set_reason(
          absl::StrCat("the program could not be run: ", std::string(MessageOf(report.status()))));
      return EndWith(std::move(verdict_));
    }
    verdict_.add_judge_models(outcome.reply->model());
    LongProcScore score;
    score.extracted = 1;
    score.score = score.partial = AllCasesRight(*report, cases_) ? 1 : 0;
    if (score.score == 0) score.problem = ProblemOf(*report);
    Fill(score, LongProcTask::kPseudoToCode, verdict_);
    return EndWith(std::move(verdict_));
  }

  const v1::UnitInputs& inputs_;
  v1::Verdict verdict_;
  std::size_t cases_ = 0;
};

absl::StatusOr<std::unique_ptr<StepMachine>> Make(const v1::UnitInputs& inputs) {
  return std::unique_ptr<StepMachine>(std::make_unique<LongProcScoring>(inputs));
}

}  // namespace

ScorerModule LongProcModule() {
  ScorerModule module;
  module.type = v1::ScorerSpec::kBenchmark;
  module.benchmark = "longproc";
  module.version = kVersion;
  module.resolve = Resolve;
  module.metric_names = MetricNamesOf;
  module.programs_only = true;
  module.accept = Accept;
  module.make = Make;
  return module;
}

}  // namespace assay
