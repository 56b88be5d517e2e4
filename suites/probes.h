// Probes: texts without a model behind them, scored like any other, that show whether a judge of
// the run can be trusted (claims-and-judges.md, sections 8 and 10). Pure.
#pragma once

#include "assay/v1/run_record.pb.h"

namespace assay {

// Puts the probes that spec.judge_health asks for behind the models of an accepted run, and takes
// out those that were there. By default every strict run with a judged scorer has one sample each
// of all kinds that say something about one of its scorers.
void SettleProbes(v1::RunRecord* record);

}  // namespace assay
