// A sample's prompt as one text, as judges and reports show it.
#pragma once

#include <string>

#include "assay/v1/suite.pb.h"

namespace assay {

// `prompt` or a completion's prompt as they are; a single message's content; several messages each
// after a line "role:", with an empty line between them.
std::string PromptText(const v1::Sample& sample);

}  // namespace assay
