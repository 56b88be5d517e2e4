// What both of LongWeave's scorers say alike. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>

#include "assay/v1/spec.pb.h"
#include "assay/v1/unit.pb.h"

namespace assay::longweave {

// The score that every verdict has: the metric that the official tables show of its task, 0..1.
inline constexpr char kPrimary[] = "primary";

// Why a text has no verdict; nullopt: it has. The official script also leaves out every answer that
// begins with "ERROR:", which is how it notes failed calls.
std::optional<std::string> WhyLeftOut(const v1::ScorerSpec& scorer, const v1::UnitInputs& inputs);

}  // namespace assay::longweave
