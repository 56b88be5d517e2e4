#include "worker/strategy_registry.h"

#include "common/base/log.h"
#include "worker/direct_strategy.h"
#include "worker/probe_text.h"

namespace assay {
namespace {

constexpr char kDirect[] = "direct";

bool HasPrompt(const v1::Sample& sample) {
  return !sample.prompt().empty() || sample.messages_size() > 0 ||
         !sample.completion().prompt().empty();
}

}  // namespace

std::vector<std::string> StrategyNames() { return {kDirect}; }

absl::StatusOr<std::unique_ptr<StepMachine>> MakeStrategy(const v1::UnitInputs& inputs) {
  if (inputs.unit().kind() != v1::UNIT_KIND_GENERATE) {
    return InvalidArgument("a worker makes generations; this unit is none");
  }
  if (inputs.model().has_probe()) return MakeProbe(inputs);
  const v1::Strategy& strategy = inputs.model().strategy();
  const std::string name = strategy.name().empty() ? kDirect : strategy.name();
  if (name != kDirect) {
    return InvalidArgument("no strategy \"" + EscapeForTerminal(name) + "\"; there is: direct");
  }
  if (strategy.params().fields_size() > 0) {
    return InvalidArgument("strategy direct has no parameters");
  }
  if (!HasPrompt(inputs.sample())) {
    return InvalidArgument("sample \"" + EscapeForTerminal(inputs.sample().id()) +
                           "\" has no prompt");
  }
  return std::make_unique<DirectStrategy>(inputs);
}

}  // namespace assay
