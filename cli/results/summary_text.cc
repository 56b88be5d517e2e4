#include "cli/results/summary_text.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "cli/results/judge_health_text.h"
#include "cli/terminal/progress_display.h"
#include "cli/terminal/table.h"
#include "common/base/log.h"
#include "common/config/message_decoder.h"
#include "suites/result_table.h"

namespace assay {
namespace {

constexpr double kNormal95 = 1.959963984540054;
constexpr int kLossesShown = 12;
constexpr int kMaxTableRows = 40;  // of a benchmark's own table
// Figures of one scorer; the others are in the report and in summary.json.
constexpr std::size_t kFiguresShown = 8;

std::string NameOf(v1::Outcome outcome) {
  if (outcome == v1::OUTCOME_UNSPECIFIED) return "open";
  return ShortEnumName(*v1::Outcome_descriptor(), outcome);
}

// Enough digits to tell values apart: two decimals up to 1,000.
std::string Figure(double value) {
  if (std::abs(value) < 0.995) return absl::StrFormat("%.3f", value);
  if (std::abs(value) < 999.5) return absl::StrFormat("%.2f", value);
  return absl::StrFormat("%.0f", value);
}

// Half of the interval, with as many decimals as `mean` is shown with.
std::string Interval(const v1::MeanOf& mean) {
  const double half = kNormal95 * mean.stderr();
  const int decimals = std::abs(mean.mean()) < 0.995 ? 3 : std::abs(mean.mean()) < 999.5 ? 2 : 0;
  return absl::StrFormat(" ±%.*f", decimals, half);
}

// "92.31 ±1.20", with "(11/12)" behind it where that differs from what the scorer says.
std::string MeanCell(const v1::MeanOf& mean, std::int64_t judged, std::int64_t required) {
  std::string cell = mean.judged() == 0 ? "-" : Figure(mean.mean());
  if (mean.judged() > 0 && mean.stderr() > 0) cell += Interval(mean);
  if (mean.judged() != judged || mean.required() != required) {
    cell += absl::StrFormat(" (%d/%d)", mean.judged(), mean.required());
  }
  return cell;
}

// Models of one suite, in order.
using SuiteModels = std::vector<const v1::ModelSummary*>;

std::int64_t CountOf(const std::vector<v1::OutcomeCount>& counts, v1::Outcome outcome) {
  std::int64_t total = 0;
  for (const v1::OutcomeCount& count : counts) {
    if (count.outcome() == outcome) total += count.count();
  }
  return total;
}

std::vector<v1::OutcomeCount> GenerationCounts(const v1::ModelSummary& model) {
  return {model.outcomes().begin(), model.outcomes().end()};
}

std::vector<v1::OutcomeCount> ScoringCounts(const v1::ModelSummary& model) {
  std::vector<v1::OutcomeCount> counts;
  for (const v1::ScorerSummary& scorer : model.scorers()) {
    counts.insert(counts.end(), scorer.outcomes().begin(), scorer.outcomes().end());
  }
  return counts;
}

struct JudgedOf {
  std::int64_t judged = 0;
  std::int64_t required = 0;
};

// Of the scorer's first metric; where no text was scored there is none, and the counts of outcomes
// say how many should have been: all but texts that the scorer does not apply to.
JudgedOf JudgedBy(const v1::ModelSummary& model, const std::string& scorer) {
  for (const v1::MetricSummary& metric : model.metrics()) {
    if (metric.scorer() == scorer) return {metric.value().judged(), metric.value().required()};
  }
  JudgedOf counts;
  counts.required = model.expected();
  for (const v1::ScorerSummary& one : model.scorers()) {
    if (one.scorer() != scorer) continue;
    const std::vector<v1::OutcomeCount> outcomes(one.outcomes().begin(), one.outcomes().end());
    const std::int64_t textless =
        model.expected() - CountOf(GenerationCounts(model), v1::OUTCOME_GENERATED);
    counts.required -=
        std::max<std::int64_t>(0, CountOf(outcomes, v1::OUTCOME_NOT_APPLICABLE) - textless) +
        CountOf(outcomes, v1::OUTCOME_NO_EVIDENCE);
  }
  return counts;
}

std::string FiguresOfScorer(const SuiteModels& models, const std::string& scorer, int columns) {
  std::vector<std::string> names;
  for (const v1::ModelSummary* model : models) {
    for (const v1::MetricSummary& metric : model->metrics()) {
      const bool known = std::find(names.begin(), names.end(), metric.name()) != names.end();
      if (metric.scorer() == scorer && !known) names.push_back(metric.name());
    }
  }
  const std::size_t left_out = names.size() > kFiguresShown ? names.size() - kFiguresShown : 0;
  names.resize(names.size() - left_out);
  std::vector<std::string> header = {EscapeForTerminal(scorer, 60), "judged"};
  for (const std::string& name : names) header.push_back(EscapeForTerminal(name, 60));
  Table table(header);
  for (const v1::ModelSummary* model : models) {
    const JudgedOf counts = JudgedBy(*model, scorer);
    std::vector<std::string> row = {EscapeForTerminal(model->model(), 120),
                                    absl::StrFormat("%d/%d", counts.judged, counts.required)};
    for (const std::string& name : names) {
      std::string cell = "-";
      for (const v1::MetricSummary& metric : model->metrics()) {
        if (metric.scorer() == scorer && metric.name() == name) {
          cell = MeanCell(metric.value(), counts.judged, counts.required);
        }
      }
      row.push_back(std::move(cell));
    }
    table.AddRow(std::move(row));
  }
  std::string out = table.Render(columns);
  if (left_out > 0) out += absl::StrFormat("  and %d more figures in report.html\n", left_out);
  return out;
}

std::string DerivedOf(const SuiteModels& models, int columns) {
  std::vector<std::string> names;
  for (const v1::ModelSummary* model : models) {
    for (const v1::DerivedValue& value : model->derived()) {
      const bool known = std::find(names.begin(), names.end(), value.name()) != names.end();
      if (!known) names.push_back(value.name());
    }
  }
  if (names.empty()) return "";
  std::vector<std::string> header = {"overall"};
  for (const std::string& name : names) header.push_back(EscapeForTerminal(name, 60));
  Table table(header);
  for (const v1::ModelSummary* model : models) {
    std::vector<std::string> row = {EscapeForTerminal(model->model(), 120)};
    for (const std::string& name : names) {
      std::string cell = "-";
      for (const v1::DerivedValue& value : model->derived()) {
        if (value.name() == name) cell = Figure(value.value());
      }
      row.push_back(std::move(cell));
    }
    table.AddRow(std::move(row));
  }
  return table.Render(columns) + "\n";
}

// One table a scorer, after the figures made of several.
std::string FiguresOf(const SuiteModels& models, int columns) {
  std::vector<std::string> scorers;
  for (const v1::ModelSummary* model : models) {
    for (const v1::ScorerSummary& scorer : model->scorers()) {
      const bool known =
          std::find(scorers.begin(), scorers.end(), scorer.scorer()) != scorers.end();
      if (!known) scorers.push_back(scorer.scorer());
    }
  }
  std::string out = DerivedOf(models, columns);
  for (const std::string& scorer : scorers) {
    out += FiguresOfScorer(models, scorer, columns) + "\n";
  }
  return out;
}

// A benchmark's own tables, before the general ones.
std::string BenchmarkTablesOf(const v1::RunSummary& summary, const std::string& suite,
                              int columns) {
  std::string out;
  for (const v1::ResultTable& result : summary.tables()) {
    if (result.suite() != suite) continue;
    std::vector<std::string> header;
    for (const std::string& column : result.columns()) {
      header.push_back(EscapeForTerminal(column, 60));
    }
    Table table(header);
    const int shown = std::min(result.rows_size(), kMaxTableRows);
    for (int i = 0; i < shown; ++i) {
      std::vector<std::string> cells;
      for (const v1::TableCell& cell : result.rows(i).cells()) {
        cells.push_back(EscapeForTerminal(CellText(result, cell), 120));
      }
      table.AddRow(std::move(cells));
    }
    out += EscapeForTerminal(result.title(), 200) + "\n" + table.Render(columns);
    if (shown < result.rows_size()) {
      out += absl::StrFormat("  and %d rows more, in report.html and summary.json\n",
                             result.rows_size() - shown);
    }
    for (const std::string& note : result.notes()) {
      out += "  " + EscapeForTerminal(note, 400) + "\n";
    }
    out += "\n";
  }
  return out;
}

// "generated" first, then whatever else occurs; the counts of a row add up to its first number.
template <typename CountsOf>
std::vector<v1::Outcome> OutcomeColumns(const SuiteModels& models, v1::Outcome first,
                                        const CountsOf& counts_of) {
  std::set<v1::Outcome> occurring;
  for (const v1::ModelSummary* model : models) {
    for (const v1::OutcomeCount& count : counts_of(*model)) {
      if (count.count() > 0 && count.outcome() != first) occurring.insert(count.outcome());
    }
  }
  std::vector<v1::Outcome> columns = {first};
  columns.insert(columns.end(), occurring.begin(), occurring.end());
  return columns;
}

std::string GenerationsOf(const SuiteModels& models, int columns) {
  const auto outcomes = OutcomeColumns(models, v1::OUTCOME_GENERATED, GenerationCounts);
  const bool priced = std::any_of(models.begin(), models.end(),
                                  [](const v1::ModelSummary* m) { return m->priced(); });
  std::vector<std::string> header = {"model", "texts"};
  for (const v1::Outcome outcome : outcomes) header.push_back("= " + NameOf(outcome));
  for (std::size_t i = 3; i < header.size(); ++i) header[i][0] = '+';
  for (const char* name : {"truncated", "words", "tokens out"}) header.push_back(name);
  // Ways of making a text are compared by what a text takes.
  const bool several = std::any_of(models.begin(), models.end(), [](const v1::ModelSummary* m) {
    return !m->strategy().empty() && m->strategy() != "direct";
  });
  if (several) {
    for (const char* name : {"strategy", "calls a text", "tokens a text", "s a text"}) {
      header.push_back(name);
    }
  }
  if (priced) header.push_back("cost");
  Table table(header);
  for (const v1::ModelSummary* model : models) {
    const auto counts = GenerationCounts(*model);
    std::vector<std::string> row = {EscapeForTerminal(model->model(), 120),
                                    std::to_string(model->expected())};
    for (const v1::Outcome outcome : outcomes) {
      row.push_back(std::to_string(CountOf(counts, outcome)));
    }
    row.push_back(std::to_string(model->truncated()));
    row.push_back(ShortCount(static_cast<double>(model->words())));
    row.push_back(ShortCount(static_cast<double>(model->generation_usage().completion_tokens())));
    if (several) {
      const auto texts = static_cast<double>(
          std::max<std::int64_t>(1, model->expected() - CountOf(counts, v1::OUTCOME_UNSPECIFIED)));
      const v1::Usage& usage = model->generation_usage();
      row.push_back(EscapeForTerminal(model->strategy(), 40));
      row.push_back(
          absl::StrFormat("%.1f", static_cast<double>(model->generation_calls()) / texts));
      row.push_back(ShortCount(
          static_cast<double>(usage.prompt_tokens() + usage.completion_tokens()) / texts));
      row.push_back(
          absl::StrFormat("%.1f", static_cast<double>(model->generation_ms()) / 1000 / texts));
    }
    if (priced) row.push_back(absl::StrFormat("$%.4f", model->cost_usd()));
    table.AddRow(std::move(row));
  }
  return table.Render(columns);
}

std::string ScoringsOf(const SuiteModels& models, int columns) {
  const auto outcomes = OutcomeColumns(models, v1::OUTCOME_SCORED, ScoringCounts);
  if (outcomes.size() == 1) return "";
  std::vector<std::string> header = {"model, scorer", "texts"};
  for (const v1::Outcome outcome : outcomes) header.push_back("= " + NameOf(outcome));
  for (std::size_t i = 3; i < header.size(); ++i) header[i][0] = '+';
  Table table(header);
  for (const v1::ModelSummary* model : models) {
    for (const v1::ScorerSummary& scorer : model->scorers()) {
      const std::vector<v1::OutcomeCount> counts(scorer.outcomes().begin(),
                                                 scorer.outcomes().end());
      std::vector<std::string> row = {
          EscapeForTerminal(model->model(), 60) + ", " + EscapeForTerminal(scorer.scorer(), 60),
          std::to_string(model->expected())};
      for (const v1::Outcome outcome : outcomes) {
        row.push_back(std::to_string(CountOf(counts, outcome)));
      }
      table.AddRow(std::move(row));
    }
  }
  return table.Render(columns);
}

std::string LossesOf(const v1::RunSummary& summary) {
  if (summary.losses().empty()) return "";
  std::string out = "\nLost, and why:\n";
  int shown = 0;
  for (const v1::Error& error : summary.losses()) {
    if (shown++ == kLossesShown) {
      out += absl::StrFormat("  ... and %d more kinds; see results.jsonl\n",
                             summary.losses_size() - kLossesShown);
      break;
    }
    std::string where = error.error_class() == v1::ERROR_CLASS_UNSPECIFIED
                            ? "unjudged"
                            : ShortEnumName(*v1::ErrorClass_descriptor(), error.error_class());
    if (!error.endpoint().empty()) where += ", endpoint " + EscapeForTerminal(error.endpoint());
    if (error.http_status() != 0) where += absl::StrFormat(", HTTP %d", error.http_status());
    out += "  " + where + ": " + EscapeForTerminal(error.message(), 240) + "\n";
  }
  return out;
}

}  // namespace

std::int64_t CountLosses(const v1::RunSummary& summary) {
  std::int64_t losses = 0;
  for (const v1::ModelSummary& model : summary.models()) {
    for (const auto& counts : {GenerationCounts(model), ScoringCounts(model)}) {
      for (const v1::OutcomeCount& count : counts) {
        const bool fine = count.outcome() == v1::OUTCOME_GENERATED ||
                          count.outcome() == v1::OUTCOME_SCORED ||
                          count.outcome() == v1::OUTCOME_NOT_APPLICABLE ||
                          count.outcome() == v1::OUTCOME_NO_EVIDENCE ||
                          count.outcome() == v1::OUTCOME_UNSPECIFIED;
        if (!fine) losses += count.count();
      }
    }
  }
  return losses;
}

std::int64_t CountOpen(const v1::RunSummary& summary) {
  std::int64_t open = 0;
  for (const v1::ModelSummary& model : summary.models()) {
    open += CountOf(GenerationCounts(model), v1::OUTCOME_UNSPECIFIED) +
            CountOf(ScoringCounts(model), v1::OUTCOME_UNSPECIFIED);
  }
  return open;
}

std::string RenderSummary(const v1::RunSummary& summary, int columns) {
  std::string out = "Run " + summary.run_id() + ": " + summary.state();
  if (summary.finished_unix_ms() > summary.started_unix_ms()) {
    const std::int64_t ms = summary.finished_unix_ms() - summary.started_unix_ms();
    out += " after " + (ms < 10000 ? absl::StrFormat("%.1f s", static_cast<double>(ms) / 1000)
                                   : ShortDuration(absl::Milliseconds(ms)));
  }
  out += "\n";
  if (!summary.partial_reason().empty()) {
    out += "  " + EscapeForTerminal(summary.partial_reason(), 240) + "\n";
  }
  std::vector<std::string> suites;
  std::map<std::string, SuiteModels> models;
  for (const v1::ModelSummary& model : summary.models()) {
    if (models.find(model.suite()) == models.end()) suites.push_back(model.suite());
    models[model.suite()].push_back(&model);
  }
  for (const std::string& suite : suites) {
    out += "\nSuite " + EscapeForTerminal(suite, 120) + "\n";
    out += BenchmarkTablesOf(summary, suite, columns);
    out += FiguresOf(models[suite], columns);
    out += GenerationsOf(models[suite], columns);
    const std::string scorings = ScoringsOf(models[suite], columns);
    if (!scorings.empty()) out += "\n" + scorings;
  }
  out += RenderJudgeHealthText(summary, columns);
  out += LossesOf(summary);
  return out +
         "\n± is a 95 % interval, clustered by prompt; judged: scores in the mean / texts that "
         "should have one.\n";
}

}  // namespace assay
