// LongProc's tasks, and what a sample says of its own to their scorer. Pure, thread-safe.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/v1/suite.pb.h"
#include "judge/benchmarks/longproc/countdown.h"
#include "judge/benchmarks/longproc/pseudo_to_code.h"

namespace assay {

enum class LongProcTask {
  kHtmlToTsv,
  kTravelPlanning,
  kTomTracking,
  kPathTraversal,
  kCountdown,
  kPseudoToCode,
};

// In the order of the published tables.
struct LongProcTaskNames {
  LongProcTask task;
  std::string_view name;   // of its files, and of samples' category
  std::string_view title;  // in tables
};
const std::vector<LongProcTaskNames>& LongProcTasks();

// nullopt: there is no such task.
std::optional<LongProcTask> FindLongProcTask(std::string_view name);

// Sample.scorer_data: "task" and "reference" (the reference output) of every sample, and
//   countdown        "numbers": JSON list, "target": whole number
//   travel_planning  "cities": "A**B", "durations": "5**6"
//   pseudo_to_code   "cases": JSON list of [lines of stdin, lines of stdout]
// The writers are for importers. InvalidArgument of a reader names sample and field.
void SetCountdownData(const CountdownProblem& problem, v1::Sample& sample);
absl::StatusOr<CountdownProblem> CountdownDataOf(const v1::Sample& sample);
void SetCasesData(const std::vector<LongProcTestCase>& cases, v1::Sample& sample);
absl::StatusOr<std::vector<LongProcTestCase>> CasesDataOf(const v1::Sample& sample);

}  // namespace assay
