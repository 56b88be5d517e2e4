// What a run would ask of its endpoints, counted without creating anything. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "assay/v1/run_record.pb.h"
#include "assay/v1/suite.pb.h"
#include "common/base/status.h"
#include "judge/scorer_registry.h"

namespace assay {

struct RunEstimate {
  std::int64_t generations = 0;
  std::int64_t generation_calls = 0;  // the others are probes of judges
  std::int64_t scorings = 0;          // units
  std::int64_t judge_calls = 0;       // one a judged scoring; re-asks come on top
  std::int64_t judge_calls_max = 0;
  std::int64_t generation_input_tokens = 0;
  std::int64_t generation_output_tokens = 0;
  std::int64_t judge_input_tokens = 0;
  std::int64_t judge_output_tokens = 0;
  double cost_usd = 0;
  bool priced = false;  // every endpoint that is used has a price
};

// Tokens are guessed, not counted: four ASCII letters make one, every other character is one; an
// answer is as long as the sample asks for (4/3 tokens a word, one a Chinese character), at most
// max_tokens, and 2,048 tokens where neither is known; a judge's answer is 200 tokens.
// InvalidArgument as RunPlan::Make.
absl::StatusOr<RunEstimate> EstimateRun(const v1::RunRecord& record);

// What the judges of the suite's own scorers would be asked for one model, guessed as above.
// InvalidArgument: a scorer that cannot be resolved.
absl::StatusOr<JudgeCost> EstimateJudge(const v1::Suite& suite);

std::int64_t GuessTokens(std::string_view text);

// For people, and one record for programs.
std::string DescribeEstimate(const RunEstimate& estimate);
std::string EstimateJson(const RunEstimate& estimate);

}  // namespace assay
