#include "cli/commands/dry_run.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_format.h"
#include "cli/terminal/progress_display.h"
#include "common/agent/prompt_text.h"
#include "common/json/json.h"
#include "coordinator/core/run_plan.h"
#include "judge/scorer_registry.h"

namespace assay {
namespace {

constexpr std::int64_t kUnknownAnswerTokens = 2048;
constexpr std::int64_t kJudgeAnswerTokens = 200;

std::int64_t AnswerTokens(const v1::Sample& sample, const v1::Sampling& sampling) {
  std::int64_t tokens = kUnknownAnswerTokens;
  if (sample.required_words() > 0) {
    const bool chinese = sample.language().starts_with("zh");
    tokens = chinese ? sample.required_words() : sample.required_words() * std::int64_t{4} / 3;
  }
  if (!sampling.has_max_tokens()) return tokens;
  return std::min<std::int64_t>(tokens, sampling.max_tokens());
}

double CostOf(const v1::RunSpec& spec, const std::string& endpoint_id, std::int64_t input,
              std::int64_t output, bool* priced) {
  for (const v1::Endpoint& endpoint : spec.endpoints()) {
    if (endpoint.id() != endpoint_id) continue;
    if (!endpoint.has_price()) break;
    return (static_cast<double>(input) * endpoint.price().input_usd_per_mtok() +
            static_cast<double>(output) * endpoint.price().output_usd_per_mtok()) /
           1e6;
  }
  *priced = false;
  return 0;
}

// Of one scoring of a text of so many tokens.
JudgeCost CostOfScoring(const v1::ScorerSpec& scorer, const v1::Sample& sample, std::int64_t text) {
  JudgeCost cost = {1, GuessTokens(scorer.rubric().prompt()) + text, kJudgeAnswerTokens};
  if (const auto expected = ExpectedJudgeCost(scorer, sample, text * 3 / 4)) cost = *expected;
  if (cost.shows_prompt) cost.input_tokens += GuessTokens(PromptText(sample)) * cost.calls;
  return cost;
}

// Adds one scoring, or preparation, by the one scorer of `range`.
void AddJudged(const RunPlan& plan, const StageRange& range, const v1::Sample& sample,
               RunEstimate* estimate) {
  const v1::ScorerSpec& scorer =
      plan.ScorersOf(range.suite)[static_cast<std::size_t>(range.scorers.front())];
  JudgeCost cost = {1, GuessTokens(scorer.rubric().prompt()) + GuessTokens(PromptText(sample)),
                    kJudgeAnswerTokens};
  std::int64_t most = std::max(1, scorer.rubric().max_tries());
  if (IsScoring(range.kind)) {
    const std::int64_t text = AnswerTokens(sample, plan.SamplingFor(range));
    cost = CostOfScoring(scorer, sample, text);
    if (ExpectedJudgeCost(scorer, sample, text * 3 / 4)) most = 3 * cost.calls;
  }
  estimate->judge_calls += cost.calls;
  estimate->judge_calls_max += most;
  estimate->judge_input_tokens += cost.input_tokens;
  estimate->judge_output_tokens += cost.output_tokens;
  estimate->cost_usd += CostOf(plan.record().spec(), range.endpoint, cost.input_tokens,
                               cost.output_tokens, &estimate->priced);
}

}  // namespace

std::int64_t GuessTokens(std::string_view text) {
  std::int64_t ascii = 0;
  std::int64_t others = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      ++ascii;
    } else if ((byte & 0xC0) != 0x80) {
      ++others;
    }
  }
  return (ascii + 3) / 4 + others;
}

absl::StatusOr<RunEstimate> EstimateRun(const v1::RunRecord& record) {
  ASSAY_ASSIGN_OR_RETURN(const RunPlan plan, RunPlan::Make(record, ScorerNeedsCalls));
  RunEstimate estimate;
  estimate.priced = true;
  for (UnitIndex unit = 0; unit < plan.unit_count(); ++unit) {
    const StageRange& range = plan.RangeOf(unit);
    const v1::Sample& sample = plan.SampleOf(unit);
    if (range.kind == v1::UNIT_KIND_GENERATE) {
      ++estimate.generations;
      if (range.endpoint.empty()) continue;  // a probe: its text is there
      const v1::Model model = plan.ModelFor(range);
      const std::int64_t input =
          GuessTokens(PromptText(sample)) + GuessTokens(model.system_prompt());
      const std::int64_t output = AnswerTokens(sample, model.sampling());
      ++estimate.generation_calls;
      estimate.generation_input_tokens += input;
      estimate.generation_output_tokens += output;
      estimate.cost_usd += CostOf(record.spec(), range.endpoint, input, output, &estimate.priced);
      continue;
    }
    if (range.kind == v1::UNIT_KIND_PREPARE) {
      AddJudged(plan, range, sample, &estimate);
      continue;
    }
    ++estimate.scorings;
    if (range.judge >= 0) AddJudged(plan, range, sample, &estimate);
  }
  return estimate;
}

absl::StatusOr<JudgeCost> EstimateJudge(const v1::Suite& suite) {
  JudgeCost total;
  for (const v1::ScorerSpec& unresolved : suite.manifest().scorers()) {
    ASSAY_ASSIGN_OR_RETURN(const v1::ScorerSpec scorer, ResolveScorer(unresolved));
    if (!scorer.accepted().judged()) continue;
    for (const v1::Sample& sample : suite.samples()) {
      const std::int64_t text = AnswerTokens(sample, suite.manifest().sampling());
      const JudgeCost cost = CostOfScoring(scorer, sample, text);
      total.calls += cost.calls;
      total.input_tokens += cost.input_tokens;
      total.output_tokens += cost.output_tokens;
    }
  }
  return total;
}

std::string DescribeEstimate(const RunEstimate& e) {
  const auto tokens = [](std::int64_t count) { return ShortCount(static_cast<double>(count)); };
  std::string out = absl::StrFormat(
      "Units:  %d (%d generations, %d scorings)\n"
      "Calls:  %d generations, %d judge calls (at most %d with re-asks)\n",
      e.generations + e.scorings, e.generations, e.scorings, e.generation_calls, e.judge_calls,
      e.judge_calls_max);
  out += "Tokens: " + tokens(e.generation_input_tokens) + " in and " +
         tokens(e.generation_output_tokens) + " out to generate, " + tokens(e.judge_input_tokens) +
         " in and " + tokens(e.judge_output_tokens) +
         " out to judge\n"
         "        (a guess: 4 ASCII letters or 1 other character a token; answers as long as\n"
         "        asked for, at most max_tokens, 2,048 where neither is known; 200 a verdict)\n";
  out += e.priced ? absl::StrFormat("Cost:   $%.2f at the endpoints' prices\n", e.cost_usd)
                  : std::string("Cost:   not known; give every endpoint a price\n");
  return out + "Nothing was created.\n";
}

std::string EstimateJson(const RunEstimate& e) {
  OrderedJson record = {{"record", "dry_run"},
                        {"units", e.generations + e.scorings},
                        {"generations", e.generations},
                        {"scorings", e.scorings},
                        {"judge_calls", e.judge_calls},
                        {"judge_calls_max", e.judge_calls_max},
                        {"tokens_estimated", true},
                        {"generation_input_tokens", e.generation_input_tokens},
                        {"generation_output_tokens", e.generation_output_tokens},
                        {"judge_input_tokens", e.judge_input_tokens},
                        {"judge_output_tokens", e.judge_output_tokens}};
  record["cost_usd"] = e.priced ? OrderedJson(e.cost_usd) : OrderedJson(nullptr);
  return DumpJson(record);
}

}  // namespace assay
