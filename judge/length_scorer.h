// How near a text comes to the length that was asked for. Pure functions, thread-safe.
#pragma once

#include <cstdint>

#include "assay/v1/envelope.pb.h"
#include "assay/v1/spec.pb.h"
#include "assay/v1/unit.pb.h"
#include "judge/engine/scorer_module.h"

namespace assay {

// S_l of LongBench-Write, 0..100 (arXiv:2408.07055; THUDM/LongWriter evaluation/eval_length.py;
// reference longwriter-hellobench-writingbench.md 1.4): with x required and y actual words,
// 100*max(0, 1-(y/x-1)/3) above x and 100*max(0, 1-(x/y-1)/2) up to it. No words: 0, where the
// official script divides by zero. REQUIRES: required > 0, actual >= 0.
double LongBenchLengthScore(std::int64_t required, std::int64_t actual);

// Scores S_l and words. An empty generation scores 0 with the flag empty_output; a text without one
// countable word 0 with the flag no_countable_words. A sample that asks for no length is not
// applicable.
v1::Verdict ScoreLength(const v1::ScorerSpec& scorer, const v1::UnitInputs& inputs);

ScorerModule LengthModule();

}  // namespace assay
