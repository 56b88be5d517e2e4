// NLTK's tokens on real outputs, beside a Python script that does the same with regular
// expressions, on the same bytes and in the same minute. Rates are by CPU time. Both must count the
// same tokens, or there is no figure.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/json/json.h"
#include "common/text/nltk_tokenize.h"
#include "suites/gzip_reader.h"
#include "tests/bench/bench_report.h"
#include "tests/bench/python_side.h"

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
  absl::StatusOr<PunktModel> model = PunktModel::Parse(tables);
  ASSAY_CHECK(model.ok());
  const double parse_seconds = SecondsOf([&] { model = PunktModel::Parse(tables); });
  const std::vector<std::string> texts = Responses(responses);
  std::size_t bytes = 0;
  std::size_t tokens = 0;
  for (const std::string& text : texts) {
    bytes += text.size();
    tokens += CountNltkTokens(*model, text);
  }
  const int runs = report.RunsOr(3);
  const Json python =
      RunPythonSide("nltk_tokenize.py", {{"tables", tables}, {"texts", texts}}, runs);
  if (python.at("tokens") != tokens) {
    std::fprintf(stderr, "%zu tokens, Python has %s\n", tokens,
                 DumpJson(python.at("tokens")).c_str());
    return 1;
  }
  const double python_rate = Median(python.at("rates").get<std::vector<double>>());
  report.Note(std::to_string(texts.size()) + " texts, " + std::to_string(bytes) + " bytes, " +
              std::to_string(tokens) + " tokens");
  report.Note("parsing the tables, once for all texts: " + std::to_string(parse_seconds * 1e3) +
              " ms");
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
                .goal = AtLeast(50 * python_rate),
                .baseline = python_rate,
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
