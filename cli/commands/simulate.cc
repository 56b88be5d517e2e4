#include <csignal>

#include "cli/commands/verbs.h"
#include "common/config/regular_file.h"
#include "simulator/simulator.h"

namespace assay {
namespace {

constexpr std::size_t kFaultScriptBytesMax = std::size_t{1} << 20;

absl::StatusOr<SimulatorOptions> OptionsOf(const CliContext& context, const SimulateVerb& verb) {
  SimulatorOptions options = verb.simulator;
  if (!verb.api_key_env.empty()) {
    const auto key = context.environment(verb.api_key_env);
    if (!key.has_value() || key->empty()) {
      return InvalidArgument("--api-key-env: environment variable " + verb.api_key_env +
                             " is not set");
    }
    options.api_key = *key;
  }
  if (!verb.faults_file.empty()) {
    ASSAY_ASSIGN_OR_RETURN(const std::string script,
                           ReadRegularFile(verb.faults_file, kFaultScriptBytesMax));
    ASSAY_ASSIGN_OR_RETURN(options.faults, ParseFaultScript(script, verb.faults_file));
  }
  return options;
}

}  // namespace

int SimulateCommand(const CliContext& context, const SimulateVerb& verb) {
  std::signal(SIGPIPE, SIG_IGN);
  const absl::StatusOr<SimulatorOptions> options = OptionsOf(context, verb);
  if (!options.ok()) return Fail(context, "simulate", options.status());
  auto simulator = Simulator::Start(*options);
  if (!simulator.ok()) return Fail(context, "simulate", simulator.status());
  context.console->Print((*simulator)->base_url() + "\n");
  context.console->Warn("A simulator, not a model. Ctrl-C stops it.\n");
  context.wait_for_interrupt(0);
  (*simulator)->Stop();
  return kExitOk;
}

}  // namespace assay
