// The checks of a run spec beyond types: values, names and references. Pure.
#pragma once

#include <string_view>

#include "assay/v1/spec.pb.h"
#include "common/config/config_errors.h"

namespace assay {

// Adds what is wrong; a consequence of an error that is there already is left out. Zero values
// count as left out unless the field is written in the errors' document.
void CheckRunSpec(const v1::RunSpec& spec, ConfigErrors* errors);

// One scorer, as `path`; used for suites too. Does not look at the judge.
void CheckScorer(const v1::ScorerSpec& scorer, std::string_view path, ConfigErrors* errors);

// Ranges of sampling parameters, stop sequences and allow-listed extra_body keys.
void CheckSampling(const v1::Sampling& sampling, std::string_view path, ConfigErrors* errors);

// The id of a scorer that has none: its type. Empty when it has no type.
std::string DefaultScorerId(const v1::ScorerSpec& scorer);

// True for scorers that need a judge.
bool IsJudged(const v1::ScorerSpec& scorer);

}  // namespace assay
