// The one JSON object of a judge's reply, whatever stands around it. Pure, thread-safe.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"

namespace assay {

// From the first "{" to its "}", which may stand in prose or a code fence. InvalidArgument: there
// is none, it does not end, or another one follows. Only strings and braces are looked at; what is
// not JSON is found when it is parsed.
absl::StatusOr<std::string_view> OnlyObject(std::string_view reply);

}  // namespace assay
