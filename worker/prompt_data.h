// The prompt files of worker/prompts, as they were when this was built.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace assay {

// Name and text.
const std::vector<std::pair<std::string, std::string>>& WorkerPromptData();

}  // namespace assay
