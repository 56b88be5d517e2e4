// What a benchmark found: a table for people on stdout, JSON for programs with --json FILE.
// A figure is the median of its runs, with the smallest and largest beside it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace assay {

struct BenchGoal {
  enum class Kind { kAtMost, kAtLeast };
  Kind kind = Kind::kAtMost;
  double value = 0;
};

inline BenchGoal AtMost(double value) { return {BenchGoal::Kind::kAtMost, value}; }
inline BenchGoal AtLeast(double value) { return {BenchGoal::Kind::kAtLeast, value}; }

struct BenchFigure {
  std::string name;
  std::vector<double> runs;  // at least one
  std::string unit;
  std::optional<BenchGoal> goal = {};
  // The same figure of something else; the ratio is how many times better ours is.
  std::optional<double> baseline = {};
  std::string baseline_name = {};
};

struct BenchOptions {
  std::string json_file;  // empty: none
  int runs = 0;           // --runs N; 0: the benchmark's own number
  std::string only;       // --only TEXT: parts whose name contains it
  bool Wants(const std::string& part) const {
    return only.empty() || part.find(only) != std::string::npos;
  }
};

// Prints usage and exits with 2 on anything it does not know.
BenchOptions ParseBenchOptions(int argc, char** argv);

class BenchReport {
 public:
  BenchReport(std::string title, BenchOptions options)
      : title_(std::move(title)), options_(std::move(options)) {}

  const BenchOptions& options() const { return options_; }
  int RunsOr(int runs) const { return options_.runs > 0 ? options_.runs : runs; }
  void Add(BenchFigure figure) { figures_.push_back(std::move(figure)); }
  // A line under the table: what was left out, and why.
  void Note(std::string note) { notes_.push_back(std::move(note)); }

  // Prints, writes the JSON file, and answers the exit code: 0, or 3 when the file could not be
  // written. A missed goal is shown, not an error: the machine may be busy.
  int Finish() const;

 private:
  std::string title_;
  BenchOptions options_;
  std::vector<BenchFigure> figures_;
  std::vector<std::string> notes_;
};

double Median(std::vector<double> values);

// Seconds that `work` takes, once.
double SecondsOf(const std::function<void()>& work);

// CPU time of this thread so far.
double ThreadCpuSeconds();

// Bytes a second of CPU time in MB/s (10^6): `work` is repeated until it has taken 0.2 s, `runs`
// times.
std::vector<double> MegabytesPerSecond(std::size_t bytes, int runs,
                                       const std::function<void()>& work);

}  // namespace assay
