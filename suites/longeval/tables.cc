#include "suites/longeval/tables.h"

#include <algorithm>
#include <optional>
#include <string>

#include "judge/benchmarks/longeval/longeval_scores.h"
#include "suites/result_table.h"

namespace assay {
namespace {

constexpr char kScorer[] = "longeval";

// EA and ME are absent where no section is of the kind, the others null where they have no value.
LongEvalScores ScoresIn(const v1::SampleResult& result) {
  LongEvalScores scores;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i].value = ScoreOf(result, kScorer, kLongEvalScores[i]);
    const bool may_lack = kLongEvalScores[i] == "EA" || kLongEvalScores[i] == "ME";
    scores[i].there = !may_lack || scores[i].value.has_value();
  }
  return scores;
}

}  // namespace

std::vector<v1::ResultTable> LongEvalTables(const TableInput& input) {
  std::vector<std::string> columns = {"model"};
  columns.insert(columns.end(), kLongEvalScores.begin(), kLongEvalScores.end());
  columns.emplace_back("average");
  v1::ResultTable table = MakeTable("LongEval", columns, 4);
  for (const std::string& model : input.models) {
    std::vector<LongEvalScores> texts;
    std::int64_t expected = 0;
    for (const v1::SampleResult* result : input.results) {
      if (result->model() != model) continue;
      ++expected;
      const v1::ScorerResult* verdict = ScorerOf(*result, kScorer);
      const bool scored = verdict != nullptr && verdict->outcome() == v1::OUTCOME_SCORED;
      if (scored) texts.push_back(ScoresIn(*result));
    }
    expected = std::max<std::int64_t>(expected, input.suite.samples_size());
    std::vector<std::optional<double>> figures(columns.size() - 1);
    if (!texts.empty()) {
      const LongEvalFigures run = LongEvalAggregate(texts);
      for (std::size_t i = 0; i < run.means.size(); ++i) figures[i] = run.means[i].value;
      figures.back() = run.average;
    }
    AddTableRow(table, model, figures);
    const std::int64_t missing = expected - static_cast<std::int64_t>(texts.size());
    if (missing == 0) continue;
    table.add_notes(model + ": lacks " + std::to_string(missing) + " of " +
                    std::to_string(expected) + " texts");
  }
  return {table};
}

}  // namespace assay
