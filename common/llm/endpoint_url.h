// The URL that a call of an endpoint goes to. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace assay {

// `base_url` may be a server (http://host:8000, gets /v1), an API root (http://host:8000/v1) or a
// full path (.../v1/chat/completions, .../v1/completions, with or without a query); slashes at its
// end do not matter. kInvalidArgument: not http or https, no host, a bad port, credentials, a
// fragment, white space or controls.
absl::StatusOr<std::string> EndpointUrl(std::string_view base_url, bool completion);

}  // namespace assay
