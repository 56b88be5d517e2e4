#include <filesystem>

#include "cli/commands/verbs.h"
#include "common/json/json.h"
#include "suites/benchmarks.h"

namespace assay {

int ImportCommand(const CliContext& context, const ImportVerb& verb) {
  context.console->UseJson(verb.json);
  ImportRequest options;
  options.from = verb.from;
  options.to = verb.to.empty() ? SuitesFolder(context) : verb.to;
  options.replace = verb.force;
  const auto imported = ImportBenchmark(verb.name, options);
  if (!imported.ok()) {
    const bool exists = absl::IsAlreadyExists(imported.status());
    return Fail(
        context, "import",
        exists ? AlreadyExists(std::string(MessageOf(imported.status())) + "; --force replaces it")
               : imported.status());
  }
  for (const ImportedSuite& suite : *imported) {
    const std::string target = verb.to.empty() ? suite.name : suite.folder;
    context.console->Say(suite.name + ": " + std::to_string(suite.samples) + " samples, " +
                         suite.digest + "\n  in " + suite.folder + "\n  use it: " +
                         context.program + " run " + target + " --model openai/NAME ...\n");
    context.console->Record(DumpJson(OrderedJson{{"record", "imported"},
                                                 {"suite", suite.name},
                                                 {"folder", suite.folder},
                                                 {"samples", suite.samples},
                                                 {"digest", suite.digest}}));
  }
  return kExitOk;
}

}  // namespace assay
