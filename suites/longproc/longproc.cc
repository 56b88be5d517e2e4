#include "suites/longproc/longproc.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/base/status.h"
#include "common/text/numpy_random.h"
#include "suites/longproc/items.h"
#include "suites/longproc/tables.h"

namespace assay {
namespace {

constexpr char kVersion[] = "78e873ae395e42625fba7942bbb92713de08b2a6";
constexpr char kAdvice[] =
    "take the file again from https://github.com/princeton-pli/LongProc (folder data)";
constexpr std::uint32_t kPaperSeed = 42;
constexpr std::size_t kPaperItems = 100;

struct Length {
  const char* name;
  int max_tokens;        // of the benchmark's own script
  int paper_max_tokens;  // of the harness that the paper's figures come from
};
constexpr Length kLengths[] = {{"0.5k", 1024, 1024}, {"2k", 3072, 3072}, {"8k", 9216, 10240}};

struct ReadSet {
  LongProcSet set;
  LongProcItems items;
};

// The items of a set that the paper's figures are of.
std::vector<const v1::Sample*> PaperItems(const ReadSet& read) {
  const std::vector<v1::Sample>& samples = read.items.samples;
  std::vector<const v1::Sample*> chosen;
  if (read.set.task == LongProcTask::kHtmlToTsv) {
    for (const v1::Sample& sample : samples) chosen.push_back(&sample);
    return chosen;
  }
  for (const std::uint32_t index :
       NumpyPermutation(kPaperSeed, static_cast<std::uint32_t>(samples.size()))) {
    if (chosen.size() < kPaperItems) chosen.push_back(&samples[index]);
  }
  return chosen;
}

v1::SuiteManifest Manifest(const Length& length, bool paper, const std::vector<ReadSet>& sets) {
  v1::SuiteManifest manifest;
  manifest.set_name(std::string("longproc-") + length.name + (paper ? "-paper" : ""));
  manifest.set_benchmark("longproc");
  manifest.set_title(std::string("LongProc, answers of ") + length.name + " tokens" +
                     (paper ? ", the paper's selection" : ""));
  manifest.set_version(kVersion);
  manifest.set_license("Apache-2.0; web pages of HTML to TSV are third parties'");
  std::string source = "https://github.com/princeton-pli/LongProc data/";
  std::string description =
      "Long procedural generation: an answer is a procedure written down step by step, and is "
      "scored by rules against the one right result. Sets:";
  bool programs = false;
  for (const ReadSet& read : sets) {
    source += " " + read.set.file + " sha256:" + read.items.sha256;
    description += " " + read.set.name();
    programs = programs || read.set.task == LongProcTask::kPseudoToCode;
  }
  manifest.set_source(source);
  manifest.set_description(description + ".");
  v1::Sampling& sampling = *manifest.mutable_sampling();
  sampling.set_temperature(0);
  sampling.set_top_p(1);
  sampling.set_max_tokens(paper ? length.paper_max_tokens : length.max_tokens);
  v1::BenchmarkScorer& scorer = *manifest.add_scorers()->mutable_benchmark();
  scorer.set_name("longproc");
  if (!programs) (*scorer.mutable_options())["programs"] = "none";
  return manifest;
}

absl::StatusOr<std::vector<ImportedSuite>> ImportLongProc(const ImportRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(
      const SourceFolder data,
      SourceFolder::Find(request.from, {"data", ""}, "countdown/prompts.yaml", kAdvice));
  LongProcReader reader(data);
  std::map<std::string, std::vector<ReadSet>> by_length;
  for (const LongProcSet& set : LongProcSets()) {
    if (!data.Has(set.file)) continue;
    ASSAY_ASSIGN_OR_RETURN(LongProcItems items, reader.Read(set));
    if (!items.samples.empty()) by_length[set.length].push_back({set, std::move(items)});
  }
  if (by_length.empty()) {
    return NotFound(request.from + ": there is no set of items in it; " + kAdvice);
  }
  std::vector<SuiteFolder> suites;
  for (const Length& length : kLengths) {
    const std::vector<ReadSet>& sets = by_length[length.name];
    for (const bool paper : {false, true}) {
      if (sets.empty()) continue;
      SuiteFolder& folder = suites.emplace_back();
      *folder.suite.mutable_manifest() = Manifest(length, paper, sets);
      folder.note = reader.note();
      for (const ReadSet& read : sets) {
        if (paper) {
          for (const v1::Sample* sample : PaperItems(read)) *folder.suite.add_samples() = *sample;
        } else {
          for (const v1::Sample& sample : read.items.samples) *folder.suite.add_samples() = sample;
        }
      }
    }
  }
  return WriteImported(request, suites);
}

}  // namespace

Benchmark LongProc() {
  Benchmark benchmark;
  benchmark.name = "longproc";
  benchmark.title = "LongProc (COLM 2025, arXiv 2501.05414)";
  benchmark.version = kVersion;
  benchmark.license = "Apache-2.0";
  benchmark.source = "https://github.com/princeton-pli/LongProc";
  benchmark.needs = "a clone of it, or its folder data";
  benchmark.samples = 1758;
  benchmark.import = ImportLongProc;
  benchmark.tables = LongProcTables;
  return benchmark;
}

}  // namespace assay
