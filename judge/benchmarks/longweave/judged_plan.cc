#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/digest.h"
#include "judge/benchmarks/engine/benchmark_spec.h"
#include "judge/benchmarks/engine/question_scoring.h"
#include "judge/benchmarks/longweave/article_words.h"
#include "judge/benchmarks/longweave/code_checks.h"
#include "judge/benchmarks/longweave/judged_plan.h"
#include "judge/benchmarks/longweave/sample_item.h"
#include "judge/benchmarks/longweave/verdicts.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

using longweave::SampleItem;

constexpr char kSystem[] = "You are a helpful assistant.";

// What all tasks need to know of the unit.
struct Context {
  const v1::UnitInputs& inputs;
  const v1::BenchmarkScorer& scorer;
  SampleItem item;
  bool official = false;

  absl::StatusOr<std::string_view> Prompt(const char* name) const {
    return BenchmarkPrompt(scorer, name);
  }
};

JudgeQuestion Ask(const char* label, const std::string& prompt) {
  JudgeQuestion question;
  question.label = label;
  v1::Message& system = question.messages.emplace_back();
  system.set_role("system");
  system.set_content(kSystem);
  v1::Message& user = question.messages.emplace_back();
  user.set_role("user");
  user.set_content(prompt);
  return question;
}

// One question about each batch of `items`; `make` gives its prompt.
template <typename Item, typename Make>
absl::StatusOr<std::vector<JudgeQuestion>> AskInBatches(const char* label,
                                                        const std::vector<Item>& items,
                                                        const std::vector<std::size_t>& sizes,
                                                        const Make& make) {
  std::vector<JudgeQuestion> questions;
  std::size_t begin = 0;
  for (const std::size_t size : sizes) {
    ASSAY_ASSIGN_OR_RETURN(const std::string prompt,
                           make(std::span<const Item>(items).subspan(begin, size)));
    questions.push_back(Ask(label, prompt));
    begin += size;
  }
  return questions;
}

// The strict rule for answers that never came in form; true: there is nothing to score. The
// official script goes on with what it takes such an answer for.
bool GiveUp(const std::vector<JudgeAnswer>& answers, bool official, v1::Verdict& verdict) {
  const std::string unanswered = DescribeUnanswered(answers);
  const auto usable = std::count_if(answers.begin(), answers.end(),
                                    [](const JudgeAnswer& answer) { return answer.usable; });
  AddScore(verdict, "judged", static_cast<double>(usable));
  AddScore(verdict, "required", static_cast<double>(answers.size()));
  if (unanswered.empty()) return false;
  if (official) {
    AddFlag(verdict, "failed_call_counted");
    return false;
  }
  verdict.set_outcome(v1::OUTCOME_UNJUDGED);
  verdict.set_reason(unanswered);
  return true;
}

void AddFinding(v1::Verdict& verdict, const char* kind, std::size_t number, const std::string& text,
                const char* label) {
  v1::Finding& finding = *verdict.add_findings();
  finding.set_kind(kind);
  finding.set_id(std::to_string(number));
  finding.set_text(text);
  finding.set_label(label);
}

// ---- KG_TO_TEXT --------------------------------------------------------------------------------

absl::StatusOr<QuestionPlan> PlanBiography(Context context) {
  ASSAY_ASSIGN_OR_RETURN(const std::string_view prompt, context.Prompt("coverage"));
  const std::string& text = context.inputs.text();
  const std::string biography = longweave::FirstWords(text, context.item.words);
  const std::vector<std::size_t> sizes =
      longweave::BatchSizes(context.item.texts.size(), longweave::SentencesPerCall(context.scorer));
  QuestionPlan plan;
  ASSAY_ASSIGN_OR_RETURN(
      plan.questions,
      AskInBatches("coverage", context.item.texts, sizes, [&](std::span<const std::string> batch) {
        return longweave::CoverageQuestion(prompt, biography, batch);
      }));
  plan.problem = [sizes, official = context.official](std::size_t i, std::string_view reply) {
    const std::size_t given = longweave::CoverageOf(reply, sizes[i]).given;
    if (official || given == sizes[i]) return std::string();
    return absl::StrCat("expected a list of ", sizes[i], " booleans, found ", given);
  };
  plan.conclude = [sizes, sentences = context.item.texts, official = context.official,
                   words = longweave::CountWordsWithoutCase(text)](
                      const std::vector<JudgeAnswer>& answers, v1::Verdict& verdict) {
    if (GiveUp(answers, official, verdict)) return;
    std::size_t covered = 0;
    std::size_t number = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const std::string_view reply = answers[i].usable ? answers[i].text : std::string_view();
      for (const bool each : longweave::CoverageOf(reply, sizes[i]).covered) {
        covered += each ? 1 : 0;
        AddFinding(verdict, "sentence", number + 1, sentences[number],
                   each ? "covered" : "not_covered");
        ++number;
      }
    }
    const double rate = longweave::CoverageRate(covered, sentences.size());
    AddScore(verdict, longweave::kPrimary, rate);
    AddScore(verdict, "sentence_coverage_rate", rate);
    AddScore(verdict, "words", static_cast<double>(words));
  };
  return plan;
}

// ---- SALES_REPORT_GENERATION -------------------------------------------------------------------

const char* LabelOf(const longweave::ReportAnswer& answer) {
  if (answer.correct) return "correct";
  return answer.answered ? "wrong" : "not_answered";
}

absl::StatusOr<QuestionPlan> PlanReport(Context context) {
  ASSAY_ASSIGN_OR_RETURN(const std::string_view prompt, context.Prompt("answers"));
  const std::string& text = context.inputs.text();
  const std::vector<std::size_t> sizes = longweave::BatchSizes(context.item.questions.size());
  QuestionPlan plan;
  ASSAY_ASSIGN_OR_RETURN(plan.questions,
                         AskInBatches("answers", context.item.questions, sizes,
                                      [&](std::span<const longweave::Question> batch) {
                                        return longweave::AnswersQuestion(prompt, text, batch);
                                      }));
  plan.problem = [sizes, official = context.official](std::size_t i, std::string_view reply) {
    const longweave::AnswersReply read = longweave::AnswersOf(reply, sizes[i]);
    if (official || (read.items == sizes[i] && read.given == sizes[i])) return std::string();
    return absl::StrCat("expected a list of ", sizes[i],
                        " objects with booleans answered and correct, found ", read.given,
                        " of these among ", read.items);
  };
  plan.conclude = [sizes, questions = context.item.questions, official = context.official,
                   words = longweave::CountWordsWithoutCase(text)](
                      const std::vector<JudgeAnswer>& answers, v1::Verdict& verdict) {
    if (GiveUp(answers, official, verdict)) return;
    std::size_t answered = 0;
    std::size_t correct = 0;
    std::size_t number = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const std::string_view reply = answers[i].usable ? answers[i].text : std::string_view();
      for (const longweave::ReportAnswer& each : longweave::AnswersOf(reply, sizes[i]).answers) {
        answered += each.answered ? 1 : 0;
        correct += each.correct ? 1 : 0;
        AddFinding(verdict, "question", number + 1, questions[number].question, LabelOf(each));
        ++number;
      }
    }
    const longweave::ReportScores scores =
        longweave::ScoreReport(answered, correct, questions.size());
    AddScore(verdict, longweave::kPrimary, scores.total);
    AddScore(verdict, "total_score", scores.total);
    AddScore(verdict, "answered_rate", scores.answered);
    AddScore(verdict, "correctness_rate", scores.correct);
    AddScore(verdict, "words", static_cast<double>(words));
  };
  return plan;
}

// ---- AP_STYLE_WRITING --------------------------------------------------------------------------

absl::StatusOr<QuestionPlan> PlanArticle(Context context) {
  longweave::StyleTexts texts;
  ASSAY_ASSIGN_OR_RETURN(texts.begin, context.Prompt("style"));
  ASSAY_ASSIGN_OR_RETURN(texts.statement, context.Prompt("style_statement"));
  ASSAY_ASSIGN_OR_RETURN(texts.end, context.Prompt("style_end"));
  ASSAY_ASSIGN_OR_RETURN(const std::string_view rubric, context.Prompt("rubric"));
  ASSAY_ASSIGN_OR_RETURN(const auto rules, longweave::ParseStyleRules(rubric));
  const std::string article = longweave::FirstWords(context.inputs.text(), context.item.words);
  QuestionPlan plan;
  std::vector<std::size_t> counts;
  std::vector<std::string> names;
  for (const std::string& category : context.item.texts) {
    const auto found = rules.find(category);
    if (found == rules.end()) continue;
    std::vector<longweave::Statement> statements;
    for (const longweave::Statement& statement : context.item.statements) {
      if (statement.category == category) statements.push_back(statement);
    }
    ASSAY_ASSIGN_OR_RETURN(const std::string question,
                           longweave::StyleQuestion(texts, found->second, article, statements));
    plan.questions.push_back(Ask("style", question));
    counts.push_back(statements.size());
    names.push_back(category);
  }
  plan.problem = [counts, official = context.official](std::size_t i, std::string_view reply) {
    if (official) return std::string();
    const std::optional<longweave::StyleReply> read = longweave::StyleOf(reply);
    if (!read) return std::string("expected a JSON list of the statements, each with two booleans");
    if (!read->booleans) return std::string("exists_in_article or follows_rules is no boolean");
    if (read->items == counts[i]) return std::string();
    return absl::StrCat("expected ", counts[i], " statements, found ", read->items);
  };
  plan.conclude = [counts, names, official = context.official, selected = context.item.texts.size(),
                   words = longweave::CountWords(context.inputs.text())](
                      const std::vector<JudgeAnswer>& answers, v1::Verdict& verdict) {
    if (GiveUp(answers, official, verdict)) return;
    std::vector<longweave::CategoryCounts> categories;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const auto read = longweave::StyleOf(answers[i].usable ? answers[i].text : "");
      longweave::CategoryCounts& category = categories.emplace_back();
      category.statements = counts[i];
      category.found = read ? read->found : 0;
      category.correct = read ? read->correct : 0;
      AddFinding(verdict, "category", i + 1,
                 absl::StrCat(names[i], ": ", category.found, " of ", counts[i], " found, ",
                              category.correct, " in style"),
                 category.correct == counts[i] ? "complete" : "incomplete");
    }
    const longweave::ArticleScores scores = longweave::ScoreArticle(categories, selected);
    AddScore(verdict, longweave::kPrimary, scores.total);
    AddScore(verdict, "total_score", scores.total);
    AddScore(verdict, "ap_total_score", scores.style);
    AddScore(verdict, "recall_rate", scores.recall);
    AddScore(verdict, "words", static_cast<double>(words));
  };
  return plan;
}

// ---- CODE_FIXING -------------------------------------------------------------------------------

void AddCodeScores(const longweave::CodeScores& scores, v1::Verdict& verdict) {
  AddScore(verdict, longweave::kPrimary, scores.total);
  AddScore(verdict, "total_score", scores.total);
  AddScore(verdict, "runnable_ratio", scores.runnable);
  AddScore(verdict, "style_quality_score", scores.style);
  AddScore(verdict, "func_count_score", scores.func_count);
}

QuestionPlan PlanWithoutQuestion(std::function<void(v1::Verdict&)> conclude) {
  QuestionPlan plan;
  plan.conclude = [conclude = std::move(conclude)](const std::vector<JudgeAnswer>&,
                                                   v1::Verdict& verdict) { conclude(verdict); };
  return plan;
}

absl::StatusOr<QuestionPlan> PlanCode(Context context) {
  const std::string code(longweave::CodeOf(context.inputs.text()));
  const auto listed = context.scorer.prompts().find("checks");
  const std::string digest = Sha256Hex(code);
  std::optional<longweave::CodeChecks> checks;
  if (listed != context.scorer.prompts().end()) {
    ASSAY_ASSIGN_OR_RETURN(checks, longweave::FindChecks(listed->second, digest));
  }
  if (!checks) {
    const bool configured = listed != context.scorer.prompts().end();
    return PlanWithoutQuestion([digest, configured](v1::Verdict& verdict) {
      verdict.set_outcome(v1::OUTCOME_UNJUDGED);
      verdict.set_reason(absl::StrCat(
          configured ? "prompt_files.checks has no line for this code (sha256 " + digest + ")"
                     : "flake8 is not configured: prompt_files.checks is not set",
          "; docs/benchmarks/longweave.md says how to make it"));
    });
  }
  if (code.empty()) {
    return PlanWithoutQuestion([](v1::Verdict& verdict) { AddCodeScores({}, verdict); });
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string_view prompt, context.Prompt("relevance"));
  ASSAY_ASSIGN_OR_RETURN(const std::string question,
                         longweave::RelevanceQuestion(prompt, context.item.code, code));
  QuestionPlan plan;
  plan.questions.push_back(Ask("relevance", question));
  plan.problem = [official = context.official](std::size_t, std::string_view reply) {
    const bool usable = official || longweave::RelevanceOf(reply).has_value();
    return std::string(usable ? "" : "expected {\"is_relevant_and_complete\": true or false}");
  };
  plan.conclude = [scores = longweave::ScoreCode(context.item.code, code, *checks),
                   official = context.official](const std::vector<JudgeAnswer>& answers,
                                                v1::Verdict& verdict) {
    if (GiveUp(answers, official, verdict)) return;
    const std::string_view reply = answers[0].usable ? answers[0].text : std::string_view();
    const bool relevant = longweave::RelevanceOf(reply).value_or(true);
    AddCodeScores(relevant ? scores : longweave::CodeScores(), verdict);
    if (!relevant) AddFlag(verdict, "not_relevant");
  };
  return plan;
}

}  // namespace

namespace longweave {

std::size_t SentencesPerCall(const v1::BenchmarkScorer& scorer) {
  const auto found = scorer.options().find(kBatchOption);
  std::int64_t batch = kBatch;
  if (found != scorer.options().end() && !absl::SimpleAtoi(found->second, &batch)) return 0;
  return batch < 1 ? 0 : static_cast<std::size_t>(batch);
}

absl::StatusOr<QuestionPlan> JudgedPlan(const v1::UnitInputs& inputs) {
  const v1::ScorerSpec& scorer = inputs.scorers(0);
  if (const std::optional<std::string> reason = WhyLeftOut(scorer, inputs)) {
    return PlanWithoutQuestion([reason = *reason](v1::Verdict& verdict) {
      verdict.set_outcome(v1::OUTCOME_NOT_APPLICABLE);
      verdict.set_reason(reason);
    });
  }
  ASSAY_ASSIGN_OR_RETURN(SampleItem item, ReadItem(inputs.sample()));
  const std::string task = item.task;
  Context context{inputs, scorer.benchmark(), std::move(item),
                  EffectiveCompat(scorer) == v1::COMPAT_OFFICIAL};
  if (task == "KG_TO_TEXT") return PlanBiography(std::move(context));
  if (task == "SALES_REPORT_GENERATION") return PlanReport(std::move(context));
  if (task == "AP_STYLE_WRITING") return PlanArticle(std::move(context));
  if (task == "CODE_FIXING") return PlanCode(std::move(context));
  return PlanWithoutQuestion([task](v1::Verdict& verdict) {
    verdict.set_outcome(v1::OUTCOME_NOT_APPLICABLE);
    verdict.set_reason(task + " is scored by longweave");
  });
}

}  // namespace longweave

}  // namespace assay
