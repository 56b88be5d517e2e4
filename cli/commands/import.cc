#include <filesystem>

#include "absl/strings/str_format.h"
#include "cli/commands/dry_run.h"
#include "cli/commands/verbs.h"
#include "cli/terminal/progress_display.h"
#include "common/json/json.h"
#include "suites/benchmarks.h"
#include "suites/suite_loader.h"

namespace assay {
namespace {

std::string JudgeOf(const JudgeCost& cost) {
  if (cost.calls == 0) return "";
  return absl::StrFormat(
      "  its judge is asked, for one model: %s calls, about %s tokens in and %s out\n",
      ShortCount(static_cast<double>(cost.calls)),
      ShortCount(static_cast<double>(cost.input_tokens)),
      ShortCount(static_cast<double>(cost.output_tokens)));
}

}  // namespace

int ImportCommand(const CliContext& context, const ImportVerb& verb) {
  context.console->UseJson(verb.json);
  ImportRequest options;
  options.from = verb.from;
  options.to = verb.to.empty() ? SuitesFolder(context) : verb.to;
  options.replace = verb.force;
  options.references = verb.references;
  const auto imported = ImportBenchmark(verb.name, options);
  if (!imported.ok()) {
    const bool exists = absl::IsAlreadyExists(imported.status());
    return Fail(
        context, "import",
        exists ? AlreadyExists(std::string(MessageOf(imported.status())) + "; --force replaces it")
               : imported.status());
  }
  for (const ImportedSuite& suite : *imported) {
    const absl::StatusOr<LoadedSuite> loaded = LoadSuite(suite.folder);
    if (!loaded.ok()) return Fail(context, "import", loaded.status());
    const absl::StatusOr<JudgeCost> judge = EstimateJudge(loaded->suite);
    if (!judge.ok()) return Fail(context, "import", judge.status());
    const std::string target = verb.to.empty() ? suite.name : suite.folder;
    context.console->Say(suite.name + ": " + std::to_string(suite.samples) + " samples, " +
                         suite.digest + "\n  in " + suite.folder + "\n" +
                         (suite.note.empty() ? "" : "  note: " + suite.note + "\n") +
                         JudgeOf(*judge) + "  use it: " + context.program + " run " + target +
                         " --model openai/NAME ...\n");
    context.console->Record(DumpJson(OrderedJson{{"record", "imported"},
                                                 {"suite", suite.name},
                                                 {"folder", suite.folder},
                                                 {"samples", suite.samples},
                                                 {"digest", suite.digest},
                                                 {"note", suite.note},
                                                 {"judge_calls", judge->calls},
                                                 {"judge_input_tokens", judge->input_tokens},
                                                 {"judge_output_tokens", judge->output_tokens}}));
  }
  return kExitOk;
}

}  // namespace assay
