// The processes of a cluster that stay. They return the exit code of the process. Main thread.
#pragma once

#include "cli/cluster/cluster_verbs.h"
#include "cli/context.h"

namespace assay {

int RunCoordinator(const CliContext& context, const NodeVerb& verb);
int RunAgent(const CliContext& context, const NodeVerb& verb);

}  // namespace assay
