#include "cli/results/summary_text.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "cli/terminal/progress_display.h"
#include "cli/terminal/table.h"
#include "common/base/log.h"
#include "common/config/message_decoder.h"

namespace assay {
namespace {

constexpr double kNormal95 = 1.959963984540054;
constexpr int kLossesShown = 12;

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

std::string MeanCell(const v1::MeanOf& mean) {
  if (mean.required() == 0 && mean.judged() == 0) return "-";
  const std::string counts = absl::StrFormat("(%d/%d)", mean.judged(), mean.required());
  if (mean.judged() == 0) return "- " + counts;
  std::string cell = Figure(mean.mean());
  if (mean.stderr() > 0) cell += " ±" + Figure(kNormal95 * mean.stderr());
  return cell + " " + counts;
}

std::string MetricName(const v1::MetricSummary& metric) {
  return EscapeForTerminal(metric.scorer() + "." + metric.name(), 60);
}

// Models of one suite, in order.
using SuiteModels = std::vector<const v1::ModelSummary*>;

std::string FiguresOf(const SuiteModels& models, int columns) {
  std::vector<std::string> header = {"model"};
  std::set<std::string> seen;
  for (const v1::ModelSummary* model : models) {
    for (const v1::DerivedValue& value : model->derived()) {
      if (seen.insert(value.name()).second) header.push_back(EscapeForTerminal(value.name(), 60));
    }
  }
  const std::size_t derived = header.size();
  for (const v1::ModelSummary* model : models) {
    for (const v1::MetricSummary& metric : model->metrics()) {
      if (seen.insert(MetricName(metric)).second) header.push_back(MetricName(metric));
    }
  }
  if (header.size() == 1) return "";
  Table table(header);
  for (const v1::ModelSummary* model : models) {
    std::map<std::string, std::string> cells;
    for (const v1::DerivedValue& v : model->derived()) {
      cells[EscapeForTerminal(v.name(), 60)] = Figure(v.value());
    }
    for (const v1::MetricSummary& m : model->metrics()) {
      const std::string name = MetricName(m);
      cells.emplace(name, MeanCell(m.value()));
    }
    std::vector<std::string> row = {EscapeForTerminal(model->model(), 120)};
    for (std::size_t i = 1; i < header.size(); ++i) {
      const auto found = cells.find(header[i]);
      row.push_back(found != cells.end() ? found->second : i < derived ? "-" : "- (0/0)");
    }
    table.AddRow(std::move(row));
  }
  return table.Render(columns);
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

std::string GenerationsOf(const SuiteModels& models, int columns) {
  const auto outcomes = OutcomeColumns(models, v1::OUTCOME_GENERATED, GenerationCounts);
  const bool priced = std::any_of(models.begin(), models.end(),
                                  [](const v1::ModelSummary* m) { return m->priced(); });
  std::vector<std::string> header = {"model", "texts"};
  for (const v1::Outcome outcome : outcomes) header.push_back("= " + NameOf(outcome));
  for (std::size_t i = 3; i < header.size(); ++i) header[i][0] = '+';
  for (const char* name : {"truncated", "words", "tokens out"}) header.push_back(name);
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
    std::string where = ShortEnumName(*v1::ErrorClass_descriptor(), error.error_class());
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
    out +=
        " after " +
        ShortDuration(absl::Milliseconds(summary.finished_unix_ms() - summary.started_unix_ms()));
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
    const std::string figures = FiguresOf(models[suite], columns);
    if (!figures.empty()) {
      out += figures + "mean ±95 % interval, clustered by prompt (judged/required)\n\n";
    }
    out += GenerationsOf(models[suite], columns);
    const std::string scorings = ScoringsOf(models[suite], columns);
    if (!scorings.empty()) out += "\n" + scorings;
  }
  return out + LossesOf(summary);
}

}  // namespace assay
