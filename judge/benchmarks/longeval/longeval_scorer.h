// The scorer `longeval`: questions about a text and each of its sections, and for each section that
// is neither abstract nor introduction one of two more, by an answer. Pure functions, thread-safe.
//
// Sample.scorer_data: `data_set` ("paper", "blog", "wikipedia"), `sections` (the original ones) and
// `plan`, both as JSON lists of texts. The text's sections have kLongEvalBoundary between them.
// Prompts: kLongEvalPrompts and "system". Scores: kLongEvalScores. Findings: one a question, label
// its score.
#pragma once

#include "absl/status/statusor.h"
#include "assay/v1/suite.pb.h"
#include "judge/benchmarks/longeval/longeval_judge.h"
#include "judge/engine/scorer_module.h"

namespace assay {

ScorerModule LongEvalModule();

// InvalidArgument names the sample and the field.
absl::StatusOr<LongEvalItem> LongEvalItemOf(const v1::Sample& sample);

}  // namespace assay
