// Run specs: reading, checking, and filling in what was left out. docs/spec.md is for users.
// Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "assay/v1/spec.pb.h"
#include "common/config/document.h"

namespace assay {

// Value of an environment variable, for ${NAME} in a base_url. Empty: none is set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

inline constexpr std::size_t kMaxSpecBytes = std::size_t{1} << 20;
inline constexpr int kMaxRepeats = 100;

// A spec that was read but not completed: enough to add what a command line says.
struct RunSpecFile {
  v1::RunSpec spec;
  std::string text;  // as the user wrote it
  std::string filename;
  std::shared_ptr<const ConfigNode> document;  // for the positions of problems found later
};

// Decodes and checks. InvalidArgument lists up to 20 problems, one a line, each
// "file:line:column: field: what"; ResourceExhausted: over 1 MiB. JSON when `filename` ends in
// ".json", YAML otherwise.
absl::StatusOr<v1::RunSpec> ParseRunSpec(std::string_view text, std::string_view filename,
                                         const Environment& environment = {});
absl::StatusOr<v1::RunSpec> LoadRunSpec(const std::string& path,
                                        const Environment& environment = {});

// Decodes without ValidateRunSpec, for a spec that flags will complete: types, unknown fields,
// secrets and ${NAME} are still checked.
absl::StatusOr<RunSpecFile> ReadRunSpec(const std::string& path,
                                        const Environment& environment = {});

// Everything ParseRunSpec checks, for a spec made or changed by flags. `name` stands where a file
// name would.
absl::Status ValidateRunSpec(const v1::RunSpec& spec, std::string_view name = "spec");
// The same for a spec that began as `file`, with its positions.
absl::Status ValidateRunSpec(const v1::RunSpec& spec, const RunSpecFile& file);

// The spec with every default written out: ids, the only endpoint and the only judge where one is
// left out, repeats, compat, retries, deadlines. Pure; a valid spec stays valid.
v1::RunSpec ResolveDefaults(v1::RunSpec spec);

// The same for one scorer of a suite that `spec` (with its defaults) takes over: id, compat, the
// only judge, and the type's parameters.
void ResolveScorerDefaults(const v1::RunSpec& spec, v1::ScorerSpec* scorer);

// A SuiteRef.limit as a range of samples.
struct SampleRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;  // not included
};

// "10": the first ten; "0.1": the first tenth, rounded, at least one; "10-20": from 10 up to, not
// including, 20, counting from 0; "": all. InvalidArgument: anything else, or nothing is left.
absl::StatusOr<SampleRange> ParseLimit(std::string_view limit, std::int64_t samples);

}  // namespace assay
