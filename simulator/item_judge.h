// sim/judge for prompts that ask for answers to items: it answers all judges of judge/ by comparing
// words, names and numbers in the text that it is sent, nothing else. It finds planted defects that
// show in words; its own error rates are measured in tests. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace assay {

struct ItemJudgeRequest {
  std::string_view prompt;
  std::string_view request_sha256;  // hex; seeds all that is random
  double noise = 0;                 // probability that a label or number is one off
  double position_bias = 0;         // probability that the first item of a call gets the best label
  double verbosity_bias = 0;        // probability, for long texts, that an item gets the best label
  double garbage_rate = 0;          // probability that the reply is unusable
};

// The reply: a JSON object with the nonce and an answer to every item.
// REQUIRES: IsItemPrompt(request.prompt).
std::string JudgeItems(const ItemJudgeRequest& request);

}  // namespace assay
