// How much of a text repeats itself, and where. Pure functions, thread-safe.
#pragma once

#include <string>

#include "assay/v1/envelope.pb.h"
#include "assay/v1/spec.pb.h"
#include "assay/v1/unit.pb.h"
#include "judge/engine/scorer_module.h"

namespace assay {

// "repeated_20gram_fraction" for 20.
std::string RepeatedFractionName(int ngram);

// Scores repeated_<n>gram_fraction (0..1: positions whose n-gram of words stands earlier in the
// text too), looping_paragraphs (paragraphs of eight words or more that were written before) and
// longest_repeat_words. Flag "repetitive" from a fraction of 0.2 or three such paragraphs on.
// Findings point at the longest repeated passage and the first repeated paragraphs, each with the
// span where it stood first and the span of the repeat.
v1::Verdict ScoreRepetition(const v1::ScorerSpec& scorer, const v1::UnitInputs& inputs);

ScorerModule RepetitionModule();

}  // namespace assay
