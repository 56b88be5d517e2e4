#include "suites/longproc/tables.h"

#include <optional>
#include <set>
#include <string>

#include "judge/benchmarks/longproc/longproc_task.h"
#include "suites/result_table.h"

namespace assay {
namespace {

constexpr char kScorer[] = "longproc";

// The tasks that the suite has, in the published order.
std::vector<LongProcTaskNames> TasksOf(const v1::Suite& suite) {
  std::set<std::string> present;
  for (const v1::Sample& sample : suite.samples()) present.insert(sample.category());
  std::vector<LongProcTaskNames> tasks;
  for (const LongProcTaskNames& task : LongProcTasks()) {
    if (present.contains(std::string(task.name))) tasks.push_back(task);
  }
  return tasks;
}

v1::ResultTable TableOf(const TableInput& input, const std::string& title, const char* metric) {
  const std::vector<LongProcTaskNames> tasks = TasksOf(input.suite);
  std::vector<std::string> columns = {"model", "Avg"};
  for (const LongProcTaskNames& task : tasks) columns.emplace_back(task.title);
  v1::ResultTable table = MakeTable(title, columns, 1);
  for (const std::string& model : input.models) {
    std::vector<double> means;
    std::vector<std::optional<double>> figures = {std::nullopt};
    std::size_t missing = 0;
    for (const LongProcTaskNames& task : tasks) {
      std::vector<double> scores;
      for (const v1::SampleResult* result : input.results) {
        if (result->model() != model || result->category() != task.name) continue;
        const std::optional<double> score = ScoreOf(*result, kScorer, metric);
        if (score) {
          scores.push_back(*score);
        } else {
          ++missing;
        }
      }
      const std::optional<double> mean = MeanOfAll(scores);
      figures.push_back(mean ? std::optional(100 * *mean) : std::nullopt);
      if (mean) means.push_back(100 * *mean);
    }
    figures[0] = MeanOfAll(means);
    AddTableRow(table, model, figures);
    if (missing > 0) {
      table.add_notes(model + ": " + std::to_string(missing) +
                      " samples have no score and are not in the means");
    }
  }
  return table;
}

}  // namespace

std::vector<v1::ResultTable> LongProcTables(const TableInput& input) {
  return {TableOf(input, "LongProc: score (HTML to TSV: F1)", "score"),
          TableOf(input, "LongProc: share of the procedure that is right", "partial"),
          TableOf(input, "LongProc: answers found where they were asked for", "extracted")};
}

}  // namespace assay
