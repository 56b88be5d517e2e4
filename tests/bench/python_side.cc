#include "tests/bench/python_side.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "common/base/check.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr double kGoal = 50;
constexpr std::size_t kMaxAnswerBytes = std::size_t{256} << 20;

// Where the two first differ, for people.
void ExitOnDifference(const PythonGroup& group, const Json& answers) {
  for (std::size_t i = 0; i < group.answers.size(); ++i) {
    if (i < answers.size() && answers[i] == group.answers[i]) continue;
    std::fprintf(stderr, "%s, case %zu: ours is %s, Python has %s\n", group.name.c_str(), i,
                 DumpJson(group.answers[i]).c_str(),
                 i < answers.size() ? DumpJson(answers[i]).c_str() : "none");
    std::exit(1);
  }
}

}  // namespace

void PythonGroup::Add(Json theirs, std::size_t size, std::function<double()> ours) {
  cases.push_back(std::move(theirs));
  answers.push_back(ours());
  bytes += size;
  works.push_back(std::move(ours));
}

Json RunPythonSide(const std::string& name, const Json& inputs, int runs) {
  std::string scratch = (fs::temp_directory_path() / "assay-bench-XXXXXX").string();
  ASSAY_CHECK(::mkdtemp(scratch.data()) != nullptr);
  const std::string file = scratch + "/inputs.json";
  std::ofstream(file, std::ios::binary) << DumpJson(inputs);
  const std::string command = "/usr/bin/python3 -B " ASSAY_SOURCE_DIR "/tests/bench/" + name + " " +
                              file + " " + std::to_string(runs);
  std::FILE* pipe = ::popen(command.c_str(), "r");
  ASSAY_CHECK(pipe != nullptr);
  std::string output;
  char buffer[4096];
  while (std::fgets(buffer, sizeof(buffer), pipe) != nullptr) output += buffer;
  const int status = ::pclose(pipe);
  fs::remove_all(scratch);
  absl::StatusOr<Json> json = ParseJson(output, {.max_bytes = kMaxAnswerBytes});
  if (status != 0 || !json.ok()) {
    std::fprintf(stderr, "%s failed (status %d): %.2000s\n", name.c_str(), status, output.c_str());
    std::exit(3);
  }
  return *std::move(json);
}

void CompareWithPython(const std::string& script, const std::vector<PythonGroup>& groups,
                       BenchReport& report) {
  Json inputs = Json::object();
  for (const PythonGroup& group : groups) {
    if (!report.options().Wants(group.name)) continue;
    inputs[group.name] = {{"cases", group.cases}, {"bytes", group.bytes}};
  }
  const int runs = report.RunsOr(5);
  const Json python = RunPythonSide(script, inputs, runs);
  for (const PythonGroup& group : groups) {
    if (!report.options().Wants(group.name)) continue;
    const Json& side = python.at(group.name);
    ExitOnDifference(group, side.at("answers"));
    double sink = 0;
    const auto work = [&] {
      if (group.work) group.work();
      for (const auto& one : group.works) sink += one();
    };
    const double rate = Median(side.at("rates").get<std::vector<double>>());
    report.Add({.name = group.name,
                .runs = MegabytesPerSecond(group.bytes, runs, work),
                .unit = "MB/s",
                .goal = AtLeast(kGoal * rate),
                .baseline = rate,
                .baseline_name = "Python"});
    ASSAY_CHECK(sink == sink);
    report.Note(group.name + ": " + std::to_string(group.cases.size()) + " cases, " +
                std::to_string(group.bytes) + " bytes");
  }
}

}  // namespace assay
