#include <filesystem>

#include "cli/commands/accept.h"
#include "cli/commands/dry_run.h"
#include "cli/commands/run_session.h"
#include "cli/commands/verbs.h"
#include "cli/embedded/embedded_run.h"
#include "cli/embedded/stored_run.h"
#include "cli/results/run_folder.h"

namespace assay {
namespace {

// The first flag that describes a new run, which a stored one does not take.
std::string FirstSpecFlag(const SpecFlags& flags) {
  if (!flags.target.empty()) return "TARGET";
  if (!flags.models.empty()) return "--model";
  if (!flags.judges.empty()) return "--judge";
  if (!flags.base_url.empty()) return "--base-url";
  if (!flags.judge_base_url.empty()) return "--judge-base-url";
  if (!flags.scorers.empty()) return "--scorer";
  if (!flags.values.empty()) return flags.values.front().flag;
  if (!flags.overrides.empty()) return "--set";
  if (!flags.name.empty()) return "--name";
  if (flags.no_stream) return "--no-stream";
  return "";
}

// The newest run that has not ended.
absl::StatusOr<std::string> NewestOpenRun(const std::string& output_dir) {
  for (const std::string& folder : RunFolders(output_dir)) {
    ASSAY_ASSIGN_OR_RETURN(const StoredRun run, LoadRun(folder));
    if (!run.manifest.has_value()) return folder;
  }
  return NotFound("every run in " + output_dir + " has ended; there is nothing to resume");
}

int GoOn(const CliContext& context, const RunVerb& verb) {
  const bool retry = !verb.retry_errors.empty();
  const std::string flag = retry ? "--retry-errors" : "--resume";
  if (retry && verb.resume.has_value()) {
    return Fail(context, "run", InvalidArgument("--resume and --retry-errors exclude each other"));
  }
  if (const std::string other = FirstSpecFlag(verb.spec); !other.empty()) {
    return Fail(context, "run",
                InvalidArgument(flag + " goes on with a stored run as it is; " + other +
                                " belongs to a new one"));
  }
  RunLocation location = verb.location;
  location.run = retry ? verb.retry_errors : *verb.resume;
  const absl::StatusOr<std::string> folder =
      location.run.empty() ? NewestOpenRun(location.output_dir) : FindRunFolder(location);
  if (!folder.ok()) return Fail(context, "run", Annotate(folder.status(), flag));
  const absl::StatusOr<StoredRun> run = LoadRun(*folder);
  if (!run.ok()) return Fail(context, "run", run.status());
  if (const absl::Status keys = CheckKeys(run->record.spec(), context.environment); !keys.ok()) {
    return Fail(context, "run", keys);
  }
  SessionOptions session;
  session.run_folder = *folder;
  session.retry_errors = retry;
  session.resumed = true;
  session.metrics_port = verb.metrics_port;
  session.spec = run->record.spec();
  return RunToItsEnd(context, session);
}

int PrintEstimate(const CliContext& context, const AcceptedRun& accepted) {
  const absl::StatusOr<RunEstimate> estimate = EstimateRun(accepted.record);
  if (!estimate.ok()) return Fail(context, "run", estimate.status());
  context.console->Say(DescribeEstimate(*estimate));
  context.console->Record(EstimateJson(*estimate));
  return kExitOk;
}

// Says how to give a judge, when that is what is missing.
absl::Status WithHint(const absl::Status& status, const v1::RunSpec& spec) {
  if (!absl::IsFailedPrecondition(status) || !spec.judges().empty()) return status;
  return FailedPrecondition(std::string(MessageOf(status)) +
                            "\nGive a judge with --judge openai/NAME, or choose scorers that need "
                            "none: --scorer length --scorer repetition");
}

}  // namespace

int RunCommand(const CliContext& context, const RunVerb& verb) {
  context.console->UseJson(verb.json);
  if (verb.resume.has_value() || !verb.retry_errors.empty()) return GoOn(context, verb);
  const absl::StatusOr<SpecRequest> request =
      MakeSpec(verb.spec, context.environment, SuiteScorersOf(context));
  if (!request.ok()) return Fail(context, "run", request.status());
  const absl::StatusOr<std::string> run_id = ChooseRunId(context, verb.location.run);
  if (!run_id.ok()) return Fail(context, "run", run_id.status());
  const absl::StatusOr<AcceptedRun> accepted = Accept(context, *request, *run_id);
  if (!accepted.ok()) {
    return Fail(context, "run", WithHint(accepted.status(), request->spec));
  }
  PrintWarnings(context, accepted->warnings);
  if (verb.dry_run) return PrintEstimate(context, *accepted);
  if (const absl::Status keys = CheckKeys(accepted->record.spec(), context.environment);
      !keys.ok()) {
    return Fail(context, "run", keys);
  }
  const absl::StatusOr<std::string> folder =
      CreateRunFolder(verb.location.output_dir, accepted->record,
                      [&](const std::string& path) { return CreateRun(path, accepted->record); });
  if (!folder.ok()) return Fail(context, "run", folder.status());
  SessionOptions session;
  session.run_folder = *folder;
  session.metrics_port = verb.metrics_port;
  session.spec = accepted->record.spec();
  return RunToItsEnd(context, session);
}

}  // namespace assay
