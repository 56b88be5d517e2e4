#include <algorithm>
#include <filesystem>

#include "cli/commands/accept.h"
#include "cli/commands/verbs.h"
#include "common/json/json.h"
#include "suites/suite_loader.h"

namespace assay {
namespace {

struct Validated {
  std::string what;  // "12 samples", "36 units of ..."
  std::vector<std::string> warnings;
};

absl::StatusOr<Validated> ValidateSuite(const std::string& folder) {
  ASSAY_ASSIGN_OR_RETURN(const LoadedSuite loaded, LoadSuite(folder));
  return Validated{"suite " + loaded.suite.manifest().name() + ", " +
                       std::to_string(loaded.suite.samples_size()) + " samples, " +
                       loaded.suite.digest(),
                   loaded.warnings};
}

absl::StatusOr<Validated> ValidateSpec(const CliContext& context, const std::string& path) {
  SpecFlags flags;
  flags.target = path;
  ASSAY_ASSIGN_OR_RETURN(const SpecRequest request,
                         MakeSpec(flags, context.environment, SuiteScorersOf(context)));
  ASSAY_ASSIGN_OR_RETURN(const AcceptedRun accepted, Accept(context, request, "validate"));
  std::int64_t samples = 0;
  for (const v1::Suite& suite : accepted.record.suites()) samples += suite.samples_size();
  return Validated{"spec, " + std::to_string(samples) + " samples x " +
                       std::to_string(accepted.record.spec().models_size()) + " models, " +
                       std::to_string(accepted.units) + " units",
                   accepted.warnings};
}

}  // namespace

int ValidateCommand(const CliContext& context, const ValidateVerb& verb) {
  context.console->UseJson(verb.json);
  int exit_code = kExitOk;
  for (const std::string& path : verb.paths) {
    std::error_code ignored;
    const bool suite = std::filesystem::is_directory(path, ignored);
    const bool spec = path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json");
    const absl::StatusOr<Validated> valid =
        suite  ? ValidateSuite(path)
        : spec ? ValidateSpec(context, path)
               : absl::StatusOr<Validated>(InvalidArgument(
                     path + ": expected a spec file (.yaml, .yml, .json) or a suite folder"));
    OrderedJson record = {{"record", "validated"}, {"path", path}, {"ok", valid.ok()}};
    if (valid.ok()) {
      context.console->Say(path + ": ok: " + valid->what + "\n");
      PrintWarnings(context, valid->warnings);
      record["warnings"] = valid->warnings;
    } else {
      exit_code = std::max(exit_code, Fail(context, "validate", valid.status()));
      record["error"] = std::string(MessageOf(valid.status()));
    }
    context.console->Record(DumpJson(record));
  }
  return exit_code;
}

}  // namespace assay
