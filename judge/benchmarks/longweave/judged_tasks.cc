#include "judge/benchmarks/longweave/judged_tasks.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/json/json.h"
#include "common/text/python_text.h"
#include "judge/benchmarks/longweave/tasks.h"

namespace assay::longweave {
namespace {

constexpr double kNothing = 1e-9;  // a score up to this makes the total 0

// The official order, which the draws go by.
constexpr std::array<const char*, 10> kCategories = {
    "Capitalization Rules",    "Overall Consistency", "Media References", "Titles and Positions",
    "Addresses and Locations", "Number Usage",        "Technical Terms",  "Dates and Times",
    "Clarity and Brevity",     "Punctuation"};

double HarmonicMean(double left, double right) {
  if (std::min(left, right) <= kNothing) return 0;
  return 2 / (1 / left + 1 / right);
}

double Ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

absl::StatusOr<std::string> Field(const Json& entry, const char* name) {
  const auto found = entry.is_object() ? entry.find(name) : entry.end();
  if (found == entry.end() || !found->is_string()) {
    return InvalidArgument(absl::StrCat(name, ": is missing, expected a text"));
  }
  return found->get<std::string>();
}

absl::StatusOr<StyleRules> RulesOf(const Json& entry) {
  StyleRules rules;
  ASSAY_ASSIGN_OR_RETURN(rules.category, Field(entry, "Category"));
  ASSAY_ASSIGN_OR_RETURN(rules.criteria, Field(entry, "Scoring_Criteria"));
  ASSAY_ASSIGN_OR_RETURN(rules.incorrect_examples, Field(entry, "Incorrect_Examples"));
  ASSAY_ASSIGN_OR_RETURN(rules.correct_examples, Field(entry, "Correct_Examples"));
  return rules;
}

// A category's rules, and the statements that break them, numbered from `number` on.
absl::StatusOr<std::string> CategoryBlock(const Templates& templates, const StyleRules& rules,
                                          std::span<const Statement> statements, int& number) {
  ASSAY_ASSIGN_OR_RETURN(
      const std::string text,
      templates.Text("news_AP_style_task", "generate_prompt", "category_rubric_str", 0));
  ASSAY_ASSIGN_OR_RETURN(
      std::string block,
      Fill(text,
           {{"<<category_name.upper()>>", absl::AsciiStrToUpper(rules.category)},
            {"<<self.rubric[category_name]['Scoring_Criteria']>>", rules.criteria},
            {"<<self.rubric[category_name]['Incorrect_Examples']>>", rules.incorrect_examples},
            {"<<self.rubric[category_name]['Correct_Examples']>>", rules.correct_examples}}));
  bool first = true;
  for (const Statement& statement : statements) {
    if (statement.category != rules.category) continue;
    if (first) {
      ASSAY_ASSIGN_OR_RETURN(const std::string head,
                             templates.Text("news_AP_style_task", "generate_prompt",
                                            "statement_lines_for_category", 0));
      ASSAY_ASSIGN_OR_RETURN(const std::string filled,
                             Fill(head, {{"<<category_name>>", rules.category}}));
      absl::StrAppend(&block, "\n\n", filled);
      first = false;
    }
    absl::StrAppend(&block, "\n", number++, ". ", statement.statement);
  }
  return block;
}

}  // namespace

absl::StatusOr<std::map<std::string, StyleRules>> ParseStyleRules(std::string_view json) {
  constexpr char kTable[] = "AP_Style_Scoring_Table";
  ASSAY_ASSIGN_OR_RETURN(const Json document, ParseJson(json));
  const auto table = document.is_object() ? document.find(kTable) : document.end();
  if (table == document.end() || !table->is_array()) {
    return InvalidArgument(absl::StrCat(kTable, ": is missing, expected a list"));
  }
  std::map<std::string, StyleRules> rules;
  for (std::size_t i = 0; i < table->size(); ++i) {
    absl::StatusOr<StyleRules> one = RulesOf((*table)[i]);
    if (!one.ok()) return Annotate(one.status(), absl::StrCat(kTable, "[", i, "]"));
    const std::string category = one->category;
    rules.insert_or_assign(category, *std::move(one));
  }
  return rules;
}

std::vector<std::string> DrawCategories(std::string_view id, std::string_view length) {
  std::size_t count = kCategories.size();
  if (length == "1k") count = 2;
  if (length == "2k") count = 5;
  if (length == "4k") count = 8;
  if (count == kCategories.size()) return {kCategories.begin(), kCategories.end()};
  std::vector<std::string> drawn;
  for (const std::size_t i : RandomOf(id).Sample(kCategories.size(), count)) {
    drawn.emplace_back(kCategories[i]);
  }
  return drawn;
}

absl::StatusOr<std::string> BiographyPrompt(const Templates& templates, std::string_view slug,
                                            std::span<const Triple> triples, std::int64_t words) {
  ASSAY_ASSIGN_OR_RETURN(const std::string text,
                         templates.Text("kg2text_task", "generate_prompt", "prompt", 0));
  std::string facts;
  for (const Triple& triple : triples) {
    absl::StrAppend(&facts, facts.empty() ? "- " : "\n- ", triple.subject, " - ", triple.predicate,
                    " - ", triple.object);
  }
  return Fill(text, {{"<<character_slug>>", slug},
                     {"<<formatted_triples>>", facts},
                     {"<<self.test_length>>", std::to_string(words)}});
}

absl::StatusOr<std::string> ReportPrompt(const Templates& templates, std::string_view table,
                                         std::span<const Question> questions, std::int64_t words) {
  const auto lines = [&templates](std::size_t index) {
    return templates.Text("sales_report_task", "generate_prompt", "prompt_lines", index);
  };
  ASSAY_ASSIGN_OR_RETURN(const std::string head, lines(0));
  ASSAY_ASSIGN_OR_RETURN(const std::string tail, lines(1));
  ASSAY_ASSIGN_OR_RETURN(std::string prompt,
                         Fill(head, {{"<<csv_data_string>>", PythonStrip(table)}}));
  for (std::size_t i = 0; i < questions.size(); ++i) {
    absl::StrAppend(&prompt, "\n    - **Question ", i + 1, ":** ", questions[i].question);
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string length,
                         Fill(tail, {{"<<self.test_length>>", std::to_string(words)}}));
  return absl::StrCat(prompt, "\n\n", length);
}

absl::StatusOr<std::string> ArticlePrompt(const Templates& templates,
                                          const std::map<std::string, StyleRules>& rules,
                                          std::string_view query,
                                          std::span<const std::string> categories,
                                          std::span<const Statement> statements,
                                          std::int64_t words) {
  const auto piece = [&templates](std::size_t index) {
    return templates.Text("news_AP_style_task", "generate_prompt", "prompt_text", index);
  };
  std::vector<std::string> blocks;
  int number = 1;
  for (const std::string& category : categories) {
    const auto found = rules.find(category);
    if (found == rules.end()) continue;
    ASSAY_ASSIGN_OR_RETURN(blocks.emplace_back(),
                           CategoryBlock(templates, found->second, statements, number));
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string head, piece(0));
  ASSAY_ASSIGN_OR_RETURN(const std::string middle, piece(1));
  ASSAY_ASSIGN_OR_RETURN(const std::string tail, piece(2));
  ASSAY_ASSIGN_OR_RETURN(std::string prompt, Fill(head, {{"<<sample['query']>>", query}}));
  if (!blocks.empty()) {
    const std::string joined = absl::StrJoin(blocks, "\n\n");
    ASSAY_ASSIGN_OR_RETURN(const std::string filled,
                           Fill(middle, {{"<<'\\n\\n'.join(all_interleaved_blocks)>>", joined}}));
    prompt += filled;
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string length,
                         Fill(tail, {{"<<self.test_length>>", std::to_string(words)}}));
  return prompt + length;
}

absl::StatusOr<std::map<std::string, std::string>> JudgeTexts(const Templates& templates) {
  struct Source {
    const char* name;
    const char* task;
    const char* function;
    const char* variable;
    std::size_t index;
  };
  constexpr char kStyle[] = "news_AP_style_task";
  constexpr char kCategory[] = "_evaluate_single_category";
  std::map<std::string, std::string> texts;
  for (const Source& source :
       {Source{"relevance", "code_fix_task", "_check_relevance_with_llm", "eval_prompt", 0},
        Source{"coverage", "kg2text_task", "_check_sentence_coverage_batch", "eval_prompt", 0},
        Source{"answers", "sales_report_task", "_evaluate_qa_batch", "eval_prompt", 0},
        Source{"style", kStyle, kCategory, "evaluation_prompt", 0},
        Source{"style_statement", kStyle, kCategory, "evaluation_prompt", 1},
        Source{"style_end", kStyle, kCategory, "evaluation_prompt", 2}}) {
    ASSAY_ASSIGN_OR_RETURN(texts[source.name], templates.Text(source.task, source.function,
                                                              source.variable, source.index));
  }
  return texts;
}

absl::StatusOr<std::string> RelevanceQuestion(std::string_view relevance, std::string_view original,
                                              std::string_view code) {
  return Fill(relevance, {{"<<original_code.strip()>>", PythonStrip(original)},
                          {"<<fixed_code.strip()>>", PythonStrip(code)}});
}

absl::StatusOr<std::string> CoverageQuestion(std::string_view coverage, std::string_view biography,
                                             std::span<const std::string> sentences) {
  std::string numbered;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    absl::StrAppend(&numbered, i == 0 ? "" : "\n", i + 1, ". ", sentences[i]);
  }
  return Fill(coverage, {{"<<biography_text>>", biography},
                         {"<<numbered_sentences>>", numbered},
                         {"<<batch_size>>", std::to_string(sentences.size())}});
}

absl::StatusOr<std::string> AnswersQuestion(std::string_view answers, std::string_view report,
                                            std::span<const Question> questions) {
  std::string pairs;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    absl::StrAppend(&pairs, i == 0 ? "" : "\n", "Item ", i + 1,
                    ":\n  Question: ", questions[i].question,
                    "\n  Target Answer: ", questions[i].answer, "\n");
  }
  return Fill(answers, {{"<<qa_prompt_text>>", pairs},
                        {"<<report_text>>", report},
                        {"<<batch_size>>", std::to_string(questions.size())}});
}

absl::StatusOr<std::string> StyleQuestion(const StyleTexts& texts, const StyleRules& rules,
                                          std::string_view article,
                                          std::span<const Statement> statements) {
  ASSAY_ASSIGN_OR_RETURN(
      std::string question,
      Fill(texts.begin, {{"<<response>>", article},
                         {"<<category>>", rules.category},
                         {"<<rubric['Scoring_Criteria']>>", rules.criteria},
                         {"<<rubric['Incorrect_Examples']>>", rules.incorrect_examples},
                         {"<<rubric['Correct_Examples']>>", rules.correct_examples}}));
  for (std::size_t i = 0; i < statements.size(); ++i) {
    ASSAY_ASSIGN_OR_RETURN(
        const std::string filled,
        Fill(texts.statement, {{"<<i>>", std::to_string(i + 1)},
                               {"<<stmt['Statement']>>", statements[i].statement},
                               {"<<stmt['Reason_for_Deduction']>>", statements[i].reason},
                               {"<<stmt['Correct_Expression']>>", statements[i].correct}}));
    question += filled;
  }
  return absl::StrCat(question, std::string(texts.end));
}

std::vector<std::size_t> BatchSizes(std::size_t count, std::size_t batch) {
  std::vector<std::size_t> sizes;
  for (; count > 0; count -= sizes.back()) sizes.push_back(std::min(count, batch));
  return sizes;
}

double CoverageRate(std::size_t covered, std::size_t sentences) {
  return PythonRound(Ratio(covered, sentences), 4);
}

ReportScores ScoreReport(std::size_t answered, std::size_t correct, std::size_t questions) {
  ReportScores scores;
  scores.answered = PythonRound(Ratio(answered, questions), 4);
  scores.correct = PythonRound(Ratio(correct, questions), 4);
  scores.total = HarmonicMean(scores.answered, scores.correct);
  return scores;
}

ArticleScores ScoreArticle(std::span<const CategoryCounts> categories, std::size_t selected) {
  ArticleScores scores;
  if (selected == 0) return scores;
  for (const CategoryCounts& category : categories) {
    scores.style += Ratio(category.correct, category.statements);
    scores.recall += Ratio(category.found, category.statements);
  }
  scores.recall /= static_cast<double>(selected);
  scores.style /= static_cast<double>(selected);
  scores.total = HarmonicMean(scores.style, scores.recall);
  return scores;
}

}  // namespace assay::longweave
