// What the judge is asked of a text of LongWeave's judged tasks, and what its answers come to. Pure
// functions, thread-safe.
#pragma once

#include "absl/status/statusor.h"
#include "assay/v1/spec.pb.h"
#include "assay/v1/unit.pb.h"
#include "judge/benchmarks/engine/question_scoring.h"

namespace assay::longweave {

inline constexpr char kBatchOption[] = "sentences_per_call";  // of KG_TO_TEXT

// The option, or the published five; 0: it is no whole number above 0.
std::size_t SentencesPerCall(const v1::BenchmarkScorer& scorer);

// Of the resolved scorer inputs.scorers(0). A task that is scored by rules is not_applicable.
absl::StatusOr<QuestionPlan> JudgedPlan(const v1::UnitInputs& inputs);

}  // namespace assay::longweave
