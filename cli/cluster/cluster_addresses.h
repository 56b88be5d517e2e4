// Where a cluster is looked for: what was given, or $ASSAY_COORDINATOR ("host:port,host:port"), or
// the default port of this machine.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace assay {

std::vector<std::string> CoordinatorAddresses(
    std::vector<std::string> given,
    const std::function<std::optional<std::string>(const std::string&)>& environment);

}  // namespace assay
