// Ready-made rubrics, as data. Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/spec.pb.h"

namespace assay {

// "general", "longbench-write".
std::vector<std::string> RubricPresetNames();

// Everything of a preset but its prompt; nullopt for an unknown name.
//   longbench-write: S_q of LongBench-Write (reference longwriter-hellobench-writingbench.md 1.5).
//     Its prompt is the benchmark's own evaluation/judge.txt, given by the user.
//   general: six dimensions for any long text; its prompt is GeneralPrompt of the resolved rubric.
std::optional<v1::RubricScorer> RubricPreset(std::string_view name);

// Where the user finds the prompt of a preset that has none of its own; empty for the others.
std::string PromptSource(std::string_view preset);

// A judge prompt made from the dimensions, scale and placeholders of `rubric`. The reply it asks
// for is one JSON object: "analysis", then every dimension.
std::string GeneralPrompt(const v1::RubricScorer& rubric);

}  // namespace assay
