// Style and script of the report page, as they stand in cli/report/assets.
#pragma once

#include <string_view>

namespace assay {

std::string_view ReportStyle();
std::string_view ReportScript();

}  // namespace assay
