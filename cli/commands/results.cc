#include <filesystem>

#include "cli/commands/verbs.h"
#include "cli/results/message_json.h"
#include "cli/results/results_csv.h"
#include "cli/results/run_folder.h"
#include "cli/results/run_results.h"
#include "cli/results/summary_text.h"

namespace assay {
namespace {

std::string Formatted(const RunResults& results, ResultsFormat format, int columns) {
  switch (format) {
    case ResultsFormat::kTable:
      return RenderSummary(results.folded.summary, columns);
    case ResultsFormat::kCanonical:
      return CanonicalResults(results.folded.results);
    case ResultsFormat::kCsv:
      return ResultsCsv(results.folded.results);
    case ResultsFormat::kJson:
      break;
  }
  std::string lines;
  for (const v1::SampleResult& result : results.folded.results) {
    lines += MessageToJson(result) + "\n";
  }
  return lines;
}

absl::StatusOr<std::string> Report(const RunLocation& location) {
  ASSAY_ASSIGN_OR_RETURN(const std::string folder, FindRunFolder(location));
  ASSAY_ASSIGN_OR_RETURN(const RunResults results, LoadResults(folder));
  ASSAY_RETURN_IF_ERROR(WriteResultFiles(folder, results));
  return (std::filesystem::path(folder) / "report.html").string();
}

}  // namespace

int ResultsCommand(const CliContext& context, const ResultsVerb& verb) {
  const absl::StatusOr<std::string> folder = FindRunFolder(verb.location);
  if (!folder.ok()) return Fail(context, "results", folder.status());
  const absl::StatusOr<RunResults> results = LoadResults(*folder);
  if (!results.ok()) return Fail(context, "results", results.status());
  context.console->Print(Formatted(*results, verb.format, context.console->columns()));
  if (!results->run.manifest.has_value()) {
    context.console->Warn("This run has not ended; these are the results so far.\n");
  }
  return kExitOk;
}

int ReportCommand(const CliContext& context, const ReportVerb& verb) {
  const absl::StatusOr<std::string> report = Report(verb.location);
  if (!report.ok()) return Fail(context, "report", report.status());
  context.console->Say("Report: " + *report + "\n");
  return kExitOk;
}

}  // namespace assay
