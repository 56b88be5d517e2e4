// From the coordinator's picture of a run to what a display shows. Pure but for the token rate.
#pragma once

#include <deque>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "cli/embedded/embedded_run.h"

namespace assay {

// Tokens a second over the last ten seconds.
class TokenRate {
 public:
  // `tokens` so far, at steady time `now`; both never go back. Answers the rate.
  double Sample(absl::Duration now, std::int64_t tokens);

 private:
  std::deque<std::pair<absl::Duration, std::int64_t>> samples_;
};

// Leaves generated_tokens, tokens_per_second and elapsed to the caller.
EmbeddedProgress MakeEmbeddedProgress(RunProgress run);

}  // namespace assay
