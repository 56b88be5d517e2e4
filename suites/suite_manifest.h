// suite.yaml. Pure, thread-safe.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "assay/v1/suite.pb.h"

namespace assay {

// Decodes and checks; `file` is shown in errors. samples_file gets its default.
absl::StatusOr<v1::SuiteManifest> ParseSuiteManifest(std::string_view text, std::string_view file);

}  // namespace assay
