// report.html of a run: one self-contained page that shows the figures with their denominators, the
// plot of lengths, and every text with its judge's replies. Pure: the same input gives the same
// bytes. Everything that comes from a model, a judge, a suite or a user is hostile until escaped;
// the page loads nothing, and its policy lets only the style and script that are built in run.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/v1/results.pb.h"

namespace assay {

// A text that belongs to a result; an error is shown in its place.
using ResultText = std::function<absl::StatusOr<std::string>(const v1::SampleResult&)>;

// The reference document of a result's sample with this id; empty when there is none.
using ReferenceText = std::function<std::string_view(const v1::SampleResult&, const std::string&)>;

struct ReportOptions {
  ResultText prompt_of;                  // what was asked; may be empty
  ReferenceText reference_of = nullptr;  // for quotes of evidence; may be empty
};

// `results` in the order of the page. `text_of` is asked for each result with a text_file or a
// text_digest.
std::string RenderHtmlReport(const v1::RunSummary& summary,
                             const std::vector<v1::SampleResult>& results,
                             const ResultText& text_of, const ReportOptions& options = {});

}  // namespace assay
