// Makes suites of a benchmark's own files, one importer a benchmark. Prompt texts are read from the
// user's copy of the benchmark and never carried in this repository. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace assay {

struct ImportRequest {
  std::string from;      // the user's copy of the benchmark
  std::string to;        // folder of imported suites; each suite becomes a folder in it
  bool replace = false;  // an existing suite folder may be replaced
};

struct ImportedSuite {
  std::string name;
  std::string folder;
  std::string digest;
  std::int64_t samples = 0;
};

struct Importer {
  std::string_view name;
  std::string_view summary;  // one line for a listing
  absl::StatusOr<std::vector<ImportedSuite>> (*import)(const ImportRequest& request);
};

// Sorted by name.
const std::vector<Importer>& Importers();

// InvalidArgument: no such importer (the message lists those there are) or malformed files, named
// with line and field; NotFound: files are missing; AlreadyExists: the suite is there and `replace`
// is false. Nothing is written unless everything could be read.
absl::StatusOr<std::vector<ImportedSuite>> ImportBenchmark(std::string_view name,
                                                           const ImportRequest& request);

}  // namespace assay
