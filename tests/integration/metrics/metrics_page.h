// What a page of metrics and a table of metrics say, in one form, and where they differ.
#pragma once

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct DescribedMetric {
  std::string type;
  std::set<std::string> labels;
  std::set<std::string> of;  // of a row: whose pages have it
};
using DescribedMetrics = std::map<std::string, DescribedMetric>;

// Without "le" and "quantile", which the type implies.
inline std::set<std::string> LabelNames(std::string_view series) {
  std::set<std::string> names;
  const std::size_t open = series.find('{');
  if (open == std::string_view::npos) return names;
  std::string name;
  bool quoted = false;
  for (std::size_t i = open + 1; i < series.size() && (quoted || series[i] != '}'); ++i) {
    const char c = series[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '=') {
      if (name != "le" && name != "quantile") names.insert(name);
      name.clear();
    } else if (c != ',') {
      name += c;
    }
  }
  return names;
}

// A page in Prometheus' text format. A series without a TYPE line has an empty type.
inline DescribedMetrics ReadMetricsPage(const std::string& page) {
  DescribedMetrics metrics;
  std::istringstream in(page);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("# TYPE ", 0) == 0) {
      std::istringstream words(line.substr(7));
      std::string name;
      std::string type;
      words >> name >> type;
      metrics[name].type = type;
      continue;
    }
    if (line.empty() || line[0] == '#') continue;
    std::string name = line.substr(0, line.find_first_of("{ "));
    for (const std::string suffix : {"_bucket", "_sum", "_count"}) {
      if (metrics.count(name) > 0 || !name.ends_with(suffix)) continue;
      const std::string base = name.substr(0, name.size() - suffix.size());
      if (metrics.count(base) > 0) name = base;
    }
    metrics[name].labels.merge(LabelNames(line));
  }
  return metrics;
}

inline std::vector<std::string> Backticked(const std::string& cell) {
  std::vector<std::string> words;
  for (std::size_t at = cell.find('`'); at != std::string::npos; at = cell.find('`', at)) {
    const std::size_t end = cell.find('`', at + 1);
    if (end == std::string::npos) break;
    words.push_back(cell.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return words;
}

// The rows "| `name` | type | labels | unit | of | meaning |" of a document.
inline DescribedMetrics ReadMetricsTable(const std::string& document) {
  DescribedMetrics metrics;
  std::istringstream in(document);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("| `", 0) != 0) continue;
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, '|');) cells.push_back(cell);
    if (cells.size() < 7) continue;  // another table
    DescribedMetric& metric = metrics[Backticked(cells[1]).at(0)];
    std::istringstream(cells[2]) >> metric.type;
    for (const std::string& label : Backticked(cells[3])) metric.labels.insert(label);
    std::istringstream of(cells[5]);
    for (std::string letter; of >> letter;) metric.of.insert(letter);
  }
  return metrics;
}

// The rows of those who publish any of `letters`.
inline DescribedMetrics RowsOf(const DescribedMetrics& table,
                               const std::set<std::string>& letters) {
  DescribedMetrics rows;
  for (const auto& [name, metric] : table) {
    for (const std::string& letter : metric.of) {
      if (letters.count(letter) > 0) rows[name] = metric;
    }
  }
  return rows;
}

// What any of two pages has.
inline DescribedMetrics Together(DescribedMetrics some, const DescribedMetrics& others) {
  some.insert(others.begin(), others.end());
  return some;
}

inline std::string Described(const DescribedMetric& metric) {
  std::string text = metric.type + " {";
  for (const std::string& label : metric.labels) text += " " + label;
  return text + " }";
}

// One line for each; empty: they agree.
inline std::vector<std::string> MetricDifferences(const DescribedMetrics& table,
                                                  const DescribedMetrics& page) {
  std::vector<std::string> differences;
  for (const auto& [name, metric] : page) {
    const auto row = table.find(name);
    if (row == table.end()) {
      differences.push_back(name + ": scraped, not in the table");
    } else if (Described(row->second) != Described(metric)) {
      differences.push_back(name + ": the table says " + Described(row->second) + ", the page " +
                            Described(metric));
    }
  }
  for (const auto& [name, metric] : table) {
    if (page.count(name) == 0) differences.push_back(name + ": in the table, not scraped");
  }
  return differences;
}

// The value of a series as it is written on a page; -1 when it is not there.
inline double SeriesValue(const std::string& page, const std::string& series) {
  const std::size_t at = page.find("\n" + series + " ");
  return at == std::string::npos ? -1 : std::stod(page.substr(at + series.size() + 2));
}

}  // namespace assay
