#include "judge/benchmarks/longgenbench/longgenbench_scorer.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/text/python_split.h"
#include "judge/benchmarks/engine/benchmark_spec.h"
#include "judge/benchmarks/engine/question_scoring.h"
#include "judge/engine/token_estimate.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

constexpr std::int64_t kMaxNumber = 1'000'000;
constexpr int kStrictTries = 3;
constexpr std::int64_t kReplyTokens = 50;
constexpr std::int64_t kBlockTokens = 175;  // 703 characters, the mean of 85,849 published ones

BenchmarkTerms Terms() {
  BenchmarkTerms terms;
  terms.prompts = {"judge"};
  terms.sampling.set_temperature(0.95);
  terms.sampling.set_top_p(0.95);
  terms.sampling.set_max_tokens(kReplyTokens);
  terms.sampling.set_seed(42);
  terms.max_tries = kStrictTries;
  return terms;
}

absl::Status Resolve(v1::ScorerSpec& scorer) {
  return ResolveBenchmark(Terms(), *scorer.mutable_benchmark());
}

std::vector<std::string> MetricNamesOf(const v1::ScorerSpec&) {
  std::vector<std::string> names = {"STIC-2",   "STIC-1",    "CR",     "words", "blocks",
                                    "required", "generated", "judged", "yes"};
  for (const std::string_view kind : kLongGenBenchKinds) {
    for (const char* count : {".required", ".judged", ".yes"}) {
      names.push_back(std::string(kind) + count);
    }
  }
  return names;
}

// As if every check had its block.
JudgeCost Cost(const v1::ScorerSpec& scorer, const v1::Sample& sample, std::int64_t) {
  const auto item = LongGenBenchItemOf(sample);
  const auto prompt = BenchmarkPrompt(scorer.benchmark(), "judge");
  if (!item.ok() || !prompt.ok()) return {};
  JudgeCost cost;
  cost.shows_prompt = false;
  cost.calls = static_cast<std::int64_t>(item->checks.size());
  cost.input_tokens = cost.calls * (BoundTokens(*prompt).most + kBlockTokens);
  cost.output_tokens = cost.calls * kReplyTokens;
  return cost;
}

// One text while its checks are put to the judge.
struct Scoring {
  LongGenBenchItem item;
  std::string whole;               // the text behind its prefix
  std::size_t added = 0;           // bytes that the prefix put before it
  LongGenBenchText text;           // views of `whole`
  std::vector<std::size_t> asked;  // places in item.checks
  bool official = false;

  std::string_view BlockOf(const LongGenBenchCheck& check) const {
    return text.blocks[text.by_id.at(check.id)];
  }
};

// The block in the text that was scored; what the prefix added is no part of it.
void AddSpan(const Scoring& scoring, std::string_view block, v1::Finding& finding) {
  const auto begin = static_cast<std::size_t>(block.data() - scoring.whole.data());
  const std::size_t end = begin + block.size();
  if (end <= scoring.added) return;
  v1::Span& span = *finding.add_spans();
  span.set_source("output");
  span.set_begin_byte(static_cast<std::int64_t>(std::max(begin, scoring.added) - scoring.added));
  span.set_end_byte(static_cast<std::int64_t>(end - scoring.added));
}

void AddFindings(const Scoring& scoring, const std::vector<JudgeAnswer>& replies,
                 const LongGenBenchAnswers& answers, v1::Verdict& verdict) {
  std::map<std::size_t, const JudgeAnswer*> by_check;
  for (std::size_t i = 0; i < replies.size(); ++i) by_check[scoring.asked[i]] = &replies[i];
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const LongGenBenchCheck& check = scoring.item.checks[i];
    v1::Finding& finding = *verdict.add_findings();
    finding.set_kind("check");
    finding.set_id(LongGenBenchFindingId(check));
    finding.set_text(check.event);
    const auto asked = by_check.find(i);
    if (asked == by_check.end()) {
      finding.set_label("not written");
      continue;
    }
    finding.set_label(!answers[i].has_value() ? "unjudged" : *answers[i] ? "yes" : "no");
    if (!answers[i].has_value()) finding.set_note(asked->second->problem);
    AddSpan(scoring, scoring.BlockOf(check), finding);
  }
}

void AddScores(const Scoring& scoring, const LongGenBenchTally& tally, bool complete,
               v1::Verdict& verdict) {
  const auto add = [&](const std::string& name, std::int64_t count) {
    AddScore(verdict, name, static_cast<double>(count));
  };
  const LongGenBenchCounts total = LongGenBenchTotal(tally);
  const std::optional<double> stic2 = LongGenBenchStic2(total);
  const std::optional<double> stic1 = LongGenBenchStic1(total);
  if (complete && stic2.has_value()) AddScore(verdict, "STIC-2", *stic2);
  if (complete && stic1.has_value()) AddScore(verdict, "STIC-1", *stic1);
  AddScore(verdict, "CR", LongGenBenchCompletion(scoring.text, scoring.item.number));
  add("words", scoring.text.words);
  add("blocks", static_cast<std::int64_t>(scoring.text.blocks.size()));
  add("required", total.required);
  add("generated", static_cast<std::int64_t>(scoring.asked.size()));
  add("judged", total.judged);
  add("yes", total.yes);
  for (std::size_t kind = 0; kind < kLongGenBenchKinds.size(); ++kind) {
    const std::string name(kLongGenBenchKinds[kind]);
    add(name + ".required", tally.kinds[kind].required);
    add(name + ".judged", tally.kinds[kind].judged);
    add(name + ".yes", tally.kinds[kind].yes);
  }
}

void Conclude(const Scoring& scoring, const std::vector<JudgeAnswer>& replies,
              v1::Verdict& verdict) {
  LongGenBenchAnswers answers(scoring.item.checks.size());
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (!replies[i].usable) continue;
    answers[scoring.asked[i]] = scoring.official ? OfficialLongGenBenchYes(replies[i].text)
                                                 : StrictLongGenBenchYes(replies[i].text);
  }
  const std::string unanswered = DescribeUnanswered(replies);
  AddScores(scoring, LongGenBenchTallyOf(scoring.item, answers), unanswered.empty(), verdict);
  AddFindings(scoring, replies, answers, verdict);
  if (unanswered.empty()) return;
  verdict.set_outcome(v1::OUTCOME_UNJUDGED);
  verdict.set_reason(unanswered);
}

absl::StatusOr<QuestionPlan> Plan(const v1::UnitInputs& inputs) {
  const v1::ScorerSpec& scorer = inputs.scorers(0);
  ASSAY_ASSIGN_OR_RETURN(const std::string_view prompt,
                         BenchmarkPrompt(scorer.benchmark(), "judge"));
  ASSAY_ASSIGN_OR_RETURN(const std::string_view prefix, ScorerData(inputs.sample(), "prefix"));
  const auto scoring = std::make_shared<Scoring>();
  ASSAY_ASSIGN_OR_RETURN(scoring->item, LongGenBenchItemOf(inputs.sample()));
  scoring->whole = WithLongGenBenchPrefix(inputs.text(), prefix);
  scoring->added = scoring->whole.size() - inputs.text().size();
  scoring->text = ParseLongGenBenchText(scoring->whole, scoring->item.type);
  scoring->asked = LongGenBenchGenerated(scoring->item, scoring->text);
  scoring->official = EffectiveCompat(scorer) == v1::COMPAT_OFFICIAL;
  QuestionPlan plan;
  for (const std::size_t place : scoring->asked) {
    const LongGenBenchCheck& check = scoring->item.checks[place];
    JudgeQuestion& question = plan.questions.emplace_back();
    question.label = "check/" + LongGenBenchFindingId(check);
    ASSAY_ASSIGN_OR_RETURN(question.completion,
                           LongGenBenchPrompt(prompt, scoring->BlockOf(check), check.event));
  }
  plan.problem = [scoring](std::size_t, std::string_view reply) {
    return scoring->official ? std::string() : StrictLongGenBenchProblem(reply);
  };
  plan.conclude = [scoring](const std::vector<JudgeAnswer>& replies, v1::Verdict& verdict) {
    Conclude(*scoring, replies, verdict);
  };
  return plan;
}

absl::StatusOr<std::unique_ptr<StepMachine>> Make(const v1::UnitInputs& inputs) {
  const v1::BenchmarkScorer& scorer = inputs.scorers(0).benchmark();
  ASSAY_ASSIGN_OR_RETURN(const std::string_view prompt, BenchmarkPrompt(scorer, "judge"));
  ASSAY_RETURN_IF_ERROR(LongGenBenchPrompt(prompt, "", "").status());
  return MakeQuestionScoring(inputs, std::string(kLongGenBenchVersion), &Plan);
}

}  // namespace

std::string LongGenBenchFindingId(const LongGenBenchCheck& check) {
  return absl::StrCat(std::string(kLongGenBenchKinds[check.kind]), ":", check.id);
}

absl::StatusOr<LongGenBenchItem> LongGenBenchItemOf(const v1::Sample& sample) {
  ASSAY_ASSIGN_OR_RETURN(const std::string_view type, ScorerData(sample, "type"));
  ASSAY_ASSIGN_OR_RETURN(const std::string_view number, ScorerData(sample, "number"));
  ASSAY_ASSIGN_OR_RETURN(const std::string_view checks, ScorerData(sample, "checks"));
  const std::string who =
      absl::StrCat("sample \"", EscapeForTerminal(sample.id()), "\": scorer_data.");
  const std::optional<std::int64_t> blocks = PythonInt(number);
  if (!blocks.has_value() || *blocks < 1 || *blocks > kMaxNumber) {
    return InvalidArgument(absl::StrCat(who, "number: expected a whole number from 1 to ",
                                        kMaxNumber, "; import the benchmark again"));
  }
  LongGenBenchItem item{std::string(type), *blocks, {}};
  auto parsed = ParseLongGenBenchChecks(checks);
  if (!parsed.ok()) return Annotate(parsed.status(), who + "checks");
  item.checks = *std::move(parsed);
  return item;
}

LongGenBenchAnswers LongGenBenchAnswersOf(
    const LongGenBenchItem& item, const google::protobuf::RepeatedPtrField<v1::Finding>& findings) {
  std::map<std::string_view, std::string_view> labels;
  for (const v1::Finding& finding : findings) labels[finding.id()] = finding.label();
  LongGenBenchAnswers answers;
  for (const LongGenBenchCheck& check : item.checks) {
    const auto found = labels.find(LongGenBenchFindingId(check));
    const bool judged = found != labels.end() && (found->second == "yes" || found->second == "no");
    answers.push_back(judged ? std::optional<bool>(found->second == "yes") : std::nullopt);
  }
  return answers;
}

ScorerModule LongGenBenchModule() {
  ScorerModule module;
  module.type = v1::ScorerSpec::kBenchmark;
  module.benchmark = "longgenbench";
  module.version = kLongGenBenchVersion.data();
  module.resolve = &Resolve;
  module.metric_names = &MetricNamesOf;
  module.cost = &Cost;
  module.make = &Make;
  return module;
}

}  // namespace assay
