#include "judge/engine/verdict_labels.h"

namespace assay {

const std::vector<std::string>& WholeLabels() {
  static const auto* const kLabels = new std::vector<std::string>{"no", "partly", "yes"};
  return *kLabels;
}

const std::vector<std::string>& PartLabels() {
  static const auto* const kLabels =
      new std::vector<std::string>{"broken_here", "not_here", "partly_here", "met_here"};
  return *kLabels;
}

}  // namespace assay
