// The judges of a run in the terminal: what must be known of them, and no more. Pure.
#pragma once

#include <string>

#include "assay/v1/results.pb.h"

namespace assay {

// A table of the judged scorers, one line each, and a line for every judge that is not trusted.
// Empty when no scorer asks a judge.
std::string RenderJudgeHealthText(const v1::RunSummary& summary, int columns);

}  // namespace assay
