// Suites from folders (suite.yaml and JSONL samples), from what was imported, and built in.
// docs/suites.md describes the format and the canonical form that digests are taken over.
// Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/v1/suite.pb.h"

namespace assay {

struct SuiteLimits {
  std::size_t max_line_bytes = std::size_t{4} << 20;
  std::int64_t max_samples = 1'000'000;
  std::uint64_t max_file_bytes = std::uint64_t{4} << 30;
};

struct LoadedSuite {
  v1::Suite suite;
  std::vector<std::string> warnings;  // for people: samples with equal prompts, odd constraints
};

// Loads all or nothing. InvalidArgument and ResourceExhausted messages read
// "samples.jsonl:12:45: constraints[0].kind: ...", with `folder` before the file name;
// FailedPrecondition: samples_digest is not that of the samples; NotFound: no suite.yaml.
// Scorers' prompt files are read (prompt_files.h).
absl::StatusOr<LoadedSuite> LoadSuite(const std::string& folder, const SuiteLimits& limits = {});

// Where suites are looked for.
struct SuiteLocations {
  std::string imported_folder;  // $ASSAY_HOME/suites, say; empty: none
  std::string spec_folder;  // a relative SuiteRef.path starts here; empty: the working directory
};

// By path, or by name: first an imported suite, then a built-in one. The ref's limit is not
// applied. NotFound lists the names that exist.
absl::StatusOr<LoadedSuite> FindSuite(const v1::SuiteRef& ref, const SuiteLocations& locations);

// Names of all suites that can be found by name, sorted.
std::vector<std::string> SuiteNames(const SuiteLocations& locations);

// Keeps the samples that `limit` means (see ParseLimit). The digest stays that of the whole suite.
absl::Status ApplyLimit(std::string_view limit, v1::Suite* suite);

// "sha256:<hex>" over the canonical samples, one a line: what suite.yaml may state.
std::string SamplesDigest(const v1::Suite& suite);
// "sha256:<hex>" over the canonical manifest (without samples_file and samples_digest) and samples.
std::string SuiteDigest(const v1::Suite& suite);

}  // namespace assay
