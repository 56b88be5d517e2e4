// LongProc's countdown: reach a number from four others, and the search that finds the way
// (reference longgenbench-longproc-longweave-longeval.md 2.3 and appendix A). Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "judge/benchmarks/longproc/answer_text.h"

namespace assay {

struct CountdownProblem {
  std::vector<std::int64_t> numbers;  // four
  std::int64_t target = 0;
};

// Numbers beyond this are no countdown; all arithmetic on them is exact.
inline constexpr std::int64_t kMaxCountdownNumber = 1'000'000;

// The reference answer: the depth-first search up to its first solution, and the solution.
// InvalidArgument: not four numbers of 0..kMaxCountdownNumber, or they do not reach the target.
absl::StatusOr<std::string> CountdownReference(const CountdownProblem& problem);

// The two worked examples of the prompt.
std::string CountdownExamples();

// "[40, 19, 23, 7]": the numbers as the prompt shows them.
std::string CountdownNumbers(const std::vector<std::int64_t>& numbers);

// `reply` must hold the three equations between <Solution> and </Solution>; any that reach the
// target will do. Where they do not, partial compares the search, line by line: it is the index
// (from -1) of the last line that was compared over the number of lines, so that a search that
// stands there in whole has (n-1)/n and one of a single line -1/n.
LongProcScore ScoreCountdown(const CountdownProblem& problem, std::string_view reference,
                             std::string_view reply);

}  // namespace assay
