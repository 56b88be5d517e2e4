// From a spec to the record of a run, and the folder that holds it. Main thread.
#pragma once

#include <string>
#include <vector>

#include "assay/v1/run_record.pb.h"
#include "cli/context.h"
#include "cli/spec_from_flags.h"
#include "common/base/status.h"
#include "suites/accept_run.h"

namespace assay {

// What MakeSpec needs to let --scorer name a suite's own scorers.
SuiteScorers SuiteScorersOf(const CliContext& context);

// Loads suites and prompts, resolves scorers. `run_id` may be empty for a run that is never stored.
absl::StatusOr<AcceptedRun> Accept(const CliContext& context, const SpecRequest& request,
                                   const std::string& run_id);

// 32 bytes, random unless the spec has a seed: then two runs of the same spec make the same calls
// and come to equal canonical results, judges' nonces included.
std::string MakeRunSecret(const v1::RunSpec& spec, Random* random);

// `wanted`, checked, or an id that is made up.
absl::StatusOr<std::string> ChooseRunId(const CliContext& context, const std::string& wanted);

// Makes <output_dir>/<run id>, lets `create` store the record there, and writes spec.yaml. Returns
// the folder. When `create` fails nothing is left behind. AlreadyExists: the folder is there.
absl::StatusOr<std::string> CreateRunFolder(
    const std::string& output_dir, const v1::RunRecord& record,
    const std::function<absl::Status(const std::string& folder)>& create);

void PrintWarnings(const CliContext& context, const std::vector<std::string>& warnings);

}  // namespace assay
