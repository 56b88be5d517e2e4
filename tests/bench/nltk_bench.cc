// NLTK's tokens on real outputs, beside a Python script that does the same with regular
// expressions, on the same bytes and in the same minute. Rates are by CPU time. Both must count the
// same tokens, or there is no figure.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/json/json.h"
#include "common/text/nltk_tokenize.h"
#include "suites/gzip_reader.h"
#include "tests/bench/bench_report.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

std::string ReadOrExit(const fs::path& path) {
  absl::StatusOr<std::string> text = ReadAll(path.string(), kMaxBytes);
  if (text.ok()) return *std::move(text);
  std::fprintf(stderr, "%s\n", std::string(text.status().message()).c_str());
  std::exit(3);
}

std::vector<std::string> Responses(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const fs::path& file : files) {
    const std::string rows = ReadOrExit(file);
    for (std::size_t at = 0; at < rows.size();) {
      const std::size_t end = std::min(rows.find('\n', at), rows.size());
      const auto row = ParseJson(std::string_view(rows).substr(at, end - at));
      if (row.ok()) texts.push_back((*row)["response"].get<std::string>());
      at = end + 1;
    }
  }
  return texts;
}

struct PythonResult {
  std::vector<double> rates;  // MB/s
  std::size_t tokens = 0;
};

PythonResult RunPython(const std::string& tables, const std::vector<std::string>& texts, int runs) {
  std::string scratch = (fs::temp_directory_path() / "assay-bench-XXXXXX").string();
  ASSAY_CHECK(::mkdtemp(scratch.data()) != nullptr);
  std::ofstream(fs::path(scratch) / "punkt.txt", std::ios::binary) << tables;
  std::ofstream(fs::path(scratch) / "texts.json") << DumpJson(Json(texts));
  const std::string command =
      "/usr/bin/python3 -B " ASSAY_SOURCE_DIR "/tests/bench/nltk_tokenize.py " + scratch +
      "/punkt.txt " + scratch + "/texts.json " + std::to_string(runs);
  std::FILE* pipe = ::popen(command.c_str(), "r");
  ASSAY_CHECK(pipe != nullptr);
  std::string output;
  char buffer[4096];
  while (std::fgets(buffer, sizeof(buffer), pipe) != nullptr) output += buffer;
  const int status = ::pclose(pipe);
  fs::remove_all(scratch);
  const auto json = ParseJson(output);
  if (status != 0 || !json.ok()) {
    std::fprintf(stderr, "the Python script failed (status %d): %s\n", status, output.c_str());
    std::exit(3);
  }
  return {(*json)["rates"].get<std::vector<double>>(), (*json)["tokens"].get<std::size_t>()};
}

int Run(int argc, char** argv) {
  BenchReport report("NLTK's tokens (MB = 10^6 bytes of UTF-8)", ParseBenchOptions(argc, argv));
  const fs::path data = fs::path(ASSAY_SOURCE_DIR) / "../shared/data/hellobench";
  const fs::path responses = data / "results/judgements/main_exp/gpt4o_0806";
  if (!fs::exists(responses)) {
    report.Note("not measured, ../shared/data/hellobench is not there");
    return report.Finish();
  }
  const fs::path punkt = data / "punkt_english";
  const std::string tables = PackPunktTables(
      ReadOrExit(punkt / "abbrev_types.txt"), ReadOrExit(punkt / "collocations.tsv"),
      ReadOrExit(punkt / "sent_starters.txt"), ReadOrExit(punkt / "ortho_context.tsv.gz"));
  const auto model = PunktModel::Parse(tables);
  ASSAY_CHECK(model.ok());
  const std::vector<std::string> texts = Responses(responses);
  std::size_t bytes = 0;
  std::size_t tokens = 0;
  for (const std::string& text : texts) {
    bytes += text.size();
    tokens += CountNltkTokens(*model, text);
  }
  const int runs = report.RunsOr(3);
  const PythonResult python = RunPython(tables, texts, runs);
  if (python.tokens != tokens) {
    std::fprintf(stderr, "%zu tokens, Python has %zu\n", tokens, python.tokens);
    return 1;
  }
  report.Note(std::to_string(texts.size()) + " texts, " + std::to_string(bytes) + " bytes, " +
              std::to_string(tokens) + " tokens");
  std::size_t sink = 0;
  const auto figure = [&](const char* name, const auto& work) {
    report.Add({.name = name,
                .runs = MegabytesPerSecond(bytes, runs,
                                           [&] {
                                             for (const std::string& text : texts) {
                                               sink += work(text);
                                             }
                                           }),
                .unit = "MB/s",
                .goal = AtLeast(50 * Median(python.rates)),
                .baseline = Median(python.rates),
                .baseline_name = "Python"});
  };
  figure("count tokens", [&](const std::string& text) { return CountNltkTokens(*model, text); });
  figure("tokens", [&](const std::string& text) { return NltkTokens(*model, text).size(); });
  ASSAY_CHECK(sink != 0);
  return report.Finish();
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Run(argc, argv); }
