#include "suites/result_table.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "common/base/check.h"

namespace assay {

const v1::ScorerResult* ScorerOf(const v1::SampleResult& result, std::string_view scorer) {
  for (const v1::ScorerResult& one : result.scorers()) {
    if (one.scorer() == scorer) return &one;
  }
  return nullptr;
}

std::optional<double> ScoreOf(const v1::SampleResult& result, std::string_view scorer,
                              std::string_view name) {
  const v1::ScorerResult* one = ScorerOf(result, scorer);
  if (one == nullptr) return std::nullopt;
  for (const v1::Score& score : one->scores()) {
    if (score.name() == name) return score.value();
  }
  return std::nullopt;
}

std::optional<double> MeanOfAll(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

v1::ResultTable MakeTable(std::string title, const std::vector<std::string>& columns,
                          int decimals) {
  v1::ResultTable table;
  table.set_title(std::move(title));
  for (const std::string& column : columns) table.add_columns(column);
  table.set_decimals(decimals);
  return table;
}

void AddTableRow(v1::ResultTable& table, const std::string& name,
                 const std::vector<std::optional<double>>& figures) {
  ASSAY_CHECK(table.columns_size() == static_cast<int>(figures.size()) + 1);
  v1::TableRow& row = *table.add_rows();
  row.add_cells()->set_text(name);
  for (const std::optional<double>& figure : figures) {
    v1::TableCell& cell = *row.add_cells();
    if (figure.has_value()) cell.set_number(*figure);
  }
}

std::string CellText(const v1::ResultTable& table, const v1::TableCell& cell) {
  switch (cell.value_case()) {
    case v1::TableCell::kText:
      return cell.text();
    case v1::TableCell::kNumber:
      return absl::StrFormat("%.*f", table.decimals(), cell.number());
    case v1::TableCell::VALUE_NOT_SET:
      break;
  }
  return "–";
}

}  // namespace assay
