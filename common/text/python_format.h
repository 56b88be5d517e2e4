// str.format of Python 3.11 with keyword arguments that are texts, as prompt templates use it.
// Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace assay {

// Every "{name}" is replaced by its argument, "{{" and "}}" by one brace. InvalidArgument with the
// offset in bytes where Python raises (a brace by itself, a name that is not among `arguments`),
// and for what templates have no need of: positions, attributes, indices, conversions and format
// specifications.
absl::StatusOr<std::string> PythonFormat(
    std::string_view format,
    absl::Span<const std::pair<std::string_view, std::string_view>> arguments);

}  // namespace assay
