// The table entry of rubric scorers. Pure functions, thread-safe.
#pragma once

#include "judge/engine/scorer_module.h"

namespace assay {

// Of rubrics of dimensions; those by criteria have kCriteriaVersion.
inline constexpr char kRubricVersion[] = "rubric/1";

ScorerModule RubricModule();

}  // namespace assay
