// What a judge may say of a requirement, of a whole text and of a part of one. The lowest stands
// first: it counts where draws are even.
#pragma once

#include <string>
#include <vector>

namespace assay {

const std::vector<std::string>& WholeLabels();  // no, partly, yes
const std::vector<std::string>& PartLabels();   // broken_here, not_here, partly_here, met_here

}  // namespace assay
