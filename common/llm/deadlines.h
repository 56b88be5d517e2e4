// How long a call may take (reliability.md 3.10), from an endpoint's settings and defaults. Pure.
#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "assay/v1/spec.pb.h"

namespace assay {

struct CallDeadlines {
  absl::Duration connect;      // name, TCP and TLS
  absl::Duration first_token;  // from the request being sent to the first content; streamed only
  absl::Duration stall;        // between two pieces of content
  absl::Duration wall;         // the whole call
};

// Defaults: 5 s, 120 s, 60 s, and a wall of 1.5 x max_tokens / 10 tokens a second, at least 600 s;
// a call without max_tokens counts as one of 32768.
CallDeadlines DeadlinesOf(const v1::Endpoint& endpoint, std::int64_t max_tokens);

}  // namespace assay
