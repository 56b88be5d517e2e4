// The published benchmarks that Assay reproduces, one entry each from a folder of its own:
// how to import it, and the tables that its authors show results in. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/v1/results.pb.h"
#include "assay/v1/suite.pb.h"

namespace assay {

struct ImportRequest {
  std::string from;      // the user's copy of the benchmark
  std::string to;        // folder of imported suites; each suite becomes a folder in it
  bool replace = false;  // an existing suite folder may be replaced
  // Reference texts that the copy lacks: a JSONL file of the benchmark's own form, or a folder with
  // a text <sample id>.md or .txt for each. Empty: none. Only where Benchmark.takes_references.
  std::string references = {};
};

struct ImportedSuite {
  std::string name;
  std::string folder;
  std::string digest;
  std::int64_t samples = 0;
  std::string note = {};  // what this suite lacks, and where one gets it; may be empty
};

// The results of one suite of a run.
struct TableInput {
  const v1::Suite& suite;                        // with the run's limit applied
  std::vector<std::string> models;               // in the order of the run
  std::vector<const v1::SampleResult*> results;  // of these models, in order of sample
};

struct Benchmark {
  std::string_view name;     // of `assay import NAME`, and of SuiteManifest.benchmark
  std::string_view title;    // with paper and year
  std::string_view version;  // of the data: commit, or release
  std::string_view license;  // of the data
  std::string_view source;   // where to get it
  std::string_view needs;    // what `--from` must be
  std::string_view judge;    // the published judge; empty: none
  std::int64_t samples = 0;  // of its largest suite
  // Of the judge, for one model on that suite, as published or counted; 0 without a judge, and
  // where the data cannot be had to count.
  std::int64_t judge_calls = 0;
  std::int64_t judge_input_tokens = 0;
  std::int64_t judge_output_tokens = 0;
  // What the judge is asked on top of these figures, a text; empty: nothing. `assay import` counts
  // it on the imported samples.
  std::string_view judge_formula;
  bool takes_references = false;  // ImportRequest.references
  // Parts that cannot be had, and why; empty: all is there.
  std::string_view unavailable;

  // Null: there is no public file to import; `unavailable` says why.
  // InvalidArgument: malformed files, named with line and field; NotFound: files are missing;
  // AlreadyExists: the suite is there and `replace` is false. Nothing is written unless everything
  // could be read.
  absl::StatusOr<std::vector<ImportedSuite>> (*import)(const ImportRequest& request) = nullptr;

  // Null, or: the benchmark's own tables. Figures are not rounded. Pure.
  std::vector<v1::ResultTable> (*tables)(const TableInput& input) = nullptr;

  // Null, or: its tables over all suites of a run that are the benchmark's, in their order. Pure.
  std::vector<v1::ResultTable> (*joined_tables)(const std::vector<TableInput>& inputs) = nullptr;
};

// Sorted by name.
const std::vector<Benchmark>& Benchmarks();

// nullptr: there is none.
const Benchmark* FindBenchmark(std::string_view name);

// As Benchmark.import; InvalidArgument also: no such benchmark (the message lists those there are).
absl::StatusOr<std::vector<ImportedSuite>> ImportBenchmark(std::string_view name,
                                                           const ImportRequest& request);

// The tables of every suite whose manifest names a benchmark, in the order of the suites. A table
// over several suites stands at the last of them.
std::vector<v1::ResultTable> BenchmarkTables(
    const google::protobuf::RepeatedPtrField<v1::Suite>& suites,
    const std::vector<std::string>& models, const std::vector<v1::SampleResult>& results);

}  // namespace assay
