// Reads any judge prompt as a judge would: which JSON is asked for, in which range, and which part
// of the prompt is the text to judge. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace assay {

struct DemandedKey {
  std::string name;
  bool text = false;       // an analysis rather than a score
  std::string literal;     // a value to be copied from the prompt; empty: none
  std::int64_t least = 1;  // of a score
  std::int64_t most = 5;
};

struct JudgePrompt {
  std::vector<DemandedKey> keys;  // in the order asked for
  std::string_view response;      // the text to judge, a part of the prompt
  std::string_view task;          // what is before it, without the demands
};

// Keys come from `response_schema` (JSON schema as text, may be empty), else from the last
// {"Key": ...} in the prompt; the range from the schema, else from "1 to 5", "between 1 and 10",
// "1-10", "1到5" in the prompt, else 1 to 5. The response is what stands between <Response> tags or
// between begin and end lines that name a response, answer, output or text (the same long mark in
// both, when the first has one); else the longest block between blank lines. `"key": "<hex
// digits>"` after the response is a key to copy. kInvalidArgument: no key is asked for. The result
// points into `prompt`.
absl::StatusOr<JudgePrompt> ReadJudgePrompt(std::string_view prompt,
                                            std::string_view response_schema);

}  // namespace assay
