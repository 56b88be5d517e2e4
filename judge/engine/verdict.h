// What all scorers share: whether a generation can be scored at all, and the head of a verdict.
// Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>

#include "assay/v1/envelope.pb.h"
#include "assay/v1/spec.pb.h"
#include "assay/v1/unit.pb.h"
#include "common/agent/step_machine.h"

namespace assay {

// Strict where nothing was said.
v1::Compat EffectiveCompat(const v1::ScorerSpec& scorer);

// Why there is nothing to score; nullopt when there is a text. A truncated text counts as none when
// the run excludes truncated generations.
std::optional<std::string> WhyNotApplicable(const v1::UnitInputs& inputs);

// A verdict with scorer id, version ("<type>/<n>") and compat, and no outcome yet.
v1::Verdict NewVerdict(const v1::ScorerSpec& scorer, const std::string& version);

v1::Verdict NotApplicable(const v1::ScorerSpec& scorer, const std::string& version,
                          const std::string& reason);

void AddScore(v1::Verdict& verdict, const std::string& name, double value);

// Once, however often it is added.
void AddFlag(v1::Verdict& verdict, const std::string& flag);

// The one step that ends a judged unit: an envelope with this verdict and its outcome.
Step EndWith(v1::Verdict verdict);

}  // namespace assay
