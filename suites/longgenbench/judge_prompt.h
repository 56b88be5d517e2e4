// The question that LongGenBench puts to its judge, out of the user's copy of its script. Pure,
// thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace assay {

// Reads the line "prompt = ..." of an eval.py, which is not run: strings and f-strings, the block
// as NAME[NAME], the event as the one field of an f-string, and "...".join(NAME) of a list of
// strings; side by side or with "+" between them (one published version forgets a "+"). The result
// has {block} and {event} in it. InvalidArgument ("line 7: ..."): there is no such line, or it
// holds something else.
absl::StatusOr<std::string> LongGenBenchJudgePrompt(std::string_view source);

}  // namespace assay
