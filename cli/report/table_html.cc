#include "cli/report/table_html.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "cli/report/html_text.h"

namespace assay {

std::string MeanHtml(const v1::MeanOf& mean) {
  std::string out = "<span class=\"mean\">";
  out += mean.judged() > 0 ? Figure(mean.mean()) : "–";
  out += "</span><span class=\"sub\">";
  if (mean.judged() > 0 && mean.stderr() > 0) {
    // As many decimals as the mean has.
    const double half = kNormal95 * mean.stderr();
    const bool fine = half < 0.9995 && std::abs(mean.mean()) >= 0.9995;
    out += "±" + (fine ? absl::StrFormat("%.2f", half) : Figure(half)) + " · ";
  }
  const bool short_of = mean.judged() != mean.required();
  if (short_of) out += "<em title=\"some required scores are missing\">";
  out += Count(mean.judged()) + "/" + Count(mean.required());
  if (short_of) out += "</em>";
  return out + "</span>";
}

std::string MeanCell(const v1::MeanOf& mean) { return NumberCell(MeanHtml(mean)); }

std::string NumberCell(std::string_view escaped) {
  return "<td class=\"num\">" + std::string(escaped) + "</td>";
}

std::string DotHtml(int color) {
  return "<span class=\"dot c" + std::to_string(color % 8) + (color / 8 % 2 == 1 ? " square" : "") +
         "\"></span>";
}

std::string ModelCell(const ReportModel& model) {
  return "<th scope=\"row\">" + DotHtml(model.color) + "<bdi>" +
         HtmlLine(model.summary->model(), 120) + "</bdi></th>";
}

std::string SuiteTitle(const ReportInput& input, const ReportSuite& suite) {
  if (input.suites.size() < 2) return "";
  return "<h3><bdi>" + HtmlLine(suite.name) + "</bdi></h3>\n";
}

std::string Table(std::string_view caption, std::string_view head, std::string_view body) {
  std::string out = "<div class=\"scroll\" tabindex=\"0\"><table>";
  if (!caption.empty()) {
    out += "<caption>";
    out += caption;
    out += "</caption>";
  }
  out += "\n<thead>";
  out += head;
  out += "</thead>\n<tbody>\n";
  out += body;
  return out + "</tbody></table></div>\n";
}

std::vector<MetricId> MetricsOf(const ReportSuite& suite) {
  std::vector<MetricId> metrics;
  for (const ReportModel& model : suite.models) {
    for (const v1::MetricSummary& metric : model.summary->metrics()) {
      const MetricId id{metric.scorer(), metric.name()};
      if (std::find(metrics.begin(), metrics.end(), id) == metrics.end()) metrics.push_back(id);
    }
  }
  // Scorers together, in the order of their first metric.
  std::vector<std::string> scorers;
  for (const MetricId& id : metrics) {
    if (std::find(scorers.begin(), scorers.end(), id.scorer) == scorers.end()) {
      scorers.push_back(id.scorer);
    }
  }
  std::vector<MetricId> sorted;
  for (const std::string& scorer : scorers) {
    std::copy_if(metrics.begin(), metrics.end(), std::back_inserter(sorted),
                 [&](const MetricId& id) { return id.scorer == scorer; });
  }
  return sorted;
}

const v1::MetricSummary* FindMetric(const v1::ModelSummary& model, const MetricId& id) {
  for (const v1::MetricSummary& metric : model.metrics()) {
    if (metric.scorer() == id.scorer && metric.name() == id.name) return &metric;
  }
  return nullptr;
}

}  // namespace assay
