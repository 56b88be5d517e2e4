// Judge prompts that stand in files of their own. Thread-safe.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "assay/v1/spec.pb.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace assay {

// Reads every rubric.prompt_file and all prompt_files of benchmark and factual_coverage, relative
// to `folder`, into rubric.prompt and their prompts, byte for byte, and clears the names of files:
// a prompt counts by its bytes, not by where they were. Errors name the scorer and the file:
// missing, over 2 MiB, not UTF-8, or out of `folder` when `beneath`.
absl::Status ResolvePromptFiles(const std::string& folder, bool beneath,
                                google::protobuf::RepeatedPtrField<v1::ScorerSpec>* scorers);

// The same of strategy.prompt_files into strategy.prompts. Errors begin with the field.
absl::Status ResolveStrategyPrompts(const std::string& folder, bool beneath,
                                    v1::Strategy* strategy);

}  // namespace assay
