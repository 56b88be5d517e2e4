#include "suites/deepresearch_bench/tables.h"

#include <optional>
#include <string>

#include "suites/result_table.h"

namespace assay {
namespace {

// The id that the results have the scorer under.
const char* ScorerIn(const TableInput& input) {
  for (const v1::SampleResult* result : input.results) {
    for (const char* id : {kRaceStyle, kRaceCriteria}) {
      if (ScorerOf(*result, id) != nullptr) return id;
    }
  }
  return kRaceScorer;
}

std::vector<double> ScoresOf(const TableInput& input, const std::string& model,
                             std::string_view name) {
  const char* const scorer = ScorerIn(input);
  std::vector<double> scores;
  for (const v1::SampleResult* result : input.results) {
    if (result->model() != model) continue;
    const std::optional<double> score = ScoreOf(*result, scorer, name);
    if (score) scores.push_back(*score);
  }
  return scores;
}

}  // namespace

std::vector<v1::ResultTable> DeepResearchBenchTables(const TableInput& input) {
  std::vector<std::string> columns = {"model", "Overall"};
  for (const RaceDimension& dimension : kRaceDimensions) columns.emplace_back(dimension.shown);
  columns.emplace_back("flip rate");
  v1::ResultTable table = MakeTable(input.suite.manifest().title(), columns, 2);
  if (std::string_view(ScorerIn(input)) == kRaceStyle) {
    table.add_notes("race-style: rated by Assay's own prompt in both orders, not by RACE's");
  }
  for (const std::string& model : input.models) {
    const std::vector<double> all = ScoresOf(input, model, "rubric");
    std::vector<std::optional<double>> figures = {MeanOfAll(all)};
    for (const RaceDimension& dimension : kRaceDimensions) {
      figures.push_back(MeanOfAll(ScoresOf(input, model, dimension.name)));
    }
    figures.push_back(MeanOfAll(ScoresOf(input, model, "flip_rate")));
    AddTableRow(table, model, figures);
    std::size_t texts = 0;
    for (const v1::SampleResult* result : input.results) texts += result->model() == model ? 1 : 0;
    if (all.size() < texts) {
      table.add_notes(model + ": " + std::to_string(texts - all.size()) + " of " +
                      std::to_string(texts) + " texts have no score and are not in the figures");
    }
  }
  return {table};
}

}  // namespace assay
