// A run spec from a spec file, from flags, or from both: flags win. The result went through the
// same checks as a file; an error in a value that came from a flag names the flag. Thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "assay/v1/spec.pb.h"
#include "cli/command_line.h"
#include "common/base/status.h"

namespace assay {

struct SpecRequest {
  v1::RunSpec spec;    // checked and with every default (ResolveDefaults)
  std::string yaml;    // the file as it was written, or the merged spec
  std::string folder;  // where relative paths of the spec start; empty: working directory
};

using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

// Scorers that --scorer may name by id for a suite: its own ones. Errors are passed on.
using SuiteScorers =
    std::function<absl::StatusOr<std::vector<v1::ScorerSpec>>(const v1::SuiteRef&)>;

// InvalidArgument, NotFound or ResourceExhausted as LoadRunSpec.
absl::StatusOr<SpecRequest> MakeSpec(const SpecFlags& flags, const EnvironmentLookup& environment,
                                     const SuiteScorers& suite_scorers);

// A copy of `base` whose judges and scorers are replaced as `flags` say, for rejudge; `known` are
// the scorers that can be named by id. Checked and resolved.
absl::StatusOr<SpecRequest> MakeRejudgeSpec(v1::RunSpec base, const SpecFlags& flags,
                                            const EnvironmentLookup& environment);

// "openai/Qwen/Qwen3-8B" -> "Qwen/Qwen3-8B"; also for vllm/ and local/.
std::string_view StripProvider(std::string_view model);

// InvalidArgument when an endpoint that is used names an environment variable that is not set, or
// whose value cannot be a key.
absl::Status CheckKeys(const v1::RunSpec& spec, const EnvironmentLookup& environment);

}  // namespace assay
