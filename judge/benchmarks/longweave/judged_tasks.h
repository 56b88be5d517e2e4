// The four tasks of LongWeave that a judge helps to score: how its replies are read and what they
// come to, as LongWeave's code has it; reference longgenbench-longproc-longweave-longeval.md 3.3.
// Scores are 0..1 unless said otherwise. Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::longweave {

// The first `most` matches of \b\w+\b (punctuation is lost), with a space between them; and how
// many there are in all.
std::string FirstWords(std::string_view text, std::int64_t most);
std::int64_t CountWords(std::string_view text);

// 2ab/(a+b); 0 where either is at most 1e-9.
double HarmonicMean(double a, double b);

// KG_TO_TEXT: which of a batch of sentences a text covers. `usable` is false where the program
// could read nothing and takes all for not covered.
struct Covered {
  std::vector<bool> covered;  // as many as the batch: what is missing is false, what is over is cut
  bool usable = false;
  bool whole = false;  // as many came as were asked for
};
Covered ReadCovered(std::string_view reply, std::size_t batch);
// covered / all, rounded to 4 places; 0 of nothing.
double RoundedRate(std::int64_t part, std::int64_t all);

// SALES_REPORT: what a report says to a batch of questions.
struct Answered {
  bool answered = false;
  bool correct = false;  // never without answered
};
struct AnsweredBatch {
  std::vector<Answered> items;  // as many as the batch
  bool usable = false;
  bool whole = false;  // as many came as were asked for, each well formed
};
AnsweredBatch ReadAnswered(std::string_view reply, std::size_t batch);
struct SalesScores {
  double answered_rate = 0;  // rounded to 4 places, as is correctness_rate
  double correctness_rate = 0;
  double total = 0;  // their harmonic mean
};
SalesScores ScoreSales(const std::vector<Answered>& items);

// AP_STYLE: one category of statements.
struct StyleCategory {
  double recall = 0;      // truthy "exists_in_article" / statements: more items than statements
  double compliance = 0;  // give more than 1, as published
  bool usable = false;    // false: both are 0
  bool whole = false;     // as many items as statements, both keys true or false
};
StyleCategory ReadStyle(std::string_view reply, std::size_t statements);
struct StyleScores {
  double ap_total = 0;  // means over categories
  double recall = 0;
  double total = 0;  // their harmonic mean
};
StyleScores ScoreStyle(const std::vector<StyleCategory>& categories);

// CODE_FIXING.
// The code of a reply: the first fenced block, or the whole text; stripped.
std::string ExtractCode(std::string_view text);
// True unless the reply says {"is_relevant_and_complete": false}; nullopt where it says neither
// (the program takes that for true).
std::optional<bool> ReadRelevance(std::string_view reply);
struct CodeScores {
  double runnable = 0;
  double style = 0;       // 1 / (1 + violations/50); 0 where it does not compile
  double func_count = 0;  // of "def " against the original, rounded to 4 places
  double total = 0;       // harmonic mean of the three, 0 where one is at most 1e-9
};
// `code` as ExtractCode gives it. Empty code, or not relevant: all 0.
CodeScores ScoreCode(std::string_view original, std::string_view code, bool relevant, bool compiles,
                     std::int64_t violations);

}  // namespace assay::longweave
