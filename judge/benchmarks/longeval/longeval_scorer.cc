#include "judge/benchmarks/longeval/longeval_scorer.h"

#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/json/json.h"
#include "common/text/python_split.h"
#include "judge/benchmarks/engine/benchmark_spec.h"
#include "judge/benchmarks/engine/question_scoring.h"
#include "judge/benchmarks/longeval/longeval_scores.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

constexpr char kVersion[] = "longeval/1";
constexpr int kStrictTries = 3;

BenchmarkTerms Terms() {
  BenchmarkTerms terms;
  terms.prompts = {"system"};
  terms.prompts.insert(terms.prompts.end(), kLongEvalPrompts.begin(), kLongEvalPrompts.end());
  terms.sampling.set_max_tokens(9048);  // all else as the judge's own configuration has it
  terms.max_tries = kStrictTries;
  return terms;
}

absl::Status Resolve(v1::ScorerSpec& scorer) {
  return ResolveBenchmark(Terms(), *scorer.mutable_benchmark());
}

std::vector<std::string> MetricNamesOf(const v1::ScorerSpec&) {
  std::vector<std::string> names = {"instruction"};
  for (const std::string_view name : kLongEvalScores) {
    if (name != names.front()) names.emplace_back(name);
  }
  return names;
}

struct Scoring {
  LongEvalItem item;
  std::vector<std::string_view> texts;
  std::vector<LongEvalQuestion> questions;  // as asked: those that follow an answer come last
  std::size_t first_round = 0;
  bool official = false;
  const v1::BenchmarkScorer* scorer = nullptr;

  LongEvalAnswer Read(std::size_t index, std::string_view reply) const {
    const LongEvalAsk ask = questions[index].ask;
    return official ? ReadOfficialLongEval(ask, reply) : ReadStrictLongEval(ask, reply);
  }
};

std::string IdOf(const LongEvalQuestion& question) {
  return absl::StrCat(std::string(kLongEvalPrompts[static_cast<std::size_t>(question.ask)]), ":",
                      question.section + 1);
}

absl::StatusOr<JudgeQuestion> QuestionOf(const Scoring& scoring, const LongEvalQuestion& question) {
  const std::string name(kLongEvalPrompts[static_cast<std::size_t>(question.ask)]);
  JudgeQuestion asked;
  asked.label = IdOf(question);
  if (question.ask != LongEvalAsk::kExperiment) {
    ASSAY_ASSIGN_OR_RETURN(const std::string_view system,
                           BenchmarkPrompt(*scoring.scorer, "system"));
    asked.messages.emplace_back().set_role("system");
    asked.messages.back().set_content(std::string(system));
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string_view prompt, BenchmarkPrompt(*scoring.scorer, name));
  asked.messages.emplace_back().set_role("user");
  ASSAY_ASSIGN_OR_RETURN(*asked.messages.back().mutable_content(),
                         LongEvalPrompt(prompt, scoring.item, scoring.texts, question));
  return asked;
}

// Every question about a text like the original one; an answer is {"score": n}.
JudgeCost Cost(const v1::ScorerSpec& scorer, const v1::Sample& sample, std::int64_t) {
  const auto item = LongEvalItemOf(sample);
  if (!item.ok()) return {};
  Scoring scoring;
  scoring.item = *item;
  scoring.texts.assign(scoring.item.sections.begin(), scoring.item.sections.end());
  scoring.scorer = &scorer.benchmark();
  auto questions = LongEvalQuestions(scoring.item, scoring.texts);
  if (!questions.ok()) return {};
  for (const LongEvalQuestion& question : std::vector<LongEvalQuestion>(*questions)) {
    if (question.ask != LongEvalAsk::kExperiment) continue;
    questions->push_back(LongEvalFollowUp(question, /*yes=*/false));
  }
  JudgeCost cost;
  cost.shows_prompt = false;
  for (const LongEvalQuestion& question : *questions) {
    const auto asked = QuestionOf(scoring, question);
    if (!asked.ok()) return {};
    std::size_t bytes = 0;
    for (const v1::Message& message : asked->messages) bytes += message.content().size();
    ++cost.calls;
    cost.input_tokens += static_cast<std::int64_t>(bytes) / 4;
    cost.output_tokens += 20;
  }
  return cost;
}

absl::StatusOr<std::vector<JudgeQuestion>> FollowUps(Scoring& scoring,
                                                     const std::vector<JudgeAnswer>& answers) {
  std::vector<JudgeQuestion> asked;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const LongEvalQuestion question = scoring.questions[i];
    if (question.ask != LongEvalAsk::kExperiment || !answers[i].usable) continue;
    const bool yes = scoring.Read(i, answers[i].text).score == 1;
    scoring.questions.push_back(LongEvalFollowUp(question, yes));
    ASSAY_ASSIGN_OR_RETURN(JudgeQuestion next, QuestionOf(scoring, scoring.questions.back()));
    asked.push_back(std::move(next));
  }
  return asked;
}

// Places of the questions in the order of the official program: what follows an answer stands
// behind the question of its section.
std::vector<std::size_t> OfficialOrder(const Scoring& scoring) {
  std::map<std::size_t, std::size_t> next;  // by section
  for (std::size_t i = scoring.first_round; i < scoring.questions.size(); ++i) {
    next[scoring.questions[i].section] = i;
  }
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < scoring.first_round; ++i) {
    order.push_back(i);
    const auto found = next.find(scoring.questions[i].section);
    const bool leads = scoring.questions[i].ask == LongEvalAsk::kExperiment;
    if (leads && found != next.end()) order.push_back(found->second);
  }
  return order;
}

void AddFinding(const LongEvalQuestion& question, const JudgeAnswer& reply,
                const LongEvalAnswer& answer, v1::Verdict& verdict) {
  v1::Finding& finding = *verdict.add_findings();
  finding.set_kind("question");
  finding.set_id(IdOf(question));
  if (!reply.usable || answer.fate == LongEvalAnswer::Fate::kBreaks) {
    finding.set_label("unjudged");
    finding.set_note(reply.usable ? answer.problem : reply.problem);
  } else if (answer.fate == LongEvalAnswer::Fate::kNull) {
    finding.set_label("null");
  } else if (question.ask == LongEvalAsk::kExperiment) {
    finding.set_label(answer.score == 1 ? "yes" : "no");
  } else {
    finding.set_label(absl::StrCat(answer.score));
  }
}

void Conclude(const Scoring& scoring, const std::vector<JudgeAnswer>& replies,
              v1::Verdict& verdict) {
  std::vector<LongEvalAnswered> answered;
  std::string problem = DescribeUnanswered(replies);
  for (const std::size_t i : OfficialOrder(scoring)) {
    const LongEvalAnswer answer =
        replies[i].usable ? scoring.Read(i, replies[i].text) : LongEvalAnswer();
    AddFinding(scoring.questions[i], replies[i], answer, verdict);
    if (problem.empty() && answer.fate == LongEvalAnswer::Fate::kBreaks) {
      problem = absl::StrCat("the official program ends at ", IdOf(scoring.questions[i]), ": ",
                             answer.problem);
    }
    answered.push_back({scoring.questions[i], answer});
  }
  const double length = LongEvalLength(scoring.item, scoring.texts);
  if (!problem.empty()) {
    AddScore(verdict, "length", length);
    verdict.set_outcome(v1::OUTCOME_UNJUDGED);
    verdict.set_reason(problem);
    return;
  }
  const LongEvalScores scores = LongEvalScoresOf(answered, length);
  for (const std::string& name : MetricNamesOf({})) {
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (kLongEvalScores[i] != name || !scores[i].value.has_value()) continue;
      AddScore(verdict, name, *scores[i].value);
    }
  }
}

absl::StatusOr<QuestionPlan> Plan(const v1::UnitInputs& inputs) {
  const auto scoring = std::make_shared<Scoring>();
  scoring->scorer = &inputs.scorers(0).benchmark();
  scoring->official = EffectiveCompat(inputs.scorers(0)) == v1::COMPAT_OFFICIAL;
  ASSAY_ASSIGN_OR_RETURN(scoring->item, LongEvalItemOf(inputs.sample()));
  scoring->texts = PythonSplit(inputs.text(), kLongEvalBoundary);
  auto questions = LongEvalQuestions(scoring->item, scoring->texts);
  if (!questions.ok()) {
    return Annotate(questions.status(),
                    absl::StrCat("sample \"", EscapeForTerminal(inputs.sample().id()),
                                 "\": longeval scores texts of strategy longeval"));
  }
  scoring->questions = *std::move(questions);
  scoring->first_round = scoring->questions.size();
  QuestionPlan plan;
  for (const LongEvalQuestion& question : scoring->questions) {
    ASSAY_ASSIGN_OR_RETURN(JudgeQuestion asked, QuestionOf(*scoring, question));
    plan.questions.push_back(std::move(asked));
  }
  plan.problem = [scoring](std::size_t index, std::string_view reply) {
    return scoring->official ? std::string() : scoring->Read(index, reply).problem;
  };
  plan.follow_up = [scoring](const std::vector<JudgeAnswer>& answers) {
    return FollowUps(*scoring, answers);
  };
  plan.conclude = [scoring](const std::vector<JudgeAnswer>& replies, v1::Verdict& verdict) {
    Conclude(*scoring, replies, verdict);
  };
  return plan;
}

absl::StatusOr<std::unique_ptr<StepMachine>> Make(const v1::UnitInputs& inputs) {
  for (const std::string& name : Terms().prompts) {
    ASSAY_RETURN_IF_ERROR(BenchmarkPrompt(inputs.scorers(0).benchmark(), name).status());
  }
  return MakeQuestionScoring(inputs, kVersion, &Plan);
}

absl::StatusOr<std::vector<std::string>> Texts(const v1::Sample& sample, const std::string& name) {
  ASSAY_ASSIGN_OR_RETURN(const std::string_view data, ScorerData(sample, name));
  const auto json = ParseJson(data);
  std::vector<std::string> texts;
  bool good = json.ok() && json->is_array();
  for (std::size_t i = 0; good && i < json->size(); ++i) {
    good = (*json)[i].is_string();
    if (good) texts.push_back((*json)[i].get<std::string>());
  }
  if (good) return texts;
  return InvalidArgument(absl::StrCat("sample \"", EscapeForTerminal(sample.id()),
                                      "\": scorer_data.", name,
                                      ": expected a JSON list of texts; import it again"));
}

}  // namespace

absl::StatusOr<LongEvalItem> LongEvalItemOf(const v1::Sample& sample) {
  LongEvalItem item;
  ASSAY_ASSIGN_OR_RETURN(const std::string_view data_set, ScorerData(sample, "data_set"));
  if (data_set == "blog") {
    item.data_set = LongEvalDataSet::kBlog;
  } else if (data_set == "wikipedia") {
    item.data_set = LongEvalDataSet::kWikipedia;
  } else if (data_set != "paper") {
    return InvalidArgument(absl::StrCat("sample \"", EscapeForTerminal(sample.id()),
                                        "\": scorer_data.data_set: expected paper, blog or "
                                        "wikipedia; import it again"));
  }
  ASSAY_ASSIGN_OR_RETURN(item.sections, Texts(sample, "sections"));
  ASSAY_ASSIGN_OR_RETURN(item.plan, Texts(sample, "plan"));
  return item;
}

ScorerModule LongEvalModule() {
  ScorerModule module;
  module.type = v1::ScorerSpec::kBenchmark;
  module.benchmark = "longeval";
  module.version = kVersion;
  module.resolve = &Resolve;
  module.metric_names = &MetricNamesOf;
  module.cost = &Cost;
  module.make = &Make;
  return module;
}

}  // namespace assay
