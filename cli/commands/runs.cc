#include <filesystem>

#include "cli/commands/verbs.h"
#include "cli/embedded/stored_run.h"
#include "cli/results/run_folder.h"
#include "cli/terminal/table.h"
#include "common/base/log.h"
#include "common/blob/segment_blob_store.h"
#include "common/config/regular_file.h"
#include "common/json/json.h"
#include "common/runtime/asio_executor.h"

namespace assay {
namespace {

constexpr std::size_t kSummaryBytesMax = std::size_t{64} << 20;

struct RunRow {
  std::string id;
  std::string state;  // of summary.json, or "unfinished"
  std::string name;
  std::string models;
  std::int64_t texts = 0;
};

// Reads summary.json, which every run has that ended or was stopped in order.
RunRow RowOf(const std::string& folder) {
  RunRow row;
  row.id = RunIdOf(folder);
  row.state = "unfinished";
  const auto text = ReadRegularFile(folder + "/summary.json", kSummaryBytesMax);
  if (!text.ok()) return row;
  const auto summary = ParseJson(*text);
  if (!summary.ok() || !summary->is_object()) {
    row.state = "unreadable summary.json";
    return row;
  }
  row.state = summary->value("state", "unfinished");
  row.name = summary->value("name", "");
  for (const Json& model : summary->value("models", Json::array())) {
    if (!model.is_object()) continue;
    row.models += (row.models.empty() ? "" : ", ") + model.value("model", "");
    row.texts += model.value("expected", std::int64_t{0});
  }
  return row;
}

// FailedPrecondition when another process is writing to the run.
absl::Status CheckNotInUse(const std::string& folder) {
  AsioExecutor executor;
  SegmentStoreOptions options;
  options.directory = StoreDir(folder);
  return SegmentBlobStore::Open(options, &executor).status();
}

absl::Status Delete(const std::string& folder) {
  const absl::Status free = CheckNotInUse(folder);
  if (absl::IsFailedPrecondition(free)) return free;
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  if (error) return Unavailable("cannot delete " + folder + ": " + error.message());
  return absl::OkStatus();
}

}  // namespace

int RunsListCommand(const CliContext& context, const RunsListVerb& verb) {
  context.console->UseJson(verb.json);
  Table table({"run", "state", "texts", "models", "name"});
  for (const std::string& folder : RunFolders(verb.output_dir)) {
    const RunRow row = RowOf(folder);
    table.AddRow({row.id, EscapeForTerminal(row.state), std::to_string(row.texts),
                  EscapeForTerminal(row.models, 60), EscapeForTerminal(row.name, 40)});
    context.console->Record(DumpJson(OrderedJson{{"record", "run"},
                                                 {"run_id", row.id},
                                                 {"folder", folder},
                                                 {"state", row.state},
                                                 {"name", row.name},
                                                 {"models", row.models},
                                                 {"texts", row.texts}}));
  }
  context.console->Say(table.empty() ? "There are no runs in " + verb.output_dir + ".\n"
                                     : table.Render(context.console->columns()));
  return kExitOk;
}

int RunsDeleteCommand(const CliContext& context, const RunsDeleteVerb& verb) {
  const absl::StatusOr<std::string> folder = FindRunFolder(verb.location);
  if (!folder.ok()) return Fail(context, "runs delete", folder.status());
  const std::string id = RunIdOf(*folder);
  if (!verb.yes) {
    context.console->Warn("This deletes " + *folder +
                          " with all its texts and verdicts.\nType the run id to go on: ");
    if (context.read_line().value_or("") != id) {
      return Fail(context, "runs delete", InvalidArgument("not deleted: that is not " + id));
    }
  }
  if (const absl::Status deleted = Delete(*folder); !deleted.ok()) {
    return Fail(context, "runs delete", deleted, kExitInfrastructure);
  }
  context.console->Say("Deleted " + *folder + "\n");
  return kExitOk;
}

}  // namespace assay
