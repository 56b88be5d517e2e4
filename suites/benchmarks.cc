#include "suites/benchmarks.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/base/status.h"
#include "common/config/config_errors.h"
#include "common/config/message_decoder.h"
#include "suites/deepresearch_bench/import.h"
#include "suites/healthbench/import.h"
#include "suites/hellobench/import.h"
#include "suites/longbench_write/import.h"
#include "suites/longeval/longeval.h"
#include "suites/longgenbench/longgenbench.h"
#include "suites/longproc/longproc.h"
#include "suites/longweave/longweave.h"
#include "suites/writingbench/import.h"

namespace assay {

const std::vector<Benchmark>& Benchmarks() {
  static const auto* const kBenchmarks = new std::vector<Benchmark>{
      DeepResearchBench(), HealthBench(), HelloBench(), LongBenchWrite(), LongEval(),
      LongGenBench(),      LongProc(),    LongWeave(),  WritingBench(),
  };
  return *kBenchmarks;
}

const Benchmark* FindBenchmark(std::string_view name) {
  for (const Benchmark& benchmark : Benchmarks()) {
    if (benchmark.name == name) return &benchmark;
  }
  return nullptr;
}

absl::StatusOr<std::vector<ImportedSuite>> ImportBenchmark(std::string_view name,
                                                           const ImportRequest& request) {
  if (const Benchmark* benchmark = FindBenchmark(name)) {
    if (!request.references.empty() && !benchmark->takes_references) {
      return InvalidArgument(std::string(name) + " takes no --references");
    }
    if (benchmark->import != nullptr) return benchmark->import(request);
    return InvalidArgument(std::string(name) +
                           " cannot be imported: " + std::string(benchmark->unavailable));
  }
  std::vector<std::string> names;
  std::string list;
  for (const Benchmark& benchmark : Benchmarks()) {
    names.emplace_back(benchmark.name);
    list += (list.empty() ? "" : ", ") + names.back();
  }
  const std::string near = NearestName(name, names);
  return InvalidArgument("there is no benchmark " + QuoteForError(name) +
                         (near.empty() ? "" : "; did you mean " + near + "?") + " (known: " + list +
                         "; assay benchmarks says more)");
}

std::vector<v1::ResultTable> BenchmarkTables(
    const google::protobuf::RepeatedPtrField<v1::Suite>& suites,
    const std::vector<std::string>& models, const std::vector<v1::SampleResult>& results) {
  std::map<const Benchmark*, std::vector<TableInput>> inputs;
  std::map<const Benchmark*, std::string> last;
  for (const v1::Suite& suite : suites) {
    const Benchmark* benchmark = FindBenchmark(suite.manifest().benchmark());
    if (benchmark == nullptr) continue;
    TableInput& input = inputs[benchmark].emplace_back(TableInput{suite, models, {}});
    for (const v1::SampleResult& result : results) {
      if (result.suite() == suite.manifest().name()) input.results.push_back(&result);
    }
    last[benchmark] = suite.manifest().name();
  }
  std::vector<v1::ResultTable> tables;
  const auto add = [&tables](const std::string& suite, std::vector<v1::ResultTable> made) {
    for (v1::ResultTable& table : made) {
      table.set_suite(suite);
      tables.push_back(std::move(table));
    }
  };
  for (const v1::Suite& suite : suites) {
    const std::string& name = suite.manifest().name();
    const Benchmark* benchmark = FindBenchmark(suite.manifest().benchmark());
    if (benchmark == nullptr) continue;
    const std::vector<TableInput>& of_benchmark = inputs[benchmark];
    const auto input =
        std::find_if(of_benchmark.begin(), of_benchmark.end(),
                     [&suite](const TableInput& one) { return &one.suite == &suite; });
    if (benchmark->tables != nullptr) add(name, benchmark->tables(*input));
    if (benchmark->joined_tables != nullptr && last[benchmark] == name) {
      add(name, benchmark->joined_tables(of_benchmark));
    }
  }
  return tables;
}

}  // namespace assay
