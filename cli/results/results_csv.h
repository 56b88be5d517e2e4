// Results as comma-separated values, for spreadsheets and data frames. Pure.
#pragma once

#include <string>
#include <vector>

#include "assay/v1/results.pb.h"

namespace assay {

// One line a sample, with a header; texts that a spreadsheet would take for a formula begin with
// an apostrophe.
std::string ResultsCsv(const std::vector<v1::SampleResult>& results);

}  // namespace assay
