// The data of the report page as JSON blocks: one index that draws the plot and the list, and one
// block a sample that is parsed when somebody opens it. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "cli/report/html_report.h"
#include "cli/report/report_input.h"

namespace assay {

// {"suites": [...], "models": [...], "figures": [...], "samples": [{...}, ...]}; cli/report/assets/
// report.js says what it reads.
std::string ReportIndexJson(const ReportInput& input);

// Everything about one sample, its text included.
std::string ReportSampleJson(const v1::SampleResult& result, const ResultText& text_of,
                             const ReportOptions& options);

}  // namespace assay
