// Cells and rows of the report's tables. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/results.pb.h"
#include "cli/report/report_input.h"

namespace assay {

inline constexpr double kNormal95 = 1.959963984540054;

// A mean with its 95 % interval and judged/required, as the content of a cell.
std::string MeanHtml(const v1::MeanOf& mean);
std::string MeanCell(const v1::MeanOf& mean);
std::string NumberCell(std::string_view escaped);
// The mark of the model with this position: eight colours, then the same as squares.
std::string DotHtml(int color);
// The row header of a model: its colour and its name.
std::string ModelCell(const ReportModel& model);
// "<h3>suite</h3>" where there are several suites, else nothing.
std::string SuiteTitle(const ReportInput& input, const ReportSuite& suite);
// A table that scrolls sideways by itself.
std::string Table(std::string_view caption, std::string_view head, std::string_view body);

// A metric of a suite, in the order in which the models have them.
struct MetricId {
  std::string scorer;
  std::string name;
  bool operator==(const MetricId&) const = default;
};
std::vector<MetricId> MetricsOf(const ReportSuite& suite);
const v1::MetricSummary* FindMetric(const v1::ModelSummary& model, const MetricId& id);

}  // namespace assay
