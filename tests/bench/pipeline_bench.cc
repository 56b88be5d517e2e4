// Whole jobs: `assay run` as a process of its own, from start to the written report, against a
// server in another process. CPU time and memory are the kernel's own account of that process.
//
//   job        1,000 prompts, 3 KB answers, 50 ms, each answer judged, 64 calls at once. By latency
//              alone it takes 2,000 x 50 ms / 64 = 1.56 s.
//   instant    the same with a server that answers at once: samples a second, durable
//   memory     5,000 samples against 1,000
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/json/json.h"
#include "tests/bench/bench_report.h"
#include "tests/bench/mock_llm.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr int kAtOnce = 64;

struct Job {
  std::string url;
  int samples = 1000;
};

struct Cost {
  double wall_s = 0;
  double cpu_s = 0;
  double rss_mib = 0;
  std::uintmax_t store_bytes = 0;
  std::uintmax_t other_bytes = 0;
};

class Bench {
 public:
  Bench() {
    std::string name = (fs::temp_directory_path() / "assay-bench-XXXXXX").string();
    ASSAY_CHECK(::mkdtemp(name.data()) != nullptr);
    scratch_ = name;
    if (const char* folder = std::getenv("ASSAY_BENCH_DIR")) {
      fs::remove_all(scratch_);
      scratch_ = fs::path(folder) / scratch_.filename();
      fs::create_directories(scratch_);
    }
  }
  ~Bench() {
    std::error_code ignored;
    fs::remove_all(scratch_, ignored);
  }

  Cost Run(const Job& job, const std::vector<std::string>& environment = {}) {
    WriteSuite(job.samples);
    WriteSpec(job);
    // Nothing is deleted before the end: a file system is slow at making files where others have
    // just been deleted.
    const fs::path output = scratch_ / ("runs-" + std::to_string(++runs_));
    const auto begin = std::chrono::steady_clock::now();
    const pid_t child = Spawn(output, environment);
    int status = 0;
    rusage usage{};
    ASSAY_CHECK(::wait4(child, &status, 0, &usage) == child);
    Cost cost;
    cost.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    cost.cpu_s = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
    cost.rss_mib = static_cast<double>(usage.ru_maxrss) / 1024;
    CheckAllScored(status, job, output);
    for (const auto& entry : fs::recursive_directory_iterator(output)) {
      if (!entry.is_regular_file()) continue;
      const bool in_store = entry.path().string().find("/store/") != std::string::npos;
      (in_store ? cost.store_bytes : cost.other_bytes) += entry.file_size();
    }
    return cost;
  }

  // How often a run of the job makes something durable.
  long Syncs(const Job& job) {
    const fs::path counts = scratch_ / "syncs";
    Run(job, {"LD_PRELOAD=" ASSAY_FSYNC_COUNTER, "ASSAY_FSYNC_COUNT=" + counts.string()});
    long syncs = -1;
    std::ifstream(counts) >> syncs;
    return syncs;
  }

 private:
  static double Seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  }

  pid_t Spawn(const fs::path& output, const std::vector<std::string>& environment) {
    const pid_t child = ::fork();
    ASSAY_CHECK(child >= 0);
    if (child != 0) return child;
    for (const std::string& entry : environment) ::putenv(const_cast<char*>(entry.c_str()));
    const int log = ::open((scratch_ / "log").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(log, 1);
    ::dup2(log, 2);
    ::execl(ASSAY_PROGRAM, ASSAY_PROGRAM, "run", (scratch_ / "spec.yaml").c_str(), "-o",
            output.c_str(), "--run-id", "bench", static_cast<char*>(nullptr));
    ::_exit(127);
  }

  void WriteSuite(int samples) {
    fs::create_directories(scratch_ / "suite");
    std::ofstream(scratch_ / "suite" / "suite.yaml")
        << "name: bench\ntitle: Bench\nversion: \"1\"\n";
    std::ofstream lines(scratch_ / "suite" / "samples.jsonl");
    for (int i = 0; i < samples; ++i) {
      lines << R"({"id": "s)" << i << R"(", "prompt": "Write about lighthouse number )" << i
            << R"( and the people who kept its lamp burning through every winter storm.", )"
            << R"("required_words": 600, "language": "en"})"
            << "\n";
    }
  }

  void WriteSpec(const Job& job) {
    std::ofstream(scratch_ / "spec.yaml")
        << "name: bench\nsuites:\n  - path: suite\n"
        << "endpoints:\n  - id: mock\n    base_url: " << job.url
        << "\n    stream: false\n    max_in_flight: " << kAtOnce << "\n"
        << "models:\n  - id: writer\n    model: mock\n    sampling: {max_tokens: 4096}\n"
        << "judges:\n  - id: judge\n    model: mock-judge\n"
        << "scorers:\n  - length: {}\n  - repetition: {}\n  - rubric: {preset: general}\n";
  }

  void CheckAllScored(int status, const Job& job, const fs::path& output) {
    std::ifstream results(output / "bench" / "results.jsonl");
    std::string line;
    int scored = 0;
    while (std::getline(results, line)) {
      const auto row = ParseJson(line);
      ASSAY_CHECK(row.ok());
      bool all = (*row)["scorers"].size() == 3;
      for (const Json& scorer : (*row)["scorers"]) all = all && scorer["outcome"] == "scored";
      if (all) ++scored;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && scored == job.samples) return;
    std::ifstream log(scratch_ / "log");
    std::fprintf(stderr, "the run failed: status %d, %d of %d samples scored\n", status, scored,
                 job.samples);
    while (std::getline(log, line)) std::fprintf(stderr, "  %s\n", line.c_str());
    std::exit(1);
  }

  fs::path scratch_;
  int runs_ = 0;
};

struct Costs {
  std::vector<double> wall_s, cpu_ms_per_call, rss_mib, samples_per_s, cpu_ms_per_sample;
  Cost last;
};

Costs Measure(Bench& bench, const Job& job, int runs) {
  Costs costs;
  for (int run = 0; run < runs; ++run) {
    const Cost cost = bench.Run(job);
    costs.wall_s.push_back(cost.wall_s);
    costs.cpu_ms_per_call.push_back(cost.cpu_s * 1000 / (2 * job.samples));
    costs.cpu_ms_per_sample.push_back(cost.cpu_s * 1000 / job.samples);
    costs.rss_mib.push_back(cost.rss_mib);
    costs.samples_per_s.push_back(job.samples / cost.wall_s);
    costs.last = cost;
  }
  return costs;
}

void MeasureJob(Bench& bench, BenchReport& report) {
  const MockLlm server({.texts = 64, .latency_ms = 50});
  const Job job{.url = server.url() + "/v1"};
  const double cpu_before = server.CpuSeconds();
  const int runs = report.RunsOr(7);
  const Costs costs = Measure(bench, job, runs);
  const double server_ms = (server.CpuSeconds() - cpu_before) * 1000 / (2.0 * job.samples * runs);
  report.Add({.name = "job: wall", .runs = costs.wall_s, .unit = "s", .goal = AtMost(2.0)});
  report.Add({.name = "job: CPU a call",
              .runs = costs.cpu_ms_per_call,
              .unit = "ms",
              .goal = AtMost(0.5)});
  report.Add({.name = "job: peak RSS", .runs = costs.rss_mib, .unit = "MiB", .goal = AtMost(100)});
  report.Add({.name = "job: server's CPU a call", .runs = {server_ms}, .unit = "ms"});
  report.Note("job: latency alone takes 1.5625 s");
}

void MeasureInstant(Bench& bench, BenchReport& report) {
  const MockLlm server({.texts = 64});
  const Job job{.url = server.url() + "/v1", .samples = 2000};
  const Costs costs = Measure(bench, job, report.RunsOr(7));
  report.Add({.name = "instant: samples",
              .runs = costs.samples_per_s,
              .unit = "samples/s",
              .goal = AtLeast(500)});
  report.Add({.name = "instant: CPU a sample", .runs = costs.cpu_ms_per_sample, .unit = "ms"});
  report.Add({.name = "instant: peak RSS", .runs = costs.rss_mib, .unit = "MiB"});
  const double samples = job.samples;
  report.Add({.name = "instant: store a sample",
              .runs = {static_cast<double>(costs.last.store_bytes) / samples},
              .unit = "bytes"});
  report.Add({.name = "instant: results and report a sample",
              .runs = {static_cast<double>(costs.last.other_bytes) / samples},
              .unit = "bytes"});
  report.Add({.name = "instant: fsyncs a sample",
              .runs = {static_cast<double>(bench.Syncs(job)) / samples},
              .unit = "calls"});
}

void MeasureMemory(Bench& bench, BenchReport& report) {
  const MockLlm server({.texts = 64});
  const int runs = report.RunsOr(3);
  const Job small{.url = server.url() + "/v1", .samples = 1000};
  Job large = small;
  large.samples = 5000;
  const Costs few = Measure(bench, small, runs);
  const Costs many = Measure(bench, large, runs);
  std::vector<double> growth;
  for (std::size_t i = 0; i < few.rss_mib.size(); ++i) {
    growth.push_back((many.rss_mib[i] - few.rss_mib[i]) * 1024 / (large.samples - small.samples));
  }
  report.Add({.name = "memory: peak RSS, 1,000 samples", .runs = few.rss_mib, .unit = "MiB"});
  report.Add({.name = "memory: peak RSS, 5,000 samples", .runs = many.rss_mib, .unit = "MiB"});
  report.Add({.name = "memory: growth a sample", .runs = growth, .unit = "KiB"});
}

int Run(int argc, char** argv) {
  BenchReport report("Whole jobs: assay run as a process of its own",
                     ParseBenchOptions(argc, argv));
  Bench bench;
  if (report.options().Wants("job")) MeasureJob(bench, report);
  if (report.options().Wants("instant")) MeasureInstant(bench, report);
  if (report.options().Wants("memory")) MeasureMemory(bench, report);
  return report.Finish();
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Run(argc, argv); }
