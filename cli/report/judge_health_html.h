// The section of a report on its judges: how they behaved, and what they made of the probes. Pure.
#pragma once

#include <string>

#include "assay/v1/results.pb.h"

namespace assay {

// Empty when no scorer asks a judge. A judge that is not trusted is named above the table.
std::string RenderJudgeHealth(const v1::RunSummary& summary);

}  // namespace assay
