// What full claim checking costs a judge: calls, input tokens (bytes / 4) and the share of prompt
// bytes in prefixes that an earlier call had, per 1,000 words of a text with 235 claims per 1,000
// words. The judge is a script; prompts are counted, not run. Published costs of the same text:
// VeriScore 1.02 M input tokens, SAFE 2.3 M (reference claims-and-judges.md section 5).
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "judge/claims/factual_coverage.h"
#include "tests/bench/bench_report.h"
#include "tests/unit/judge/claims/claim_world.h"

namespace assay {
namespace {

constexpr double kVeriScoreTokens = 1.02e6;
constexpr double kSafeTokens = 2.3e6;

struct Case {
  std::string name;
  int sentences;
  int words_per_fact;  // of the documents
  int held_of_ten;
  int window;
};

v1::UnitInputs InputsOf(const ClaimWorld& world, int window) {
  v1::UnitInputs inputs;
  inputs.mutable_unit()->set_id("unit-1");
  inputs.mutable_unit()->set_kind(v1::UNIT_KIND_SCORE_JUDGED);
  inputs.mutable_unit()->set_endpoint("judges");
  inputs.mutable_judge()->set_id("judge");
  inputs.mutable_judge()->set_model("judge-model");
  inputs.set_prompt_text("Write what is known of the valley, its people and its works.");
  inputs.set_generation_outcome(v1::OUTCOME_GENERATED);
  inputs.set_run_secret("0123456789abcdef0123456789abcdef");
  inputs.set_context_tokens(window);
  v1::ScorerSpec& scorer = *inputs.add_scorers();
  scorer.set_id("factual_coverage");
  scorer.mutable_factual_coverage();
  const absl::Status resolved = FactualCoverageModule().resolve(scorer);
  ASSAY_CHECK(resolved.ok());
  world.Fill(inputs);
  return inputs;
}

v1::Verdict Judge(const v1::UnitInputs& inputs, const ClaimWorld& world) {
  ScriptedJudge judge(
      [&](const AskedCall& call, const std::string& id) { return world.Answer(call, id); });
  const auto machine = FactualCoverageModule().make(inputs);
  ASSAY_CHECK(machine.ok());
  std::vector<CallOutcome> outcomes;
  while (true) {
    const absl::StatusOr<Step> step = (*machine)->Advance(outcomes);
    ASSAY_CHECK(step.ok());
    if (step->result) return step->result->verdicts(0);
    outcomes.clear();
    for (const v1::Call& call : step->calls) {
      outcomes.push_back({judge.Answer(call), std::nullopt});
    }
  }
}

double ScoreOf(const v1::Verdict& verdict, const std::string& name) {
  for (const v1::Score& score : verdict.scores()) {
    if (score.name() == name) return score.value();
  }
  return -1;
}

void Measure(const Case& one, BenchReport& report) {
  if (!report.options().Wants(one.name)) return;
  ClaimWorldOptions options;
  options.sentences = one.sentences;
  options.words_per_fact = one.words_per_fact;
  options.held_of_ten = one.held_of_ten;
  const ClaimWorld world(options);
  const v1::UnitInputs inputs = InputsOf(world, one.window);
  const v1::Verdict verdict = Judge(inputs, world);
  if (verdict.outcome() != v1::OUTCOME_SCORED || ScoreOf(verdict, "claims") != world.claims()) {
    std::fprintf(stderr, "%s: %s %s, %g of %d claims\n", one.name.c_str(),
                 v1::Outcome_Name(verdict.outcome()).c_str(), verdict.reason().c_str(),
                 ScoreOf(verdict, "claims"), world.claims());
    std::exit(1);
  }
  const double thousands = world.words() / 1000;
  const v1::JudgeStats& stats = verdict.judge_stats();
  const auto bytes = static_cast<double>(stats.prompt_bytes());
  report.Add({one.name + ": calls per 1,000 words", {stats.calls() / thousands}, "calls"});
  report.Add({one.name + ": input tokens per 1,000 words",
              {bytes / 4 / thousands},
              "tokens",
              AtMost(std::min(0.15 * kVeriScoreTokens, 0.05 * kSafeTokens)),
              kVeriScoreTokens,
              "VeriScore"});
  report.Add({one.name + ": prompt bytes in shared prefixes",
              {100 * static_cast<double>(stats.shared_prefix_bytes()) / bytes},
              "%",
              AtLeast(80)});
  report.Note(one.name + ": " + std::to_string(world.claims()) + " claims, " +
              std::to_string(world.held()) + " held by the documents, " +
              std::to_string(static_cast<int>(ScoreOf(verdict, "supported"))) + " found supported");
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  using namespace assay;
  BenchReport report("judge cost", ParseBenchOptions(argc, argv));
  for (const Case& one :
       {Case{"1,000 words, 3 pages of evidence, 8k window", 59, 6, 8, 8192},
        Case{"1,000 words, 3,000 words of evidence, 8k window", 59, 17, 8, 8192},
        Case{"1,000 words, 3,000 words of evidence, 32k window", 59, 17, 8, 32768},
        Case{"10,000 words, 30,000 words of evidence, 8k window", 590, 17, 8, 8192}}) {
    Measure(one, report);
  }
  return report.Finish();
}
