#include "suites/hellobench/tables.h"

#include <map>
#include <optional>
#include <string>

#include "judge/benchmarks/hellobench/hellobench_rules.h"
#include "suites/result_table.h"

namespace assay {
namespace {

constexpr char kScorer[] = "hellobench";

struct Task {
  std::vector<double> scores;
  std::vector<double> lengths;
  std::size_t missing = 0;
};

}  // namespace

std::vector<v1::ResultTable> HelloBenchTables(const TableInput& input) {
  std::map<std::string, std::string> task_of;
  std::vector<std::string> tasks;
  for (const v1::Sample& sample : input.suite.samples()) {
    const auto task = sample.metadata().find("task");
    if (task == sample.metadata().end()) continue;
    if (tasks.empty() || tasks.back() != task->second) tasks.push_back(task->second);
    task_of[sample.id()] = task->second;
  }
  std::vector<std::string> columns = {"model"};
  for (const std::string& task : tasks) {
    columns.push_back(task);
    columns.push_back("tokens");
  }
  const bool averaged = tasks.size() == kHelloBenchTasks.size();
  if (averaged) columns.insert(columns.end(), {"average", "tokens"});
  v1::ResultTable table = MakeTable(input.suite.manifest().title(), columns, 2);
  for (const std::string& model : input.models) {
    std::map<std::string, Task> found;
    for (const v1::SampleResult* result : input.results) {
      if (result->model() != model) continue;
      Task& task = found[task_of[result->sample_id()]];
      const auto score = ScoreOf(*result, kScorer, "score");
      const auto tokens = ScoreOf(*result, kScorer, "tokens");
      if (!score.has_value() || !tokens.has_value()) {
        ++task.missing;
        continue;
      }
      task.scores.push_back(*score);
      task.lengths.push_back(*tokens);
    }
    std::vector<std::optional<double>> figures;
    std::vector<double> scores;
    std::vector<double> lengths;
    std::size_t missing = 0;
    for (const std::string& name : tasks) {
      const Task& task = found[name];
      missing += task.missing;
      const auto score = HelloBenchTaskScore(task.scores);
      const auto length = MeanOfAll(task.lengths);
      figures.push_back(score);
      figures.push_back(length);
      if (score.has_value()) scores.push_back(*score);
      if (length.has_value()) lengths.push_back(*length);
    }
    if (averaged) {
      const bool all = scores.size() == tasks.size();
      figures.push_back(all ? MeanOfAll(scores) : std::nullopt);
      figures.push_back(all ? MeanOfAll(lengths) : std::nullopt);
    }
    AddTableRow(table, model, figures);
    if (missing > 0) {
      table.add_notes(model + ": " + std::to_string(missing) +
                      " samples have no score and count in no mean");
    }
  }
  return {table};
}

}  // namespace assay
