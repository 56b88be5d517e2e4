// What the coordinator reads out of an envelope: whether it may be stored, how its unit ended, and
// what it adds to live figures. Pure.
#pragma once

#include <string>
#include <string_view>

#include "assay/v1/envelope.pb.h"
#include "common/base/status.h"
#include "coordinator/core/run_plan.h"
#include "coordinator/core/unit_table.h"
#include "coordinator/store/run_store.h"

namespace assay {

// Whether `envelope` is a possible result of `unit`: run and unit match, the outcome is one of its
// kind and fits what is in it, the verdicts are exactly those of the unit's scorers, scores are
// finite, and every span lies inside its text on character boundaries. `text`: the generated text
// that is scored, or empty for a generation. kInvalidArgument says what is wrong.
absl::Status CheckEnvelope(const RunPlan& plan, UnitIndex unit, const v1::Envelope& envelope,
                           std::string_view text);

// The outcome of a unit as one word: of a generation its own; of a scoring the envelope's own when
// it has one, otherwise the worst of its verdicts (quarantined, failed, infra_lost, unjudged,
// cancelled, no_evidence, not_applicable, scored, from the worst).
v1::Outcome OutcomeOf(const v1::Envelope& envelope);

// The final state that an outcome means: failed and infra_lost F, quarantined X, cancelled C, every
// other D.
v1::UnitState FinalStateOf(v1::Outcome outcome);

// The integers that the commit of this envelope adds to its shard:
//   "<suite>/<model>/<scorer>/<score>:sum"  llround(value * 1e6)
//   "<suite>/<model>/<scorer>/<score>:n"    1
//   "<suite>/<model>/tokens:in", ":out"     of a generation; "<suite>/<model>/judge:in", ":out"
// A score too large for kMaxSumAddend is in neither sum nor n; the final fold has it.
IntegerSums LiveSumsOf(const RunPlan& plan, UnitIndex unit, const v1::Envelope& envelope);

// The record kept in a RunStore: version, outcome, flags, digest of the stored envelope, tokens.
// The same for the same envelope, always.
std::string PackRecord(const v1::Envelope& envelope, std::string_view digest);

// An envelope that no agent made: the unit ended without one. Verdicts of a scoring all have
// `outcome` and `reason`.
v1::Envelope EnvelopeWithout(const RunPlan& plan, UnitIndex unit, const AttemptId& attempt,
                             v1::Outcome outcome, std::string_view reason);

// Fills suite and configuration digest and binary version where the agent left them out.
void FillProvenance(const RunPlan& plan, UnitIndex unit, v1::Envelope& envelope);

}  // namespace assay
