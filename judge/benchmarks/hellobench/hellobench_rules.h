// HelloBench (arXiv 2409.16191): what its judge is shown, how the reply is read, and HelloEval's
// figures, as llm_judge.py and compute.py have them; reference
// longwriter-hellobench-writingbench.md sections 2.3 to 2.5. Pure functions, thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/text/nltk_tokenize.h"

namespace assay {

// The response as the judge sees it: its NLTK tokens with a space between them; of more than 15,000
// tokens the first 16,000.
std::string HelloBenchShown(const std::vector<std::string>& tokens);

// json.dumps of the checklist, with numbers from 0.
std::string HelloBenchChecklist(const std::vector<std::string>& questions);

// The user message. InvalidArgument: the template is not one of str.format, or has other fields.
absl::StatusOr<std::string> HelloBenchPrompt(std::string_view user_template,
                                             std::string_view instruction,
                                             std::string_view response,
                                             const std::vector<std::string>& questions);

struct HelloBenchReply {
  std::vector<double> scores;        // of the items in the order of the reply; empty: none usable
  std::vector<std::string> reasons;  // as many
  std::string problem;               // why it is asked again; empty: it is not
  // Why the row counts for nothing all the same: a score that is not within 0..1 (compute.py leaves
  // the row out), or a reply at which the benchmark's program stops.
  std::string left_out;
};

// The reply without fences, line ends and backslashes, as JSON. Official: a list of `items` entries
// is taken, whatever its scores. Strict: every score must be 0, 0.25, 0.5, 0.75 or 1,
// and the entries must be numbered from 0, once each; their order is that of the numbers.
HelloBenchReply ReadHelloBenchReply(std::string_view reply, std::size_t items, bool official);

// sum of score x weight, 0..100. REQUIRES: as many weights as scores.
double HelloBenchScore(const std::vector<double>& scores, const std::vector<double>& weights);

// (mean - 75) x 4, -300..100; nullopt of nothing.
std::optional<double> HelloBenchTaskScore(const std::vector<double>& sample_scores);

}  // namespace assay
