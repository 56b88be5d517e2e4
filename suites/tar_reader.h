// Tar archives (ustar, and GNU's as far as it is the same), as benchmarks pack their files.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "suites/gzip_reader.h"

namespace assay {

// Every regular file of the archive by its name; folders are passed over. InvalidArgument, with
// `path` and where: a damaged or cut archive, a link or another kind of entry, a name twice, an
// absolute name or one with "..".
absl::StatusOr<std::map<std::string, std::string>> ReadTar(ByteReader* reader,
                                                           const std::string& path);

}  // namespace assay
