// sim/judge: scores a text by counting words, nothing else. It tells a long varied text from a
// short or looping one, which is what tests and the quickstart need; it is no measure of quality.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace assay {

struct LexicalMeasures {
  std::int64_t units = 0;     // words and hanzi
  double distinct = 0;        // mean share of distinct words in windows of 200
  double repeated = 0;        // share of the 12-word sequences that occurred before
  double looped = 0;          // share of the paragraphs that are copies of an earlier one
  std::int64_t headings = 0;  // lines that begin with #
  std::int64_t sentences = 0;
  double sentence_mean = 0;    // words in a sentence
  double sentence_spread = 0;  // standard deviation of that
  double echo = 0;             // share of the task's content words that the text takes up
};

LexicalMeasures Measure(std::string_view text, std::string_view task);

struct LexicalJudgeRequest {
  std::string_view prompt;
  std::string_view response_schema;  // JSON schema, or empty
  std::string_view request_sha256;   // hex; seeds noise and garbage
  double noise = 0;
  double garbage_rate = 0;
};

// The reply of the judge: JSON with the keys asked for, scores within the range asked for.
absl::StatusOr<std::string> JudgeLexically(const LexicalJudgeRequest& request);

}  // namespace assay
