// Reading a rubric judge's reply: the benchmark's way, and ours. Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/spec.pb.h"

namespace assay {

struct RubricReply {
  // No further call is made for this text. An accepted reply without scores is one that the
  // official code stores and then breaks on.
  bool accepted = false;
  std::vector<double> scores;  // 0..100, one per dimension in their order; empty: none
  std::string problem;         // why there are no scores, safe to show
  int cost = 1;                // tries that a refused reply uses up
  bool possible_injection = false;
  bool extra_keys = false;  // strict: keys that nobody asked for
};

// What eval_quality.py does (reference longwriter-hellobench-writingbench.md 1.5): with "```json"
// in it, the first match of "```json\n(.*?)\n```"; newlines deleted; json.loads; every dimension
// must be `in` the value. A missing key costs two tries, unless only the last one is missing.
// Values are not validated, but converted as float() does in the aggregate.
RubricReply ParseOfficialReply(const v1::RubricScorer& rubric, std::string_view text);

// Exactly one JSON object, with or without prose or a code fence around it; every dimension exactly
// once, a JSON integer within the scale; "nonce" exactly once with the value of this call. Names
// are compared after NormalizeForMatch. Nothing is guessed.
RubricReply ParseStrictReply(const v1::RubricScorer& rubric, std::string_view text,
                             std::string_view nonce);

}  // namespace assay
