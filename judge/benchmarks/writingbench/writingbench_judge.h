// WritingBench's judge (X-PLUG/WritingBench evaluate_benchmark.py; reference
// longwriter-hellobench-writingbench.md 3.3): what it is asked about one criterion, and what is
// taken for its answer. A reply is text and is never run. Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/text/python_json.h"

namespace assay {

inline constexpr int kWritingBenchLowest = 1;
inline constexpr int kWritingBenchHighest = 10;

// process_gen_field: what follows the first "</think>" with an empty line behind it; all of `text`
// where there is none.
std::string_view WritingBenchAnswer(std::string_view text);

// The user message: `prompt` is a str.format template with {query}, {response} and {criteria}; the
// criterion is shown as Python prints the dict of its row. `response` is WritingBenchAnswer.
// InvalidArgument: the template asks for something else.
absl::StatusOr<std::string> WritingBenchPrompt(std::string_view prompt, std::string_view query,
                                               std::string_view response,
                                               const PythonValue& criterion);

struct WritingBenchReply {
  enum class Fate {
    kAccepted,
    kRejected,  // the judge is asked again
    kBreaks,    // the official script raises TypeError and ends; asked again here
  };

  Fate fate = Fate::kRejected;
  double score = 0;  // 1..10
  std::string reason;
  std::string problem;  // why it is not accepted, safe to show
};

// strip("json|```"), which takes each of these characters from both ends, then json.loads; accepted
// is a value with "score" and "reason" in it, the score equal to one of 1..10 (7.0 and true are,
// "7" is not) and the reason a string.
WritingBenchReply ParseOfficialWritingBench(std::string_view reply);

// One JSON object, in prose or a fence or not, no key twice: "score" an integer from 1 to 10 and
// "reason" a string that is not blank.
WritingBenchReply ParseStrictWritingBench(std::string_view reply);

}  // namespace assay
