#include "cli/commands/accept.h"
#include "cli/commands/run_session.h"
#include "cli/commands/verbs.h"
#include "cli/embedded/embedded_run.h"
#include "simulator/simulator.h"

namespace assay {
namespace {

constexpr char kExplanation[] =
    "Three simulated writers (one strong, one that stops early, one that repeats itself) answer "
    "the\n"
    "starter suite over loopback HTTP, and a simulated judge scores them by lexical rules. None "
    "of\n"
    "them is a model: this shows how Assay works, not how good anything is.\n\n";

SpecFlags QuickstartFlags(const QuickstartVerb& verb, const std::string& base_url) {
  SpecFlags flags;
  flags.target = "starter";
  flags.name = "quickstart";
  flags.models = {"sim/strong", "sim/short", "sim/repeat"};
  flags.judges = {"sim/judge"};
  flags.base_url = base_url;
  if (!verb.limit.empty()) flags.values.push_back({"--limit", verb.limit});
  return flags;
}

}  // namespace

int QuickstartCommand(const CliContext& context, const QuickstartVerb& verb) {
  context.console->UseJson(verb.json);
  auto simulator = Simulator::Start({});
  if (!simulator.ok()) return Fail(context, "quickstart", simulator.status());
  // A key or URL that the user has set for other servers is not for this one.
  const auto no_environment = [](const std::string&) { return std::optional<std::string>(); };
  const absl::StatusOr<SpecRequest> request = MakeSpec(
      QuickstartFlags(verb, (*simulator)->base_url()), no_environment, SuiteScorersOf(context));
  if (!request.ok()) return Fail(context, "quickstart", request.status());
  const absl::StatusOr<std::string> run_id = ChooseRunId(context, "");
  if (!run_id.ok()) return Fail(context, "quickstart", run_id.status());
  const absl::StatusOr<AcceptedRun> accepted = Accept(context, *request, *run_id);
  if (!accepted.ok()) return Fail(context, "quickstart", accepted.status());
  const absl::StatusOr<std::string> folder =
      CreateRunFolder(verb.output_dir, accepted->record,
                      [&](const std::string& path) { return CreateRun(path, accepted->record); });
  if (!folder.ok()) return Fail(context, "quickstart", folder.status());
  context.console->Say(kExplanation);
  SessionOptions session;
  session.run_folder = *folder;
  session.verb = "quickstart";
  session.spec = accepted->record.spec();
  const int exit_code = RunToItsEnd(context, session);
  context.console->Say("\nThe same with your own server:\n  " + context.program +
                       " run starter --model openai/NAME --base-url http://HOST:8000/v1 --judge "
                       "openai/JUDGE\n");
  return exit_code;
}

}  // namespace assay
