#include "cli/commands/accept.h"

#include <filesystem>
#include <system_error>

#include "cli/results/run_folder.h"
#include "common/base/digest.h"
#include "common/base/log.h"
#include "judge/scorer_registry.h"
#include "worker/strategy_registry.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kWarningsShown = 10;

}  // namespace

SuiteScorers SuiteScorersOf(const CliContext& context) {
  return [&context](const v1::SuiteRef& ref) -> absl::StatusOr<std::vector<v1::ScorerSpec>> {
    SuiteLocations locations;
    locations.imported_folder = SuitesFolder(context);
    ASSAY_ASSIGN_OR_RETURN(const LoadedSuite loaded, FindSuite(ref, locations));
    const auto& scorers = loaded.suite.manifest().scorers();
    return std::vector<v1::ScorerSpec>(scorers.begin(), scorers.end());
  };
}

absl::StatusOr<AcceptedRun> Accept(const CliContext& context, const SpecRequest& request,
                                   const std::string& run_id) {
  AcceptOptions options;
  options.locations.imported_folder = SuitesFolder(context);
  options.locations.spec_folder = request.folder;
  options.resolve_scorer = ResolveScorer;
  options.resolve_strategy = ResolveStrategy;
  options.run_id = run_id;
  options.run_secret = MakeRunSecret(request.spec, context.random);
  options.created_unix_ms = absl::ToUnixMillis(context.clock->WallNow());
  options.spec_yaml = request.yaml;
  return AcceptRun(request.spec, options);
}

std::string MakeRunSecret(const v1::RunSpec& spec, Random* random) {
  if (spec.seed() != 0) return HmacSha256("assay.run_secret.v1", std::to_string(spec.seed()));
  std::string secret;
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t word = random->Next();
    for (int shift = 0; shift < 64; shift += 8) secret += static_cast<char>(word >> shift & 0xFF);
  }
  return secret;
}

absl::StatusOr<std::string> ChooseRunId(const CliContext& context, const std::string& wanted) {
  if (wanted.empty()) return MakeRunId(context.clock->WallNow(), context.random);
  ASSAY_RETURN_IF_ERROR(Annotate(CheckRunId(wanted), "--run-id"));
  return wanted;
}

absl::StatusOr<std::string> CreateRunFolder(
    const std::string& output_dir, const v1::RunRecord& record,
    const std::function<absl::Status(const std::string& folder)>& create) {
  const fs::path folder = fs::path(output_dir) / record.run_id();
  std::error_code error;
  const bool made_parent = fs::create_directories(output_dir, error);
  if (error) return Unavailable("cannot create " + output_dir + ": " + error.message());
  if (!fs::create_directory(folder, error)) {
    if (error) return Unavailable("cannot create " + folder.string() + ": " + error.message());
    return AlreadyExists(folder.string() + " exists already; choose another --run-id, or go on " +
                         "with it by --resume " + record.run_id());
  }
  absl::Status created = create(folder.string());
  if (created.ok()) created = ReplaceFile((folder / "spec.yaml").string(), record.spec_yaml());
  if (created.ok()) return folder.string();
  fs::remove_all(folder, error);
  if (made_parent) fs::remove(output_dir, error);
  return created;
}

void PrintWarnings(const CliContext& context, const std::vector<std::string>& warnings) {
  for (std::size_t i = 0; i < warnings.size(); ++i) {
    if (i == kWarningsShown) {
      context.console->Warn("warning: ... and " + std::to_string(warnings.size() - i) + " more\n");
      return;
    }
    context.console->Warn("warning: " + EscapeForTerminal(warnings[i], 400) + "\n");
  }
}

}  // namespace assay
