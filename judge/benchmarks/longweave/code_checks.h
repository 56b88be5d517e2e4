// What Python and flake8 said of code, made outside and handed to the scorer as a file of lines
// {"sha256": of the code, "runnable": bool, "violations": number or, where it is not runnable,
// null}. Pure, thread-safe.
#pragma once

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "judge/benchmarks/longweave/code_fixing.h"

namespace assay::longweave {

// Of the first line with this SHA-256 (hex); nullopt: there is none. InvalidArgument: that line is
// not of the form, "checks line 7: ...".
absl::StatusOr<std::optional<CodeChecks>> FindChecks(std::string_view lines,
                                                     std::string_view sha256);

}  // namespace assay::longweave
