// The prompt files of judge/prompts, as they were when this was built.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace assay {

// Name ("<family>/<name>") and text, in the order of prompts.cmake.
const std::vector<std::pair<std::string, std::string>>& PromptData();

}  // namespace assay
