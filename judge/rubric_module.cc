#include "judge/rubric_module.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/log.h"
#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "judge/rubric/criteria_scoring.h"
#include "judge/rubric_presets.h"
#include "judge/rubric_prompt.h"
#include "judge/rubric_scoring.h"

namespace assay {
namespace {

constexpr int kMaxTries = 20;
constexpr int kMaxDimensions = 50;
constexpr std::size_t kMaxNameBytes = 100;
constexpr int kMaxScale = 1000;

// Names of keys and scores that a dimension may not take.
constexpr const char* kReservedNames[] = {"S_q", "nonce", "analysis", "Analysis"};

std::string Quoted(std::string_view text) {
  return absl::StrCat("\"", EscapeForTerminal(text), "\"");
}

absl::Status FieldError(std::string_view field, const std::string& problem) {
  return InvalidArgument(absl::StrCat(std::string(field), ": ", problem));
}

// Scalars of `own` win; its dimensions replace the preset's.
v1::RubricScorer Overlaid(v1::RubricScorer preset, const v1::RubricScorer& own) {
  if (own.dimensions_size() > 0) preset.clear_dimensions();
  if (own.scale_min() != 0 || own.scale_max() != 0) {
    preset.set_scale_min(own.scale_min());
    preset.set_scale_max(own.scale_max());
  }
  preset.MergeFrom(own);
  return preset;
}

v1::RubricScorer WithoutPreset() {
  v1::RubricScorer rubric;
  rubric.set_instruction_placeholder("$INST$");
  rubric.set_response_placeholder("$RESPONSE$");
  rubric.set_scale_min(1);
  rubric.set_scale_max(5);
  rubric.set_max_tries(3);
  rubric.set_json_schema(false);
  return rubric;
}

absl::Status ApplyPreset(v1::RubricScorer& rubric) {
  const bool own_prompt = !rubric.prompt().empty() || !rubric.prompt_file().empty();
  if (rubric.preset().empty() && !own_prompt) rubric.set_preset("general");
  if (rubric.preset().empty()) {
    rubric = Overlaid(WithoutPreset(), rubric);
    return absl::OkStatus();
  }
  std::optional<v1::RubricScorer> preset = RubricPreset(rubric.preset());
  if (!preset) {
    return FieldError("rubric.preset",
                      absl::StrCat(Quoted(rubric.preset()), " is not known, use one of ",
                                   absl::StrJoin(RubricPresetNames(), ", ")));
  }
  rubric = Overlaid(*std::move(preset), rubric);
  if (own_prompt) return absl::OkStatus();
  const std::string source = PromptSource(rubric.preset());
  if (!source.empty()) {
    return FieldError(
        "rubric.prompt_file",
        absl::StrCat("preset ", rubric.preset(), " needs the prompt of the benchmark: ", source));
  }
  return absl::OkStatus();
}

absl::Status CheckDimensions(const v1::RubricScorer& rubric) {
  if (rubric.dimensions().empty()) {
    return FieldError("rubric.dimensions", "empty, expected the keys of the judge's reply");
  }
  if (rubric.dimensions_size() > kMaxDimensions) {
    return FieldError("rubric.dimensions", absl::StrCat("more than ", kMaxDimensions));
  }
  std::set<std::string> seen;
  for (int i = 0; i < rubric.dimensions_size(); ++i) {
    const std::string& name = rubric.dimensions(i).name();
    const std::string field = absl::StrCat("rubric.dimensions[", i, "].name");
    const std::string normal = NormalizeForMatch(name);
    if (normal.empty() || name.size() > kMaxNameBytes || !IsValidUtf8(name)) {
      return FieldError(field, absl::StrCat("expected 1 to ", kMaxNameBytes, " bytes of UTF-8"));
    }
    for (const char* reserved : kReservedNames) {
      if (normal == reserved) return FieldError(field, Quoted(name) + " is reserved");
    }
    if (!seen.insert(normal).second) return FieldError(field, Quoted(name) + " stands there twice");
  }
  return absl::OkStatus();
}

absl::Status CheckScale(const v1::RubricScorer& rubric) {
  if (rubric.scale_min() >= rubric.scale_max() || rubric.scale_min() < -kMaxScale ||
      rubric.scale_max() > kMaxScale) {
    return FieldError("rubric.scale_min, scale_max",
                      absl::StrCat(rubric.scale_min(), " to ", rubric.scale_max(),
                                   " is no scale within -", kMaxScale, " and ", kMaxScale));
  }
  return absl::OkStatus();
}

absl::Status CheckNumbers(const v1::RubricScorer& rubric) {
  ASSAY_RETURN_IF_ERROR(CheckScale(rubric));
  if (rubric.max_tries() < 1 || rubric.max_tries() > kMaxTries) {
    return FieldError("rubric.max_tries",
                      absl::StrCat(rubric.max_tries(), " is not between 1 and ", kMaxTries));
  }
  if (rubric.instruction_placeholder() == rubric.response_placeholder()) {
    return FieldError("rubric.response_placeholder", "same as the instruction's");
  }
  return absl::OkStatus();
}

absl::Status CheckPrompt(const v1::RubricScorer& rubric) {
  const std::string& prompt = rubric.prompt();
  if (prompt.empty()) return absl::OkStatus();
  if (const std::optional<std::size_t> bad = ValidateUtf8(prompt)) {
    return FieldError("rubric.prompt", absl::StrCat("not UTF-8 at byte ", *bad));
  }
  for (const std::string& placeholder :
       {rubric.instruction_placeholder(), rubric.response_placeholder()}) {
    if (prompt.find(placeholder) == std::string::npos) {
      return FieldError("rubric.prompt", "does not contain the placeholder " + Quoted(placeholder));
    }
  }
  const std::string lower = absl::AsciiStrToLower(prompt);
  if (lower.find(absl::AsciiStrToLower(std::string(kFenceWord))) != std::string::npos) {
    return FieldError("rubric.prompt", absl::StrCat("contains ", std::string(kFenceWord),
                                                    ", which marks the text to judge"));
  }
  return absl::OkStatus();
}

// Of the methods on criteria: what belongs to the one call of "dimensions" is refused, not ignored.
absl::Status ResolveCriteria(v1::ScorerSpec& scorer) {
  v1::RubricScorer& rubric = *scorer.mutable_rubric();
  if (scorer.compat() == v1::COMPAT_OFFICIAL) {
    return FieldError("rubric.method", Quoted(rubric.method()) + " has no official mode");
  }
  const bool own_prompt = !rubric.prompt().empty() || !rubric.prompt_file().empty();
  if (!rubric.preset().empty() || own_prompt || rubric.dimensions_size() > 0 ||
      rubric.max_tries() != 0 || rubric.has_json_schema() || rubric.has_sampling()) {
    return FieldError("rubric.method",
                      absl::StrCat(Quoted(rubric.method()),
                                   " takes no preset, prompt, dimensions, max_tries, json_schema "
                                   "or sampling: how it asks is in rubric.asking"));
  }
  const bool rates = rubric.method() == "weighted" || rubric.method() == "relative";
  const bool scale_given = rubric.scale_min() != 0 || rubric.scale_max() != 0;
  if (scale_given && !rates) {
    return FieldError("rubric.scale_min, scale_max", Quoted(rubric.method()) + " has no scale");
  }
  if (rates && !scale_given) {
    rubric.set_scale_min(rubric.method() == "weighted" ? 1 : 0);
    rubric.set_scale_max(10);
  }
  if (rates) ASSAY_RETURN_IF_ERROR(CheckScale(rubric));
  *rubric.mutable_asking() = ResolvedAsking(rubric.asking(), kCriteriaMaxCalls, kCriteriaPerCall);
  return CheckAsking(rubric.asking(), "rubric");
}

absl::Status ResolveRubric(v1::ScorerSpec& scorer) {
  v1::RubricScorer& rubric = *scorer.mutable_rubric();
  if (IsCriteriaMethod(rubric.method())) return ResolveCriteria(scorer);
  if (!rubric.method().empty() && rubric.method() != "dimensions") {
    return FieldError("rubric.method",
                      absl::StrCat(Quoted(rubric.method()),
                                   " is not known, use one of dimensions, checklist, weighted, "
                                   "points, relative"));
  }
  if (rubric.has_asking()) {
    return FieldError("rubric.asking", "only methods on criteria have it");
  }
  if (scorer.compat() == v1::COMPAT_OFFICIAL && rubric.has_json_schema() && rubric.json_schema() &&
      rubric.preset() != "general") {
    return FieldError("rubric.json_schema", "official mode asks for no structured output");
  }
  ASSAY_RETURN_IF_ERROR(ApplyPreset(rubric));
  ASSAY_RETURN_IF_ERROR(CheckDimensions(rubric));
  ASSAY_RETURN_IF_ERROR(CheckNumbers(rubric));
  if (rubric.prompt().empty() && rubric.prompt_file().empty()) {
    rubric.set_prompt(GeneralPrompt(rubric));
  }
  return CheckPrompt(rubric);
}

// Groups and tags come from the samples, and their scores with them.
std::vector<std::string> CriteriaMetrics(const v1::RubricScorer& rubric) {
  if (rubric.method() == "relative") {
    return {"rubric", "flip_rate", "criteria", "unjudged_criteria"};
  }
  return {"rubric", "criteria", "unjudged_criteria"};
}

std::vector<std::string> Metrics(const v1::ScorerSpec& scorer) {
  if (IsCriteriaMethod(scorer.rubric().method())) return CriteriaMetrics(scorer.rubric());
  std::vector<std::string> names;
  for (const v1::RubricDimension& dimension : scorer.rubric().dimensions()) {
    names.push_back(dimension.name());
  }
  names.push_back("S_q");
  return names;
}

absl::Status Unusable(const v1::ScorerSpec& scorer, std::string_view problem) {
  return InvalidArgument(absl::StrCat("scorer \"", scorer.id(), "\": ", std::string(problem)));
}

absl::StatusOr<std::unique_ptr<StepMachine>> Make(const v1::UnitInputs& inputs) {
  const v1::ScorerSpec& scorer = inputs.scorers(0);
  const v1::RubricScorer& rubric = scorer.rubric();
  if (IsCriteriaMethod(rubric.method())) {
    if (rubric.asking().max_calls() < 1 || scorer.compat() == v1::COMPAT_OFFICIAL) {
      return Unusable(scorer, "the rubric is not resolved");
    }
    return std::unique_ptr<StepMachine>(std::make_unique<CriteriaScoring>(inputs));
  }
  if (rubric.prompt().empty()) return Unusable(scorer, "rubric.prompt is empty");
  if (rubric.dimensions().empty() || rubric.max_tries() < 1 ||
      rubric.scale_min() >= rubric.scale_max() || rubric.instruction_placeholder().empty() ||
      rubric.response_placeholder().empty()) {
    return Unusable(scorer, "the rubric is not resolved");
  }
  return std::unique_ptr<StepMachine>(std::make_unique<RubricScoring>(inputs));
}

// Beside itself no text is better than the reference: relative rubrics have no anchor.
void Accept(const v1::ScorerSpec& scorer, v1::AcceptedScorer& accepted) {
  if (!IsCriteriaMethod(scorer.rubric().method())) return;
  accepted.set_judged_metric("rubric");
  if (scorer.rubric().method() == "relative") accepted.mutable_probe_kinds()->RemoveLast();
}

// By construction, not by measurement: criteria in batches, for every part of the text.
JudgeCost Cost(const v1::ScorerSpec& scorer, const v1::Sample& sample, std::int64_t words) {
  if (!IsCriteriaMethod(scorer.rubric().method())) return {.calls = -1};
  const std::int64_t criteria = sample.criteria_size();
  if (criteria == 0) return {};
  const std::int64_t parts = words / 2500 + 1;
  const std::int64_t batches = (criteria + scorer.rubric().asking().items_per_call() - 1) /
                               std::max(1, scorer.rubric().asking().items_per_call());
  const std::int64_t times = scorer.rubric().method() == "relative" ? 2 : 1;
  JudgeCost cost;
  cost.calls = parts * batches * times * std::max(1, scorer.rubric().asking().repeats());
  cost.input_tokens = cost.calls * (times * words * 4 / 3 / parts + 900) + times * criteria * 40;
  cost.output_tokens = times * criteria * parts * 70;
  return cost;
}

}  // namespace

ScorerModule RubricModule() {
  ScorerModule module;
  module.type = v1::ScorerSpec::kRubric;
  module.version = kRubricVersion;
  module.resolve = ResolveRubric;
  module.metric_names = Metrics;
  module.judged_metric = "S_q";
  module.probe_kinds = {"constant", "prompt_copy", "forged_rival", "anchor"};
  module.accept = Accept;
  module.cost = Cost;
  module.make = Make;
  return module;
}

}  // namespace assay
