#include "suites/writingbench/tables.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_split.h"
#include "judge/benchmarks/writingbench/writingbench_scores.h"
#include "suites/result_table.h"

namespace assay {
namespace {

constexpr char kScorer[] = "writingbench";

// Criteria are called by their numbers here, and queries by their places in the suite.
std::string CriterionName(std::size_t index) { return std::to_string(index + 1); }

WritingBenchBenchmark BenchmarkOf(const v1::Suite& suite) {
  WritingBenchBenchmark benchmark;
  for (int i = 0; i < suite.samples_size(); ++i) {
    const v1::Sample& sample = suite.samples(i);
    const auto& metadata = sample.metadata();
    const auto subdomain = metadata.find("domain2");
    if (subdomain != metadata.end()) {
      benchmark.domains[i] = {sample.category(), subdomain->second};
    }
    for (const std::string_view name : kWritingBenchRequirements) {
      const auto numbers = metadata.find(std::string(name));
      if (numbers == metadata.end()) continue;
      WritingBenchRequirement& requirement = benchmark.requirements[std::string(name)];
      requirement.queries.push_back(i);
      requirement.criteria[i] = absl::StrSplit(numbers->second, ' ', absl::SkipEmpty());
    }
  }
  return benchmark;
}

// Adds the scores of one text; nothing where it was not scored whole.
void AddScores(const v1::SampleResult& result, WritingBenchLine& line) {
  if (!ScoreOf(result, kScorer, "mean")) return;
  for (std::size_t i = 0;; ++i) {
    const auto score = ScoreOf(result, kScorer, WritingBenchCriterionScore(i));
    if (!score) return;
    if (line.scores.size() <= i) line.scores.emplace_back(CriterionName(i), std::vector<double>());
    line.scores[i].second.push_back(*score);
  }
}

// In the order of the suite; samples without scores are left out.
std::vector<WritingBenchLine> LinesOf(const TableInput& input, const std::string& model) {
  std::map<std::string, std::int64_t> place;
  for (int i = 0; i < input.suite.samples_size(); ++i) place[input.suite.samples(i).id()] = i;
  std::map<std::int64_t, WritingBenchLine> lines;
  for (const v1::SampleResult* result : input.results) {
    const auto found = place.find(result->sample_id());
    if (result->model() != model || found == place.end()) continue;
    WritingBenchLine& line = lines[found->second];
    line.index = found->second;
    AddScores(*result, line);
  }
  std::vector<WritingBenchLine> scored;
  for (auto& [index, line] : lines) {
    if (!line.scores.empty()) scored.push_back(std::move(line));
  }
  return scored;
}

struct ModelFigures {
  std::string model;
  WritingBenchFigures figures;
  std::set<std::int64_t> queries;  // with scores
};

bool AnyOf(const WritingBenchRequirement& requirement, const ModelFigures& model) {
  return std::any_of(requirement.queries.begin(), requirement.queries.end(),
                     [&](std::int64_t query) { return model.queries.contains(query); });
}

v1::ResultTable MainTable(const std::vector<ModelFigures>& models,
                          const WritingBenchBenchmark& benchmark) {
  std::vector<std::string> columns = {"model", "leaderboard", "Overall", "Count"};
  columns.insert(columns.end(), kWritingBenchDomains.begin(), kWritingBenchDomains.end());
  std::vector<std::string> requirements;
  for (const std::string_view name : kWritingBenchRequirements) {
    if (benchmark.requirements.find(name) == benchmark.requirements.end()) continue;
    requirements.emplace_back(name);
    columns.push_back(requirements.back() + "_R");
    columns.push_back(requirements.back() + "_C");
  }
  v1::ResultTable table = MakeTable("WritingBench", columns, 2);
  for (const ModelFigures& model : models) {
    const WritingBenchFigures& figures = model.figures;
    std::vector<std::optional<double>> cells = {figures.overall * kWritingBenchLeaderboard,
                                                figures.overall,
                                                static_cast<double>(figures.count)};
    for (const std::string_view domain : kWritingBenchDomains) {
      const auto found = figures.first.find(std::string(domain));
      cells.push_back(found == figures.first.end() ? std::nullopt
                                                   : std::optional<double>(found->second));
    }
    for (const std::string& name : requirements) {
      const bool any = AnyOf(benchmark.requirements.at(name), model);
      cells.push_back(any ? std::optional<double>(figures.whole.at(name)) : std::nullopt);
      cells.push_back(any ? std::optional<double>(figures.part.at(name)) : std::nullopt);
    }
    AddTableRow(table, model.model, cells);
  }
  return table;
}

v1::ResultTable SubdomainTable(const std::vector<ModelFigures>& models,
                               const WritingBenchBenchmark& benchmark) {
  std::vector<std::string> columns = {"domain2"};
  std::vector<WritingBenchFigures> figures;
  for (const ModelFigures& model : models) {
    columns.push_back(model.model);
    figures.push_back(model.figures);
  }
  v1::ResultTable table = MakeTable("WritingBench, second domains", columns, 2);
  for (const std::string& domain : WritingBenchSecondDomains(figures, benchmark)) {
    std::vector<std::optional<double>> cells;
    for (const WritingBenchFigures& one : figures) {
      const auto found = std::find_if(one.second.begin(), one.second.end(),
                                      [&](const auto& entry) { return entry.first == domain; });
      cells.push_back(found == one.second.end() ? std::nullopt
                                                : std::optional<double>(found->second));
    }
    AddTableRow(table, domain, cells);
  }
  return table;
}

}  // namespace

std::vector<v1::ResultTable> WritingBenchTables(const TableInput& input) {
  const WritingBenchBenchmark benchmark = BenchmarkOf(input.suite);
  std::vector<ModelFigures> models;
  std::vector<std::string> notes;
  for (const std::string& model : input.models) {
    const std::vector<WritingBenchLine> lines = LinesOf(input, model);
    const std::size_t missing = static_cast<std::size_t>(input.suite.samples_size()) - lines.size();
    if (missing > 0) {
      notes.push_back(model + ": " + std::to_string(missing) + " of " +
                      std::to_string(input.suite.samples_size()) +
                      " samples are not in the figures: no text, or not all criteria judged");
    }
    absl::StatusOr<WritingBenchFigures> figures = WritingBenchAggregate(lines, benchmark);
    if (!figures.ok()) {
      if (!lines.empty()) notes.push_back(model + ": " + std::string(figures.status().message()));
      continue;
    }
    ModelFigures& row = models.emplace_back(ModelFigures{model, *std::move(figures), {}});
    for (const WritingBenchLine& line : lines) row.queries.insert(line.index);
  }
  if (models.empty()) return {};
  std::vector<v1::ResultTable> tables = {MainTable(models, benchmark),
                                         SubdomainTable(models, benchmark)};
  for (const std::string& note : notes) tables[0].add_notes(note);
  return tables;
}

}  // namespace assay
