// Panels: one scorer, several judges. Pure.
#pragma once

#include "absl/status/status.h"
#include "assay/v1/spec.pb.h"

namespace assay {

// Puts in place of every scorer with a panel one scorer a judge, "<id>@<judge>", which know what
// they are parts of; the fold combines them. InvalidArgument: a judge that the spec does not have,
// one twice, a way to combine that does not exist, more valid judges asked for than there are.
absl::Status ExpandPanels(const v1::RunSpec& spec,
                          google::protobuf::RepeatedPtrField<v1::ScorerSpec>* scorers);

}  // namespace assay
