// The samples of a suite, one JSON object a line. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "assay/v1/suite.pb.h"
#include "suites/gzip_reader.h"
#include "suites/suite_loader.h"

namespace assay {

// Adds every sample to `suite`, or none when there is an error. Up to 20 problems are reported
// together, one a line, each "file:line:column: field: what".
absl::Status ReadSamples(ByteReader* reader, const std::string& file, const SuiteLimits& limits,
                         LoadedSuite* suite);

}  // namespace assay
