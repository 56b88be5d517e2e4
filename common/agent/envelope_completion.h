// What the runner adds to a machine's result before it is stored: who, when, at what cost.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "assay/v1/unit.pb.h"
#include "assay/v1/work_service.pb.h"
#include "common/agent/step_machine.h"

namespace assay {

// Sums token counts; estimated if any part is.
void AddUsage(const v1::Usage& part, v1::Usage& sum);

struct AttemptFacts {
  const v1::Assignment& assignment;
  const v1::UnitInputs& inputs;
  // Every final reply and error of the unit, in the order in which the machine got them, journaled
  // ones of earlier attempts included.
  std::span<const CallOutcome> outcomes;
  std::string worker;
  std::int64_t finished_unix_ms = 0;
};

// Fills every field of `envelope` but outcome, generation text, verdicts and error, and
// generation.model_returned where the machine left it empty. Timings: first_token_ms is the first
// call's, max_gap_ms the longest, the others are sums over the calls.
void CompleteEnvelope(const AttemptFacts& facts, v1::Envelope& envelope);

}  // namespace assay
