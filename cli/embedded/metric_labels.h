// Values of labels: enumerators of the messages in lower case, without the name of their type.
#pragma once

#include <string>

#include "assay/v1/unit.pb.h"
#include "assay/v1/work_service.pb.h"

namespace assay {

// "ok" for ERROR_CLASS_UNSPECIFIED, otherwise "infra", "throttle", …
std::string ClassLabel(v1::ErrorClass error_class);
// "generated", "scored", …
std::string OutcomeLabel(v1::Outcome outcome);
// "generate", "score_rules", "score_judged", "score_programs", "prepare"
std::string KindLabel(v1::UnitKind kind);
// "ok", "stale", …
std::string SettlementLabel(v1::Settlement settlement);

}  // namespace assay
