// WritingBench's figures from the scores of criteria (X-PLUG/WritingBench calculate_scores.py;
// reference longwriter-hellobench-writingbench.md 3.4): 1..10, not rounded, added up in the order
// in which they are given. Pure functions, thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace assay {

// In the order of the published table.
inline constexpr std::array<std::string_view, 6> kWritingBenchDomains = {
    "Academic & Engineering", "Finance & Business", "Politics & Law",
    "Literature & Arts",      "Education",          "Advertising & Marketing"};
inline constexpr std::array<std::string_view, 3> kWritingBenchRequirements = {"style", "format",
                                                                              "length"};

// The leaderboard shows scores times this.
inline constexpr double kWritingBenchLeaderboard = 10;

// Name of the score of a text's criterion `index` (from 0) in a verdict.
std::string WritingBenchCriterionScore(std::size_t index);

// One line of a score file: a text's scores by criterion, in order, one or more each (repeats).
struct WritingBenchLine {
  std::int64_t index = 0;  // of the query
  std::vector<std::pair<std::string, std::vector<double>>> scores;
};

struct WritingBenchDomain {
  std::string first;   // domain1, one of kWritingBenchDomains
  std::string second;  // domain2
};

// Queries that make one of the requirements, and the criteria that are about it.
struct WritingBenchRequirement {
  std::vector<std::int64_t> queries;                          // <requirement>_subset
  std::map<std::int64_t, std::vector<std::string>> criteria;  // <requirement>_subset_C
};

struct WritingBenchBenchmark {
  std::map<std::int64_t, WritingBenchDomain> domains;  // by index
  std::map<std::string, WritingBenchRequirement, std::less<>> requirements;
};

struct WritingBenchFigures {
  double overall = 0;                                  // mean of all scores
  std::int64_t count = 0;                              // lines
  std::map<std::string, double> first;                 // means of query means by domain1
  std::vector<std::pair<std::string, double>> second;  // by domain2, in order of appearance
  std::map<std::string, double> whole;                 // <requirement>_R: of query means
  std::map<std::string, double> part;                  // <requirement>_C: of criteria; 0 of none
};

// Mean of all scores of a line. REQUIRES: there is one.
double WritingBenchQueryMean(const WritingBenchLine& line);

// Of lines with one index the last counts, at the place of the first, and all count in `overall`
// and `count`. InvalidArgument where the official script raises: no lines, a line or a criterion
// without scores, and a criterion of a requirement that a line lacks.
absl::StatusOr<WritingBenchFigures> WritingBenchAggregate(
    const std::vector<WritingBenchLine>& lines, const WritingBenchBenchmark& benchmark);

// The second domains as the table's columns: under the first domains in their order, each group by
// the mean over `models` falling, ties in order of appearance.
std::vector<std::string> WritingBenchSecondDomains(const std::vector<WritingBenchFigures>& models,
                                                   const WritingBenchBenchmark& benchmark);

}  // namespace assay
