// The scorers: step machines that turn one generation into verdicts. A machine does no I/O; see
// common/agent/step_machine.h. Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assay/v1/spec.pb.h"
#include "assay/v1/unit.pb.h"
#include "common/agent/step_machine.h"
#include "common/base/status.h"
#include "judge/engine/scorer_module.h"

namespace assay {

// The machine of a scoring unit. UNIT_KIND_SCORE_RULES: every scorer of inputs.scorers(), none of
// which may need calls, in one step: an envelope with a verdict each, in their order.
// UNIT_KIND_SCORE_JUDGED, UNIT_KIND_PREPARE: exactly one scorer, driven by inputs.judge().
// UNIT_KIND_SCORE_PROGRAMS: exactly one scorer, which runs programs. The scorers are resolved
// (ResolveScorer) and prompt files read. `inputs` must outlive the machine.
// InvalidArgument: another kind of unit, or a scorer that cannot run.
absl::StatusOr<std::unique_ptr<StepMachine>> MakeScorer(const v1::UnitInputs& inputs);

// True when the scorer asks a judge or runs programs.
bool ScorerNeedsCalls(const v1::ScorerSpec& scorer);

// True when the scorer has something made once per sample by a unit of its own
// (UNIT_KIND_PREPARE).
bool ScorerNeedsPreparation(const v1::ScorerSpec& scorer);

// What one judged scoring of a text is likely to cost; nullopt where it is one call with the whole
// text.
std::optional<JudgeCost> ExpectedJudgeCost(const v1::ScorerSpec& scorer, const v1::Sample& sample,
                                           std::int64_t words);

// Fills the defaults and presets and checks the result; resolving again changes nothing. The id
// becomes the type's name; compat is left alone (the run's, and strict where that is not set).
// A rubric with prompt_file should have it read into prompt before: a prompt that is still empty
// then is accepted here and refused by MakeScorer. InvalidArgument names the scorer and the field
// and says what was expected.
absl::StatusOr<v1::ScorerSpec> ResolveScorer(v1::ScorerSpec scorer);

// Names of the scores that the verdicts of a resolved scorer carry, in their order.
std::vector<std::string> MetricNames(const v1::ScorerSpec& scorer);

// "<type>/<n>" of a scorer; n changes whenever a score could.
std::string ScorerVersion(const v1::ScorerSpec& scorer);

}  // namespace assay
