#include "suites/longweave/tables.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/text/python_text.h"
#include "judge/benchmarks/longweave/tasks.h"
#include "suites/result_table.h"

namespace assay {
namespace {

using longweave::kLengths;
using longweave::kTasks;

constexpr int kDecimals = 4;

// "GEN_KV_DICT/1k"
using Figures = std::map<std::string, std::optional<double>>;

std::string PathOf(const char* task, const char* length) {
  return std::string(task) + "/" + length;
}

std::optional<double> PrimaryOf(const v1::SampleResult& result) {
  for (const char* scorer : {"longweave", "longweave-judged"}) {
    if (const auto score = ScoreOf(result, scorer, "primary")) return score;
  }
  return std::nullopt;
}

Figures FiguresOf(const TableInput& input, const std::string& model, std::size_t* missing) {
  std::map<std::string, std::vector<double>> scores;
  for (const v1::SampleResult* result : input.results) {
    if (result->model() != model) continue;
    const std::optional<double> score = PrimaryOf(*result);
    *missing += score ? 0 : 1;
    if (score) scores[result->category()].push_back(*score);
  }
  Figures figures;
  for (const auto& [path, values] : scores) {
    figures[path] = PythonRound(*MeanOfAll(values), kDecimals);
  }
  return figures;
}

// Mean of the figures that there are at these places, in this order.
std::optional<double> Mean(const Figures& figures, const std::vector<std::string>& paths) {
  std::vector<double> values;
  for (const std::string& path : paths) {
    const auto found = figures.find(path);
    if (found != figures.end()) values.push_back(*found->second);
  }
  return MeanOfAll(values);
}

std::optional<double> At(const Figures& figures, const std::string& path) {
  const auto found = figures.find(path);
  return found == figures.end() ? std::nullopt : found->second;
}

struct ModelFigures {
  std::string model;
  Figures figures;
};

v1::ResultTable TaskTable(const std::vector<const char*>& tasks,
                          const std::vector<ModelFigures>& models) {
  std::vector<std::string> columns = {"model"};
  columns.insert(columns.end(), tasks.begin(), tasks.end());
  columns.emplace_back("Overall");
  v1::ResultTable table = MakeTable("LongWeave, tasks", columns, kDecimals);
  for (const auto& [model, figures] : models) {
    std::vector<std::optional<double>> row;
    std::vector<std::string> all;
    for (const char* task : tasks) {
      std::vector<std::string> paths;
      for (const char* length : kLengths) paths.push_back(PathOf(task, length));
      row.push_back(Mean(figures, paths));
      all.insert(all.end(), paths.begin(), paths.end());
    }
    row.push_back(Mean(figures, all));
    AddTableRow(table, model, row);
  }
  return table;
}

v1::ResultTable LengthTable(const std::string& title, const std::vector<const char*>& tasks,
                            const std::vector<ModelFigures>& models) {
  std::vector<std::string> columns = {"model"};
  columns.insert(columns.end(), kLengths.begin(), kLengths.end());
  columns.emplace_back("Avg");
  v1::ResultTable table = MakeTable(title, columns, kDecimals);
  for (const auto& [model, figures] : models) {
    std::vector<std::optional<double>> row;
    std::vector<std::string> all;
    for (const char* length : kLengths) {
      std::vector<std::string> paths;
      for (const char* task : tasks) paths.push_back(PathOf(task, length));
      row.push_back(tasks.size() == 1 ? At(figures, paths[0]) : Mean(figures, paths));
    }
    for (const char* task : tasks) {
      for (const char* length : kLengths) all.push_back(PathOf(task, length));
    }
    row.push_back(Mean(figures, all));
    AddTableRow(table, model, row);
  }
  return table;
}

}  // namespace

std::vector<v1::ResultTable> LongWeaveTables(const TableInput& input) {
  std::set<std::string> present;
  for (const v1::Sample& sample : input.suite.samples()) {
    present.insert(sample.category().substr(0, sample.category().find('/')));
  }
  std::vector<const char*> tasks;
  std::string absent;
  for (const longweave::Task& task : kTasks) {
    if (present.count(task.name) > 0) {
      tasks.push_back(task.name);
    } else {
      absent += (absent.empty() ? "" : ", ") + std::string(task.name);
    }
  }
  std::vector<ModelFigures> models;
  std::vector<std::string> notes;
  if (!absent.empty()) notes.push_back("Overall is without " + absent + ", which this suite lacks");
  for (const std::string& model : input.models) {
    std::size_t missing = 0;
    models.push_back({model, FiguresOf(input, model, &missing)});
    if (missing > 0) {
      notes.push_back(model + ": " + std::to_string(missing) +
                      " texts have no score and are left out, as published");
    }
  }
  std::vector<v1::ResultTable> tables = {TaskTable(tasks, models),
                                         LengthTable("LongWeave, lengths", tasks, models)};
  for (const std::string& note : notes) tables[0].add_notes(note);
  for (const longweave::Task& task : kTasks) {
    if (present.count(task.name) == 0) continue;
    tables.push_back(LengthTable(std::string("LongWeave, ") + task.name + ": " + task.primary,
                                 {task.name}, models));
  }
  return tables;
}

}  // namespace assay
