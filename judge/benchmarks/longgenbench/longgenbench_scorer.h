// The scorer `longgenbench`: one question to the judge for each check whose block was written, as a
// raw completion. Pure functions, thread-safe.
//
// Sample.scorer_data: `type`, `number`, `prefix` (may be empty), and `checks` as
// ParseLongGenBenchChecks reads them. Prompt `judge`: what the judge is asked, with {block} and
// {event}. Scores of a verdict: STIC-2, STIC-1 and the counts below, per kind as "once.judged".
// Findings: one a check, id LongGenBenchFindingId, label "yes", "no", "not written" or "unjudged".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "assay/v1/envelope.pb.h"
#include "assay/v1/suite.pb.h"
#include "judge/benchmarks/longgenbench/longgenbench_scores.h"
#include "judge/engine/scorer_module.h"

namespace assay {

inline constexpr std::string_view kLongGenBenchVersion = "longgenbench/2";

ScorerModule LongGenBenchModule();

// InvalidArgument names the sample and the field.
absl::StatusOr<LongGenBenchItem> LongGenBenchItemOf(const v1::Sample& sample);

// E.g. "periodic:40".
std::string LongGenBenchFindingId(const LongGenBenchCheck& check);

// What a verdict says of the checks of its item; nullopt: it has no block, or no answer.
LongGenBenchAnswers LongGenBenchAnswersOf(
    const LongGenBenchItem& item, const google::protobuf::RepeatedPtrField<v1::Finding>& findings);

}  // namespace assay
