// Statuses of runs as text for people. Pure.
#pragma once

#include <string>

#include "assay/v1/run_service.pb.h"
#include "cli/terminal/progress_display.h"

namespace assay {

// The agents of the cluster: role, units held of slots, when last heard of, what is served.
std::string RenderAgents(const v1::ListRunsResponse& list, int columns);
// A line a run.
std::string RenderRuns(const v1::ListRunsResponse& runs, int columns);

// All about one run, with its scores where it has them.
std::string RenderRun(const v1::RunStatus& status, int columns);

// For the progress line of `assay watch`; tokens_per_s is left to the caller.
ProgressView ViewOf(const v1::RunStatus& status);

// Units that ended without what was asked for: failed, quarantined and unjudged ones.
std::int64_t LossesOf(const v1::RunStatus& status);

}  // namespace assay
