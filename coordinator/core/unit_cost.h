// What a unit is expected to cost in tokens, input and output together, before anything is known of
// its text: for fair shares and for providers' tokens per minute. Pure.
#pragma once

#include <cstdint>

#include "coordinator/core/run_plan.h"

namespace assay {

// 0 for a unit that makes no calls. Four bytes of prompt and 0.75 words of text count as a token;
// a text is expected to be as long as the sample requires, or else as max_tokens allows, at most
// 4096 tokens; a judge reads the prompt and the text and writes 512 tokens.
std::int64_t ExpectedTokens(const RunPlan& plan, UnitIndex unit);

}  // namespace assay
