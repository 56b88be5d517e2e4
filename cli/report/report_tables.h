// The parts of the report page that need no script: header, figures, counts, losses. Pure.
#pragma once

#include <string>

#include "cli/report/report_input.h"

namespace assay {

// Name, state, when, how much, and where every figure comes from.
std::string RenderReportHeader(const ReportInput& input);
// One table a suite: every mean with its interval and judged/required.
std::string RenderScoreTables(const ReportInput& input);
// Outcomes that add up to what was expected, sizes, cost; and the scorings.
std::string RenderCountTables(const ReportInput& input);
// Means of complete and of truncated texts; nothing when no text was truncated.
std::string RenderTruncationTables(const ReportInput& input);
// Means by required length: the suite's buckets and the fixed ones.
std::string RenderBucketTables(const ReportInput& input);
// What has no score, and why.
std::string RenderLosses(const ReportInput& input);

}  // namespace assay
