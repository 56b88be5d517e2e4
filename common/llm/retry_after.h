// How long a server asks to be left alone. Pure.
#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "common/http/http_transport.h"

namespace assay {

// Milliseconds from "retry-after-ms", else from "retry-after" (seconds, also with a fraction, or an
// HTTP date, for which `now` is calendar time). Of several headers the first that can be read
// counts; junk is ignored. 0: not asked, not positive, or in the past. As asked, with no cap of
// ours.
std::int64_t RetryAfterMs(const HttpResponseHead& head, absl::Time now);

}  // namespace assay
