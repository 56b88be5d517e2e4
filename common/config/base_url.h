// What a base_url of a spec may be. Pure, thread-safe.
#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace assay {

// OK for http:// and https:// with a host, an optional port, a path and a query, all printable
// ASCII. InvalidArgument says what is wrong and never repeats a user name, password or key.
absl::Status CheckBaseUrl(std::string_view url);

}  // namespace assay
