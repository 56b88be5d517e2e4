#include "tests/bench/bench_report.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "common/base/check.h"
#include "common/json/json.h"

namespace assay {
namespace {

std::string Number(double value) {
  const double size = std::abs(value);
  char text[64];
  std::snprintf(text, sizeof(text), size >= 1000 ? "%.0f" : size >= 10 ? "%.1f" : "%.3f", value);
  return text;
}

std::string SpreadText(const std::vector<double>& runs) {
  if (runs.size() < 2) return "";
  const auto [low, high] = std::minmax_element(runs.begin(), runs.end());
  return Number(*low) + " .. " + Number(*high);
}

bool Reached(const BenchFigure& figure) {
  const double value = Median(figure.runs);
  return figure.goal->kind == BenchGoal::Kind::kAtMost ? value <= figure.goal->value
                                                       : value >= figure.goal->value;
}

std::string GoalText(const BenchFigure& figure) {
  if (!figure.goal) return "";
  const char* sign = figure.goal->kind == BenchGoal::Kind::kAtMost ? "<= " : ">= ";
  return sign + Number(figure.goal->value) + (Reached(figure) ? "  ok" : "  MISSED");
}

// How many times better ours is: more is better for rates, less for everything else.
double RatioToBaseline(const BenchFigure& figure) {
  const double ours = Median(figure.runs);
  const bool more_is_better = figure.unit.find("/s") != std::string::npos;
  return more_is_better ? ours / *figure.baseline : *figure.baseline / ours;
}

std::string BaselineText(const BenchFigure& figure) {
  if (!figure.baseline) return "";
  return Number(RatioToBaseline(figure)) + "x of " + Number(*figure.baseline) + " (" +
         figure.baseline_name + ")";
}

Json ToJson(const BenchFigure& figure) {
  Json json = {{"name", figure.name},
               {"unit", figure.unit},
               {"median", Median(figure.runs)},
               {"runs", figure.runs}};
  if (figure.goal) {
    const bool most = figure.goal->kind == BenchGoal::Kind::kAtMost;
    json["goal"] = {{most ? "at_most" : "at_least", figure.goal->value},
                    {"reached", Reached(figure)}};
  }
  if (figure.baseline) {
    json["baseline"] = {{"name", figure.baseline_name},
                        {"value", *figure.baseline},
                        {"times_better", RatioToBaseline(figure)}};
  }
  return json;
}

void PrintRows(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string pad(widths[i] - row[i].size(), ' ');
      line += (i == 1 ? pad + row[i] : row[i] + pad) + "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    std::printf("%s\n", line.c_str());
  }
}

[[noreturn]] void Usage(const char* program) {
  std::fprintf(stderr, "usage: %s [--json FILE] [--runs N] [--only TEXT]\n", program);
  std::exit(2);
}

}  // namespace

BenchOptions ParseBenchOptions(int argc, char** argv) {
  BenchOptions options;
  for (int i = 1; i < argc; ++i) {
    if (i + 1 >= argc) Usage(argv[0]);
    const std::string name = argv[i];
    const std::string value = argv[++i];
    if (name == "--json") {
      options.json_file = value;
    } else if (name == "--runs" && std::atoi(value.c_str()) > 0) {
      options.runs = std::atoi(value.c_str());
    } else if (name == "--only") {
      options.only = value;
    } else {
      Usage(argv[0]);
    }
  }
  return options;
}

int BenchReport::Finish() const {
  std::vector<std::vector<std::string>> rows = {
      {"figure", "median", "unit", "smallest .. largest", "goal", "against"}};
  Json figures = Json::array();
  for (const BenchFigure& figure : figures_) {
    rows.push_back({figure.name, Number(Median(figure.runs)), figure.unit, SpreadText(figure.runs),
                    GoalText(figure), BaselineText(figure)});
    figures.push_back(ToJson(figure));
  }
  std::printf("%s\n", title_.c_str());
  PrintRows(rows);
  for (const std::string& note : notes_) std::printf("note: %s\n", note.c_str());
  std::fflush(stdout);
  if (options_.json_file.empty()) return 0;
  const Json json = {{"title", title_}, {"figures", figures}, {"notes", notes_}};
  std::FILE* file = std::fopen(options_.json_file.c_str(), "w");
  if (file == nullptr) {
    std::fprintf(stderr, "cannot write %s: %s\n", options_.json_file.c_str(), std::strerror(errno));
    return 3;
  }
  std::fprintf(file, "%s\n", json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return std::fclose(file) == 0 ? 0 : 3;
}

double Median(std::vector<double> values) {
  ASSAY_CHECK(!values.empty());
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double SecondsOf(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double ThreadCpuSeconds() {
  timespec now{};
  ASSAY_CHECK(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::vector<double> MegabytesPerSecond(std::size_t bytes, int runs,
                                       const std::function<void()>& work) {
  constexpr double kLongEnough = 0.2;
  work();
  std::vector<double> rates;
  for (int run = 0; run < runs; ++run) {
    double seconds = 0;
    double done = 0;
    while (seconds < kLongEnough) {
      const double begin = ThreadCpuSeconds();
      work();
      seconds += ThreadCpuSeconds() - begin;
      done += static_cast<double>(bytes);
    }
    rates.push_back(done / seconds / 1e6);
  }
  return rates;
}

}  // namespace assay
