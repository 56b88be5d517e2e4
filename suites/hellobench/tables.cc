#include "suites/hellobench/tables.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "judge/benchmarks/hellobench/hellobench_rules.h"
#include "suites/result_table.h"

namespace assay {
namespace {

constexpr char kScorer[] = "hellobench";
constexpr char kHeuristic[] = "heuristic_text_generation";

// What a model has of one task: a kind of text, or a required length.
struct Task {
  std::vector<double> scores;
  std::vector<double> lengths;
  std::size_t missing = 0;
};
using Tasks = std::map<std::string, Task>;

std::string TaskOf(const v1::Sample& sample) {
  const auto task = sample.metadata().find("task");
  return task == sample.metadata().end() ? "" : task->second;
}

// In the order of the suite.
std::vector<std::string> TaskNames(const v1::Suite& suite) {
  std::vector<std::string> names;
  for (const v1::Sample& sample : suite.samples()) {
    const std::string task = TaskOf(sample);
    if (!task.empty() && (names.empty() || names.back() != task)) names.push_back(task);
  }
  return names;
}

bool IsLengthSuite(const std::vector<std::string>& tasks) {
  return tasks.size() == 1 && std::find(kHelloBenchLengths.begin(), kHelloBenchLengths.end(),
                                        tasks[0]) != kHelloBenchLengths.end();
}

void Collect(const TableInput& input, const std::string& model, Tasks& tasks) {
  std::map<std::string, std::string> task_of;
  for (const v1::Sample& sample : input.suite.samples()) task_of[sample.id()] = TaskOf(sample);
  for (const v1::SampleResult* result : input.results) {
    if (result->model() != model) continue;
    Task& task = tasks[task_of[result->sample_id()]];
    const auto score = ScoreOf(*result, kScorer, "score");
    const auto tokens = ScoreOf(*result, kScorer, "tokens");
    if (!score.has_value() || !tokens.has_value()) {
      ++task.missing;
      continue;
    }
    task.scores.push_back(*score);
    task.lengths.push_back(*tokens);
  }
}

v1::ResultTable TableOf(const std::string& title, const std::vector<std::string>& tasks,
                        const std::vector<std::string>& models,
                        const std::vector<const TableInput*>& inputs) {
  std::vector<std::string> columns = {"model"};
  for (const std::string& task : tasks) columns.insert(columns.end(), {task, "tokens"});
  const bool averaged =
      std::equal(tasks.begin(), tasks.end(), kHelloBenchTasks.begin(), kHelloBenchTasks.end());
  if (averaged) columns.insert(columns.end(), {"average", "tokens"});
  v1::ResultTable table = MakeTable(title, columns, 2);
  for (const std::string& model : models) {
    Tasks found;
    for (const TableInput* input : inputs) Collect(*input, model, found);
    std::vector<std::optional<double>> figures;
    std::vector<double> scores;
    std::vector<double> lengths;
    std::size_t missing = 0;
    for (const std::string& name : tasks) {
      const Task& task = found[name];
      missing += task.missing;
      const auto score = HelloBenchTaskScore(task.scores);
      const auto length = MeanOfAll(task.lengths);
      figures.insert(figures.end(), {score, length});
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
  return table;
}

}  // namespace

std::vector<v1::ResultTable> HelloBenchTables(const TableInput& input) {
  const std::vector<std::string> tasks = TaskNames(input.suite);
  if (IsLengthSuite(tasks)) return {};
  return {TableOf(input.suite.manifest().title(), tasks, input.models, {&input})};
}

std::vector<v1::ResultTable> HelloBenchLengthTable(const std::vector<TableInput>& inputs) {
  std::vector<std::string> there;
  std::vector<const TableInput*> used;
  bool any_length = false;
  for (const TableInput& input : inputs) {
    const std::vector<std::string> tasks = TaskNames(input.suite);
    there.insert(there.end(), tasks.begin(), tasks.end());
    used.push_back(&input);
    any_length = any_length || IsLengthSuite(tasks);
  }
  if (!any_length) return {};
  std::vector<std::string> tasks = {kHeuristic};
  tasks.insert(tasks.end(), kHelloBenchLengths.begin(), kHelloBenchLengths.end());
  v1::ResultTable table = TableOf("HelloBench, length-constrained", tasks, inputs[0].models, used);
  std::string absent;
  for (const std::string& task : tasks) {
    if (std::find(there.begin(), there.end(), task) != there.end()) continue;
    absent += (absent.empty() ? "" : ", ") +
              (task == kHeuristic ? std::string("hellobench") : "hellobench-" + task);
  }
  if (!absent.empty()) table.add_notes("not in this run: " + absent);
  return {table};
}

}  // namespace assay
