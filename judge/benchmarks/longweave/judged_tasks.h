// The three tasks that a judge scores: KG_TO_TEXT, SALES_REPORT_GENERATION and AP_STYLE_WRITING
// (reference 3.3). What is asked, in which batches, and what the replies come to. Pure functions,
// thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "judge/benchmarks/longweave/replies.h"
#include "judge/benchmarks/longweave/templates.h"

namespace assay::longweave {

struct Triple {
  std::string subject;
  std::string predicate;
  std::string object;
};

struct Question {
  std::string question;
  std::string answer;
};

// A sentence that breaks a rule of AP style.
struct Statement {
  std::string category;
  std::string statement;
  std::string reason;   // why it is wrong
  std::string correct;  // how it should be written
};

// One category of the AP rubric.
struct StyleRules {
  std::string category;
  std::string criteria;
  std::string incorrect_examples;
  std::string correct_examples;
};

// Of AP_Style_Evaluation.json, by category. InvalidArgument: "<field>: <problem>".
absl::StatusOr<std::map<std::string, StyleRules>> ParseStyleRules(std::string_view json);

// The categories of an item in the order of its prompt: 2 of the ten drawn by its id at 1k, 5 at
// 2k, 8 at 4k, and all ten at 8k. `length`: "1k".
std::vector<std::string> DrawCategories(std::string_view id, std::string_view length);

// Prompts of the model under test; `words` is the length asked for.
absl::StatusOr<std::string> BiographyPrompt(const Templates& templates, std::string_view slug,
                                            std::span<const Triple> triples, std::int64_t words);
absl::StatusOr<std::string> ReportPrompt(const Templates& templates, std::string_view table,
                                         std::span<const Question> questions, std::int64_t words);
// `categories` that have no rules are left out.
absl::StatusOr<std::string> ArticlePrompt(const Templates& templates,
                                          const std::map<std::string, StyleRules>& rules,
                                          std::string_view query,
                                          std::span<const std::string> categories,
                                          std::span<const Statement> statements,
                                          std::int64_t words);

// The judge's own texts by name, for the suite's prompt files: "relevance", "coverage", "answers",
// "style", "style_statement", "style_end".
absl::StatusOr<std::map<std::string, std::string>> JudgeTexts(const Templates& templates);

// Prompts of the judge, made of these texts.
absl::StatusOr<std::string> RelevanceQuestion(std::string_view relevance, std::string_view original,
                                              std::string_view code);
absl::StatusOr<std::string> CoverageQuestion(std::string_view coverage, std::string_view biography,
                                             std::span<const std::string> sentences);
absl::StatusOr<std::string> AnswersQuestion(std::string_view answers, std::string_view report,
                                            std::span<const Question> questions);
struct StyleTexts {
  std::string_view begin;
  std::string_view statement;
  std::string_view end;
};
absl::StatusOr<std::string> StyleQuestion(const StyleTexts& texts, const StyleRules& rules,
                                          std::string_view article,
                                          std::span<const Statement> statements);

// Questions are asked in batches of so many.
inline constexpr std::size_t kBatch = 5;

// Sizes of the batches of `count` items, `batch` each but for the last.
std::vector<std::size_t> BatchSizes(std::size_t count, std::size_t batch = kBatch);

// covered / sentences, to four digits; 0 of none.
double CoverageRate(std::size_t covered, std::size_t sentences);

// All 0..1, the rates over all questions and to four digits; total is their harmonic mean.
struct ReportScores {
  double answered = 0;
  double correct = 0;
  double total = 0;
};
ReportScores ScoreReport(std::size_t answered, std::size_t correct, std::size_t questions);

// What one category's reply came to; all 0 where it could not be read.
struct CategoryCounts {
  std::size_t statements = 0;
  std::size_t found = 0;
  std::size_t correct = 0;
};

// Means over the categories, of found / statements and correct / statements; not rounded, and above
// 1 where a judge lists more than it was asked about. total: their harmonic mean.
struct ArticleScores {
  double recall = 0;
  double style = 0;
  double total = 0;
};
// `selected`: categories of the item, with those that have no rules.
ArticleScores ScoreArticle(std::span<const CategoryCounts> categories, std::size_t selected);

}  // namespace assay::longweave
