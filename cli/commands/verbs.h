// The verbs of `assay`, one function each, one file each. They print, and return the exit code of
// the process (docs/errors.md). Main thread.
#pragma once

#include "assay/v1/run_record.pb.h"
#include "cli/command_line.h"
#include "cli/context.h"
#include "common/base/status.h"

namespace assay {

int RunCommand(const CliContext& context, const RunVerb& verb);
int QuickstartCommand(const CliContext& context, const QuickstartVerb& verb);
int ImportCommand(const CliContext& context, const ImportVerb& verb);
int BenchmarksCommand(const CliContext& context, const BenchmarksVerb& verb);
int ValidateCommand(const CliContext& context, const ValidateVerb& verb);
int ResultsCommand(const CliContext& context, const ResultsVerb& verb);
int ReportCommand(const CliContext& context, const ReportVerb& verb);
int RejudgeCommand(const CliContext& context, const RejudgeVerb& verb);
int RunsListCommand(const CliContext& context, const RunsListVerb& verb);
int RunsDeleteCommand(const CliContext& context, const RunsDeleteVerb& verb);
int SimulateCommand(const CliContext& context, const SimulateVerb& verb);
int FsckCommand(const CliContext& context, const FsckVerb& verb);

// The source's record with other judges and scorers, as AcceptRun would have made it.
absl::StatusOr<v1::RunRecord> RejudgeRecord(const CliContext& context, const RejudgeVerb& verb,
                                            const v1::RunRecord& source);

}  // namespace assay
