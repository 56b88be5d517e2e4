#include "judge/benchmarks/longproc/longproc_task.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/json/json.h"
#include "common/text/python_split.h"
#include "judge/benchmarks/engine/benchmark_spec.h"

namespace assay {
namespace {

absl::Status Unusable(const v1::Sample& sample, const char* field, const char* expected) {
  return InvalidArgument(absl::StrCat("sample ", sample.id(), ": scorer_data.", field,
                                      ": expected ", expected, "; import the suite again"));
}

absl::StatusOr<Json> ListOf(const v1::Sample& sample, const char* field, const char* expected) {
  ASSAY_ASSIGN_OR_RETURN(const std::string_view text, ScorerData(sample, field));
  absl::StatusOr<Json> json = ParseJson(text);
  if (!json.ok() || !json->is_array()) return Unusable(sample, field, expected);
  return json;
}

bool IsListOfTexts(const Json& json) {
  if (!json.is_array()) return false;
  for (const Json& item : json) {
    if (!item.is_string()) return false;
  }
  return true;
}

}  // namespace

const std::vector<LongProcTaskNames>& LongProcTasks() {
  static const auto* const kTasks = new std::vector<LongProcTaskNames>{
      {LongProcTask::kHtmlToTsv, "html_to_tsv", "HTML to TSV"},
      {LongProcTask::kTravelPlanning, "travel_planning", "Travel planning"},
      {LongProcTask::kTomTracking, "tom_tracking", "ToM tracking"},
      {LongProcTask::kPathTraversal, "path_traversal", "Path traversal"},
      {LongProcTask::kCountdown, "countdown", "Countdown"},
      {LongProcTask::kPseudoToCode, "pseudo_to_code", "Pseudocode to code"}};
  return *kTasks;
}

std::optional<LongProcTask> FindLongProcTask(std::string_view name) {
  for (const LongProcTaskNames& task : LongProcTasks()) {
    if (task.name == name) return task.task;
  }
  return std::nullopt;
}

void SetCountdownData(const CountdownProblem& problem, v1::Sample& sample) {
  (*sample.mutable_scorer_data())["numbers"] = CountdownNumbers(problem.numbers);
  (*sample.mutable_scorer_data())["target"] = std::to_string(problem.target);
}

absl::StatusOr<CountdownProblem> CountdownDataOf(const v1::Sample& sample) {
  constexpr char kNumbers[] = "a list of whole numbers";
  ASSAY_ASSIGN_OR_RETURN(const Json numbers, ListOf(sample, "numbers", kNumbers));
  CountdownProblem problem;
  for (const Json& number : numbers) {
    if (!number.is_number_integer()) return Unusable(sample, "numbers", kNumbers);
    problem.numbers.push_back(number.get<std::int64_t>());
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string_view text, ScorerData(sample, "target"));
  const std::optional<std::int64_t> target = PythonInt(text);
  if (!target) return Unusable(sample, "target", "a whole number");
  problem.target = *target;
  return problem;
}

void SetCasesData(const std::vector<LongProcTestCase>& cases, v1::Sample& sample) {
  Json list = Json::array();
  for (const LongProcTestCase& one : cases) list.push_back({one.input, one.output});
  (*sample.mutable_scorer_data())["cases"] = DumpJson(list);
}

absl::StatusOr<std::vector<LongProcTestCase>> CasesDataOf(const v1::Sample& sample) {
  constexpr char kCases[] = "a list of pairs of lists of lines";
  ASSAY_ASSIGN_OR_RETURN(const Json list, ListOf(sample, "cases", kCases));
  std::vector<LongProcTestCase> cases;
  for (const Json& one : list) {
    const bool pair =
        one.is_array() && one.size() == 2 && IsListOfTexts(one[0]) && IsListOfTexts(one[1]);
    if (!pair) return Unusable(sample, "cases", kCases);
    cases.push_back(
        {one[0].get<std::vector<std::string>>(), one[1].get<std::vector<std::string>>()});
  }
  return cases;
}

}  // namespace assay
