// Whether the judges of a run can be trusted: what they made of the probes, and how they behaved.
// Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "assay/v1/results.pb.h"
#include "assay/v1/spec.pb.h"

namespace assay {

inline constexpr double kDefaultCanaryLimit = 50;
inline constexpr double kDefaultAnchorLimit = 50;
// A judge that gives so large a share of replies that cannot be used is not to be trusted.
inline constexpr double kMaxUnusableShare = 0.2;

// By scorer and model id.
using JudgedByScorer = std::map<std::string, std::map<std::string, v1::JudgeOfModel>>;

// Counts one text. REQUIRES: result.has_judge_stats().
void AddJudged(const v1::ScorerResult& result, v1::JudgeOfModel& sum);

// `judged`: all that were counted, `probes` as in RunSummary. One entry a scorer that asks a
// judge, in the order of `scorers`. A canary passes when the mean of the scorer's judged metric
// over its probes is at most the limit, an anchor when it is at least; one that was not judged is
// listed with judged 0 and decides nothing.
std::vector<v1::JudgeHealthSummary> JudgeHealthOf(
    const v1::RunSpec& spec, const std::vector<v1::ScorerSpec>& scorers,
    const JudgedByScorer& judged,
    const google::protobuf::RepeatedPtrField<v1::ModelSummary>& probes);

}  // namespace assay
