#include "worker/strategy_registry.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/log.h"
#include "worker/agentwrite_strategy.h"
#include "worker/cogwriter_strategy.h"
#include "worker/direct_strategy.h"
#include "worker/longeval_strategy.h"
#include "worker/probe_text.h"
#include "worker/prompt_data.h"

namespace assay {
namespace {

constexpr char kDirect[] = "direct";

struct StrategyPrompt {
  std::string name;
  std::vector<std::string> placeholders;  // each must stand in it
  bool builtin = false;                   // worker/prompts/<name>.txt, unless another is given
};

struct StrategyParam {
  std::string name;
  int fallback = 0;
  int low = 0;
  int high = 0;
};

struct StrategyKind {
  std::string name;
  std::vector<StrategyPrompt> prompts;
  std::vector<StrategyParam> params;
  std::unique_ptr<StepMachine> (*make)(const v1::UnitInputs& inputs) = nullptr;
};

template <typename Machine>
std::unique_ptr<StepMachine> Make(const v1::UnitInputs& inputs) {
  return std::make_unique<Machine>(inputs);
}

// Sorted by name.
const std::vector<StrategyKind>& Kinds() {
  static const std::vector<StrategyKind>* const kKinds = new std::vector<StrategyKind>{
      {"agentwrite",
       {{"plan", {"$INST$"}, false}, {"write", {"$INST$", "$PLAN$", "$TEXT$", "$STEP$"}, false}},
       {{"max_steps", 50, 1, 1000}, {"max_tokens", 4096, 1, 1 << 20}},
       &Make<AgentWriteStrategy>},
      {"cogwriter-style",
       {{"plan", {"$TASK$"}, true},
        {"review_plan", {"$TASK$", "$PLAN$"}, true},
        {"write", {"$TASK$", "$PLAN$", "$NUMBER$", "$SECTION$", "$WORDS$"}, true},
        {"review", {"$TASK$", "$PLAN$", "$NUMBER$", "$SECTION$", "$LENGTH$", "$TEXT$"}, true}},
       {{"max_steps", 50, 1, 1000}, {"max_tokens", 4096, 1, 1 << 20}, {"reviews", 1, 0, 3}},
       &Make<CogWriterStrategy>},
      {kDirect, {}, {}, &Make<DirectStrategy>},
      {"longeval", {}, {{"max_tokens", 4154, 1, 1 << 20}}, &Make<LongEvalStrategy>},
  };
  return *kKinds;
}

const StrategyKind* FindKind(const std::string& name) {
  for (const StrategyKind& kind : Kinds()) {
    if (kind.name == (name.empty() ? kDirect : name)) return &kind;
  }
  return nullptr;
}

std::string BuiltinPrompt(const std::string& name) {
  for (const auto& [known, text] : WorkerPromptData()) {
    if (known == name) return text;
  }
  return "";
}

template <typename Known>
std::string ListOf(const std::vector<Known>& known) {
  if (known.empty()) return "none";
  return absl::StrJoin(known, ", ",
                       [](std::string* out, const Known& one) { absl::StrAppend(out, one.name); });
}

template <typename Known, typename Given>
absl::Status CheckNames(const std::vector<Known>& known, const Given& given, const char* field) {
  for (const auto& [name, value] : given) {
    const bool found = std::any_of(known.begin(), known.end(),
                                   [&name = name](const Known& one) { return one.name == name; });
    if (!found) {
      return InvalidArgument(absl::StrCat(field, ": \"", EscapeForTerminal(name),
                                          "\" is not known, expected ", ListOf(known)));
    }
  }
  return absl::OkStatus();
}

absl::Status ResolveParams(const StrategyKind& kind, v1::Strategy& strategy) {
  ASSAY_RETURN_IF_ERROR(CheckNames(kind.params, strategy.params().fields(), "params"));
  if (kind.params.empty()) {
    strategy.clear_params();
    return absl::OkStatus();
  }
  auto& fields = *strategy.mutable_params()->mutable_fields();
  for (const StrategyParam& param : kind.params) {
    if (!fields.contains(param.name)) fields[param.name].set_number_value(param.fallback);
    const google::protobuf::Value& value = fields[param.name];
    const double number = value.number_value();
    const bool whole =
        value.kind_case() == google::protobuf::Value::kNumberValue && number == std::floor(number);
    if (!whole || number < param.low || number > param.high) {
      return InvalidArgument(absl::StrCat("params.", param.name, ": expected a whole number from ",
                                          param.low, " to ", param.high));
    }
  }
  return absl::OkStatus();
}

absl::Status ResolvePrompts(const StrategyKind& kind, v1::Strategy& strategy) {
  ASSAY_RETURN_IF_ERROR(CheckNames(kind.prompts, strategy.prompts(), "prompts"));
  ASSAY_RETURN_IF_ERROR(CheckNames(kind.prompts, strategy.prompt_files(), "prompt_files"));
  for (const StrategyPrompt& prompt : kind.prompts) {
    if (strategy.prompt_files().contains(prompt.name)) continue;
    auto& prompts = *strategy.mutable_prompts();
    if (prompt.builtin && !prompts.contains(prompt.name)) {
      prompts[prompt.name] = BuiltinPrompt(prompt.name);
    }
    if (!prompts.contains(prompt.name)) {
      return InvalidArgument(absl::StrCat(
          "prompt_files.", prompt.name, ": is missing, expected the file of a prompt (strategy ",
          kind.name, " has no prompts of its own; an imported suite may bring them)"));
    }
    for (const std::string& placeholder : prompt.placeholders) {
      if (prompts[prompt.name].find(placeholder) != std::string::npos) continue;
      return InvalidArgument(
          absl::StrCat("prompts.", prompt.name, ": has no ", placeholder, " in it"));
    }
  }
  return absl::OkStatus();
}

bool HasPrompt(const v1::Sample& sample) {
  return !sample.prompt().empty() || sample.messages_size() > 0 ||
         !sample.completion().prompt().empty();
}

}  // namespace

std::vector<std::string> StrategyNames() {
  std::vector<std::string> names;
  for (const StrategyKind& kind : Kinds()) names.push_back(kind.name);
  return names;
}

absl::StatusOr<v1::Strategy> ResolveStrategy(v1::Strategy strategy) {
  const StrategyKind* kind = FindKind(strategy.name());
  if (kind == nullptr) {
    return InvalidArgument(absl::StrCat("name: there is no strategy \"",
                                        EscapeForTerminal(strategy.name()), "\", expected one of ",
                                        absl::StrJoin(StrategyNames(), ", ")));
  }
  strategy.set_name(kind->name);
  ASSAY_RETURN_IF_ERROR(ResolveParams(*kind, strategy));
  ASSAY_RETURN_IF_ERROR(ResolvePrompts(*kind, strategy));
  return strategy;
}

absl::StatusOr<std::unique_ptr<StepMachine>> MakeStrategy(const v1::UnitInputs& inputs) {
  if (inputs.unit().kind() != v1::UNIT_KIND_GENERATE) {
    return InvalidArgument("a worker makes generations; this unit is none");
  }
  if (inputs.model().has_probe()) return MakeProbe(inputs);
  const v1::Strategy& strategy = inputs.model().strategy();
  const absl::StatusOr<v1::Strategy> resolved = ResolveStrategy(strategy);
  if (!resolved.ok()) return Annotate(resolved.status(), "strategy");
  const StrategyKind& kind = *FindKind(strategy.name());
  const bool complete = resolved->params().fields_size() == strategy.params().fields_size() &&
                        resolved->prompts_size() == strategy.prompts_size() &&
                        resolved->prompt_files().empty();
  if (!complete) return InvalidArgument("strategy " + kind.name + " is not resolved");
  if (!HasPrompt(inputs.sample())) {
    return InvalidArgument("sample \"" + EscapeForTerminal(inputs.sample().id()) +
                           "\" has no prompt");
  }
  return kind.make(inputs);
}

}  // namespace assay
