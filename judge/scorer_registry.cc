#include "judge/scorer_registry.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/log.h"
#include "google/protobuf/util/message_differencer.h"
#include "judge/benchmarks/benchmark_scorers.h"
#include "judge/claims/factual_coverage.h"
#include "judge/coherence/coherence_scoring.h"
#include "judge/constraints/constraint_scoring.h"
#include "judge/length_scorer.h"
#include "judge/repetition_scorer.h"
#include "judge/rubric/criteria_scoring.h"
#include "judge/rubric_module.h"

namespace assay {
namespace {

using google::protobuf::util::MessageDifferencer;

const std::vector<ScorerModule>& Modules() {
  static const std::vector<ScorerModule>* const kModules = new std::vector<ScorerModule>{
      LengthModule(),    RepetitionModule(),  RubricModule(),
      CoherenceModule(), ConstraintsModule(), FactualCoverageModule()};
  return *kModules;
}

// Benchmarks are told apart by name; each has a module of its own.
const ScorerModule* ModuleOf(const v1::ScorerSpec& scorer) {
  if (scorer.has_benchmark()) return FindBenchmarkScorer(scorer.benchmark().name());
  const auto& modules = Modules();
  const auto found = std::find_if(modules.begin(), modules.end(), [&](const ScorerModule& module) {
    return module.type == scorer.type_case();
  });
  return found == modules.end() ? nullptr : &*found;
}

std::string TypeName(v1::ScorerSpec::TypeCase type) {
  const auto* field = v1::ScorerSpec::descriptor()->FindFieldByNumber(static_cast<int>(type));
  return field == nullptr ? "" : field->name();
}

// Every scorer that needs no call, in one step.
class RuleScoring : public StepMachine {
 public:
  explicit RuleScoring(const v1::UnitInputs& inputs) : inputs_(inputs) {}

  absl::StatusOr<Step> Advance(std::span<const CallOutcome>) override {
    Step step;
    v1::Envelope& envelope = step.result.emplace();
    for (const v1::ScorerSpec& scorer : inputs_.scorers()) {
      *envelope.add_verdicts() = ModuleOf(scorer)->score(scorer, inputs_);
    }
    // The unit's outcome is the best of its verdicts'; each verdict has its own.
    envelope.set_outcome(v1::OUTCOME_NOT_APPLICABLE);
    for (const v1::Verdict& verdict : envelope.verdicts()) {
      if (verdict.outcome() == v1::OUTCOME_SCORED) envelope.set_outcome(v1::OUTCOME_SCORED);
    }
    return step;
  }

 private:
  const v1::UnitInputs& inputs_;
};

absl::Status Unusable(const v1::ScorerSpec& scorer, std::string_view problem) {
  return InvalidArgument(absl::StrCat("scorer \"", scorer.id(), "\": ", std::string(problem)));
}

absl::StatusOr<std::unique_ptr<StepMachine>> MakeRuleScoring(const v1::UnitInputs& inputs) {
  if (inputs.scorers().empty()) return InvalidArgument("a scoring unit without a scorer");
  for (const v1::ScorerSpec& scorer : inputs.scorers()) {
    const ScorerModule* module = ModuleOf(scorer);
    if (module == nullptr) return Unusable(scorer, "no type");
    if (module->score == nullptr) return Unusable(scorer, "needs a judge, in a unit without one");
    v1::ScorerSpec again = scorer;
    const absl::Status resolved = module->resolve(again);
    if (!resolved.ok() || !MessageDifferencer::Equals(again, scorer)) {
      return Unusable(scorer, "not resolved");
    }
  }
  return std::unique_ptr<StepMachine>(std::make_unique<RuleScoring>(inputs));
}

// The one judged scorer of a unit that makes calls.
absl::StatusOr<const ScorerModule*> JudgedModule(const v1::UnitInputs& inputs) {
  if (inputs.scorers_size() != 1) return InvalidArgument("a judged unit has exactly one scorer");
  const v1::ScorerSpec& scorer = inputs.scorers(0);
  const ScorerModule* module = ModuleOf(scorer);
  if (module == nullptr || module->make == nullptr) return Unusable(scorer, "asks no judge");
  if (module->programs_only) return module;
  if (!inputs.has_judge()) return Unusable(scorer, "no judge");
  if (scorer.compat() != v1::COMPAT_OFFICIAL && inputs.run_secret().empty()) {
    return Unusable(scorer, "strict judging needs the run's secret");
  }
  return module;
}

absl::StatusOr<std::unique_ptr<StepMachine>> MakePreparation(const v1::UnitInputs& inputs) {
  ASSAY_ASSIGN_OR_RETURN(const ScorerModule* module, JudgedModule(inputs));
  if (module->prepare == nullptr) return Unusable(inputs.scorers(0), "prepares nothing");
  return module->prepare(inputs);
}

}  // namespace

absl::StatusOr<std::unique_ptr<StepMachine>> MakeScorer(const v1::UnitInputs& inputs) {
  switch (inputs.unit().kind()) {
    case v1::UNIT_KIND_SCORE_RULES:
      return MakeRuleScoring(inputs);
    case v1::UNIT_KIND_SCORE_JUDGED:
    case v1::UNIT_KIND_SCORE_PROGRAMS: {
      ASSAY_ASSIGN_OR_RETURN(const ScorerModule* module, JudgedModule(inputs));
      return module->make(inputs);
    }
    case v1::UNIT_KIND_PREPARE:
      return MakePreparation(inputs);
    default:
      return InvalidArgument("not a scoring unit");
  }
}

bool ScorerNeedsCalls(const v1::ScorerSpec& scorer) {
  const ScorerModule* module = ModuleOf(scorer);
  return module != nullptr && module->make != nullptr;
}

bool ScorerNeedsPreparation(const v1::ScorerSpec& scorer) {
  const ScorerModule* module = ModuleOf(scorer);
  return module != nullptr && module->needs_preparation != nullptr &&
         module->needs_preparation(scorer);
}

std::optional<JudgeCost> ExpectedJudgeCost(const v1::ScorerSpec& scorer, const v1::Sample& sample,
                                           std::int64_t words) {
  const ScorerModule* module = ModuleOf(scorer);
  if (module == nullptr || module->cost == nullptr) return std::nullopt;
  const JudgeCost cost = module->cost(scorer, sample, words);
  return cost.calls < 0 ? std::nullopt : std::optional<JudgeCost>(cost);
}

absl::StatusOr<v1::ScorerSpec> ResolveScorer(v1::ScorerSpec scorer) {
  if (scorer.id().empty()) {
    const std::string& benchmark = scorer.benchmark().name();
    scorer.set_id(benchmark.empty() ? TypeName(scorer.type_case()) : benchmark);
  }
  const std::string who = absl::StrCat("scorer \"", EscapeForTerminal(scorer.id()), "\"");
  const ScorerModule* module = ModuleOf(scorer);
  if (module == nullptr && scorer.has_benchmark()) {
    return InvalidArgument(absl::StrCat(who, ": benchmark.name: there is no scorer \"",
                                        EscapeForTerminal(scorer.benchmark().name()),
                                        "\", expected one of ",
                                        absl::StrJoin(BenchmarkScorerNames(), ", ")));
  }
  if (module == nullptr) {
    std::vector<std::string> names;
    for (const ScorerModule& known : Modules()) names.push_back(TypeName(known.type));
    return InvalidArgument(
        absl::StrCat(who, ": no type, expected one of ", absl::StrJoin(names, ", ")));
  }
  const absl::Status resolved = module->resolve(scorer);
  if (!resolved.ok()) return Annotate(resolved, who);
  scorer.clear_accepted();
  if (module->make == nullptr) return scorer;
  v1::AcceptedScorer& accepted = *scorer.mutable_accepted();
  accepted.set_judged(!module->programs_only);
  accepted.set_runs_programs(module->programs_only);
  accepted.set_prepares(ScorerNeedsPreparation(scorer));
  accepted.set_judged_metric(module->judged_metric);
  for (const char* kind : module->probe_kinds) accepted.add_probe_kinds(kind);
  if (module->accept != nullptr) module->accept(scorer, accepted);
  return scorer;
}

std::vector<std::string> MetricNames(const v1::ScorerSpec& scorer) {
  const ScorerModule* module = ModuleOf(scorer);
  return module == nullptr ? std::vector<std::string>() : module->metric_names(scorer);
}

std::string ScorerVersion(const v1::ScorerSpec& scorer) {
  if (IsCriteriaMethod(scorer.rubric().method())) return kCriteriaVersion;
  const ScorerModule* module = ModuleOf(scorer);
  return module == nullptr ? "" : module->version;
}

}  // namespace assay
