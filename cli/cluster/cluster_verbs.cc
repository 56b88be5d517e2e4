// Verbs that talk to a cluster.
#include "cli/cluster/cluster_verbs.h"

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "cli/cluster/cluster_addresses.h"
#include "cli/cluster/run_client.h"
#include "cli/cluster/status_text.h"
#include "cli/command_line.h"
#include "cli/commands/accept.h"
#include "cli/commands/verbs.h"
#include "cli/embedded/embedded_progress.h"
#include "cli/embedded/run_directory.h"
#include "cli/results/message_json.h"
#include "cli/results/run_folder.h"
#include "cli/results/run_results.h"
#include "cli/terminal/progress_display.h"
#include "common/json/json.h"

namespace assay {
namespace {

constexpr std::size_t kBatchBytes = std::size_t{32} << 20;

absl::StatusOr<std::unique_ptr<RunClient>> Connect(const CliContext& context,
                                                   const ClusterLocation& cluster) {
  PrepareGrpcEnvironment();
  return RunClient::Make(CoordinatorAddresses(cluster.coordinators, context.environment));
}

// So that submitting again gives the same record.
void ClearWhatTheCoordinatorSets(v1::RunRecord& record) {
  record.clear_run_secret();
  record.clear_created_unix_ms();
  record.clear_binary_version();
}

absl::StatusOr<v1::RunRecord> RecordToSubmit(const CliContext& context, const SubmitVerb& verb) {
  ASSAY_ASSIGN_OR_RETURN(const SpecRequest request,
                         MakeSpec(verb.spec, context.environment, SuiteScorersOf(context)));
  std::string wanted = verb.run_id;
  if (wanted.empty() && !verb.request_id.empty()) wanted = verb.request_id;
  ASSAY_ASSIGN_OR_RETURN(const std::string run_id, ChooseRunId(context, wanted));
  ASSAY_ASSIGN_OR_RETURN(AcceptedRun accepted, Accept(context, request, run_id));
  PrintWarnings(context, accepted.warnings);
  ClearWhatTheCoordinatorSets(accepted.record);
  return std::move(accepted.record);
}

int WatchRun(const CliContext& context, RunClient& client, const std::string& run_id) {
  Console& console = *context.console;
  ProgressDisplay display({.terminal = console.err_is_terminal(), .colour = console.colour()});
  TokenRate rate;
  v1::RunStatus last;
  const absl::Status status = client.Watch(run_id, [&](const v1::RunStatus& shown) {
    last = shown;
    const absl::Duration now = context.clock->SteadyNow();
    ProgressView view = ViewOf(shown);
    view.tokens_per_s = rate.Sample(now, shown.generated_tokens());
    console.Warn(HasEnded(shown) ? display.Finish(view, now, console.columns())
                                 : display.Update(view, now, console.columns()));
    console.Record(MessageToJson(shown));
    return true;
  });
  if (!status.ok()) return Fail(context, "watch", status);
  console.Say(RenderRun(last, console.columns()));
  if (last.state() == "failed") return kExitInfrastructure;
  const bool cancelled = last.generations().cancelled() + last.judged_scorings().cancelled() > 0;
  return LossesOf(last) > 0 || cancelled ? kExitLosses : kExitOk;
}

// Takes records as they come and stores them in batches, the run record last.
absl::Status StoreRecords(RunClient& client, const std::string& run_id, const std::string& folder) {
  AsioExecutor executor;
  SegmentStoreOptions options;
  options.directory = StoreDir(folder);
  ASSAY_ASSIGN_OR_RETURN(const std::unique_ptr<SegmentBlobStore> store,
                         SegmentBlobStore::Open(std::move(options), &executor));
  std::vector<BlobRecord> batch;
  std::size_t bytes = 0;
  ASSAY_RETURN_IF_ERROR(
      client.Results(run_id, false, [&](std::string key, std::string value) -> absl::Status {
        bytes += value.size();
        batch.push_back({std::move(key), std::move(value)});
        if (bytes < kBatchBytes) return absl::OkStatus();
        bytes = 0;
        return PutAndWait(*store, executor, std::exchange(batch, {}));
      }));
  return PutAndWait(*store, executor, std::move(batch));
}

}  // namespace

int SubmitCommand(const CliContext& context, const SubmitVerb& verb) {
  context.console->UseJson(verb.json);
  const absl::StatusOr<v1::RunRecord> record = RecordToSubmit(context, verb);
  if (!record.ok()) return Fail(context, "submit", record.status());
  const auto client = Connect(context, verb.cluster);
  if (!client.ok()) return Fail(context, "submit", client.status());
  const auto response =
      (*client)->Submit(verb.request_id.empty() ? record->run_id() : verb.request_id, *record);
  if (!response.ok()) return Fail(context, "submit", response.status());
  context.console->Say(response->run_id() + "\n");
  if (response->existed()) context.console->Warn("It was submitted before.\n");
  context.console->Record(DumpJson(OrderedJson{
      {"record", "submitted"}, {"run_id", response->run_id()}, {"existed", response->existed()}}));
  return verb.watch ? WatchRun(context, **client, response->run_id()) : kExitOk;
}

int StatusCommand(const CliContext& context, const StatusVerb& verb) {
  context.console->UseJson(verb.json);
  const auto client = Connect(context, verb.cluster);
  if (!client.ok()) return Fail(context, "status", client.status());
  if (verb.run.empty()) {
    const auto runs = (*client)->List();
    if (!runs.ok()) return Fail(context, "status", runs.status());
    context.console->Say(RenderRuns(*runs, context.console->columns()));
    context.console->Say("\n" + RenderAgents(*runs, context.console->columns()));
    for (const v1::RunStatus& run : runs->runs()) context.console->Record(MessageToJson(run));
    for (const v1::AgentStatus& agent : runs->agents()) {
      context.console->Record(MessageToJson(agent));
    }
    return kExitOk;
  }
  const auto status = (*client)->Get(verb.run, verb.scores);
  if (!status.ok()) return Fail(context, "status", status.status());
  context.console->Say(RenderRun(*status, context.console->columns()));
  context.console->Record(MessageToJson(*status));
  return kExitOk;
}

int WatchCommand(const CliContext& context, const WatchVerb& verb) {
  context.console->UseJson(verb.json);
  const auto client = Connect(context, verb.cluster);
  if (!client.ok()) return Fail(context, "watch", client.status());
  return WatchRun(context, **client, verb.run);
}

int ControlRunCommand(const CliContext& context, const ControlVerb& verb) {
  context.console->UseJson(verb.json);
  const char* name = verb.command == ControlCommand::kCancel  ? "cancel"
                     : verb.command == ControlCommand::kPause ? "pause"
                                                              : "resume";
  const auto client = Connect(context, verb.cluster);
  if (!client.ok()) return Fail(context, name, client.status());
  const auto status = (*client)->Do(verb.command, verb.run);
  if (!status.ok()) return Fail(context, name, status.status());
  context.console->Say("Run " + status->run_id() + " is " + status->state() + "\n");
  context.console->Record(MessageToJson(*status));
  return kExitOk;
}

namespace {

absl::StatusOr<v1::RunRecord> FetchRecord(RunClient& client, const std::string& run_id) {
  v1::RunRecord record;
  ASSAY_RETURN_IF_ERROR(
      client.Results(run_id, true, [&](const std::string& key, const std::string& value) {
        return record.ParseFromString(value) ? absl::OkStatus()
                                             : DataLoss(key + " is not a run record");
      }));
  return record;
}

// Copies a run to a folder of its own under `to`, with its result files.
absl::StatusOr<std::string> FetchRun(RunClient& client, const std::string& run_id,
                                     const std::string& to) {
  ASSAY_ASSIGN_OR_RETURN(const v1::RunRecord record, FetchRecord(client, run_id));
  ASSAY_ASSIGN_OR_RETURN(const std::string folder,
                         CreateRunFolder(to, record, [&](const std::string& path) {
                           return StoreRecords(client, run_id, path);
                         }));
  ASSAY_ASSIGN_OR_RETURN(const RunResults results, LoadResults(folder));
  ASSAY_RETURN_IF_ERROR(Annotate(WriteResultFiles(folder, results), "writing the results"));
  return folder;
}

// A folder that goes with the object.
class TemporaryFolder {
 public:
  static absl::StatusOr<std::unique_ptr<TemporaryFolder>> Make() {
    std::error_code error;
    std::string name = (std::filesystem::temp_directory_path(error) / "assay-XXXXXX").string();
    if (error || ::mkdtemp(name.data()) == nullptr) return Unavailable("no temporary folder");
    return std::unique_ptr<TemporaryFolder>(new TemporaryFolder(std::move(name)));
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

}  // namespace

int ExportCommand(const CliContext& context, const ExportVerb& verb) {
  context.console->UseJson(verb.json);
  const auto client = Connect(context, verb.cluster);
  if (!client.ok()) return Fail(context, "export", client.status());
  const absl::StatusOr<std::string> folder = FetchRun(**client, verb.run, verb.to);
  if (!folder.ok()) return Fail(context, "export", folder.status());
  context.console->Say(*folder + "\n");
  context.console->Record(DumpJson(
      OrderedJson{{"record", "exported"}, {"run_id", RunIdOf(*folder)}, {"folder", *folder}}));
  return kExitOk;
}

int ClusterResultsCommand(const CliContext& context, const ResultsVerb& verb) {
  const auto client = Connect(context, verb.cluster);
  if (!client.ok()) return Fail(context, "results", client.status());
  const auto temporary = TemporaryFolder::Make();
  if (!temporary.ok()) return Fail(context, "results", temporary.status());
  const auto folder = FetchRun(**client, verb.location.run, (*temporary)->path());
  if (!folder.ok()) return Fail(context, "results", folder.status());
  ResultsVerb local = verb;
  local.location.run = *folder;
  return ResultsCommand(context, local);
}

int ClusterReportCommand(const CliContext& context, const ReportVerb& verb) {
  const auto client = Connect(context, verb.cluster);
  if (!client.ok()) return Fail(context, "report", client.status());
  const auto folder = FetchRun(**client, verb.location.run, verb.location.output_dir);
  if (!folder.ok()) return Fail(context, "report", folder.status());
  context.console->Say(*folder + "/report.html\n");
  return kExitOk;
}

int ClusterRejudgeCommand(const CliContext& context, const RejudgeVerb& verb) {
  context.console->UseJson(verb.json);
  const auto client = Connect(context, verb.cluster);
  if (!client.ok()) return Fail(context, "rejudge", client.status());
  const auto source = FetchRecord(**client, verb.location.run);
  if (!source.ok()) return Fail(context, "rejudge", source.status());
  absl::StatusOr<v1::RunRecord> record = RejudgeRecord(context, verb, *source);
  if (!record.ok()) return Fail(context, "rejudge", record.status());
  ClearWhatTheCoordinatorSets(*record);
  const auto response = (*client)->Submit(record->run_id(), *record);
  if (!response.ok()) return Fail(context, "rejudge", response.status());
  context.console->Say(response->run_id() + "\n");
  context.console->Record(DumpJson(OrderedJson{
      {"record", "submitted"}, {"run_id", response->run_id()}, {"existed", response->existed()}}));
  return kExitOk;
}

}  // namespace assay
