// The results of a stored run: folded figures, and the files that show them. Main thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "cli/embedded/stored_run.h"
#include "common/base/status.h"
#include "coordinator/core/fold.h"

namespace assay {

struct RunResults {
  StoredRun run;
  FoldedRun folded;  // text_file filled in
  // Of each of folded.results, its generation's envelope in `run`; nullptr while it is open.
  std::vector<const v1::Envelope*> generations;
};

// Reads the store; the result files are not looked at. Errors of LoadRun and FoldRun.
absl::StatusOr<RunResults> LoadResults(const std::string& run_folder);

// Calls `file` with the path (relative to the run's folder) and content of every result file:
// the texts, results.jsonl, summary.json, report.html. Stops at the first error.
using ResultFileSink =
    std::function<absl::Status(const std::string& path, std::string_view content)>;
absl::Status ForEachResultFile(const RunResults& results, const ResultFileSink& file);

// Writes them, each under a temporary name first. Repeatable.
absl::Status WriteResultFiles(const std::string& run_folder, const RunResults& results);

}  // namespace assay
