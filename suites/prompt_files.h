// Judge prompts that stand in files of their own. Thread-safe.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "assay/v1/spec.pb.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace assay {

// Reads every rubric.prompt_file, relative to `folder`, into rubric.prompt, byte for byte, and
// clears prompt_file: a prompt counts by its bytes, not by where they were. Errors name the scorer
// and the file: missing, over 256 KiB, not UTF-8, or out of `folder` when `beneath`.
absl::Status ResolvePromptFiles(const std::string& folder, bool beneath,
                                google::protobuf::RepeatedPtrField<v1::ScorerSpec>* scorers);

}  // namespace assay
