#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/log.h"
#include "judge/claims/factual_coverage.h"
#include "judge/engine/ask_items.h"

namespace assay {
namespace {

constexpr int kMaxCalls = 5000;
constexpr int kItemsPerCall = 10;
constexpr int kVeriScoreK = 17;  // VeriFastScore's published one

// What a preset leaves to the user.
absl::Status ApplyPreset(v1::FactualCoverageScorer& own) {
  const std::string& preset = own.preset();
  if (preset.empty()) return absl::OkStatus();
  static const std::vector<std::string> kPresets = {"factscore", "icat", "ragchecker", "refchecker",
                                                    "veriscore"};
  if (std::find(kPresets.begin(), kPresets.end(), preset) == kPresets.end()) {
    return InvalidArgument(absl::StrCat("factual_coverage.preset: \"", EscapeForTerminal(preset),
                                        "\" is not known, use one of ",
                                        absl::StrJoin(kPresets, ", ")));
  }
  if (preset == "veriscore" && own.k() == 0) own.set_k(kVeriScoreK);
  const bool precision_only =
      preset == "factscore" || preset == "refchecker" || preset == "veriscore";
  if (precision_only && own.aspects().empty()) own.set_aspects("none");
  if (preset == "ragchecker" && own.aspects().empty()) own.set_aspects("reference_claims");
  return absl::OkStatus();
}

template <typename... Words>
absl::Status OneOf(const std::string& field, const std::string& value, Words... words) {
  if (((value == words) || ...)) return absl::OkStatus();
  return InvalidArgument(absl::StrCat("factual_coverage.", field, ": \"", EscapeForTerminal(value),
                                      "\" is not one of ",
                                      absl::StrJoin(std::vector<std::string>{words...}, ", ")));
}

absl::Status Within(const std::string& field, int value, int least, int most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return InvalidArgument(absl::StrCat("factual_coverage.", field, ": ", value, " is not between ",
                                      least, " and ", most));
}

absl::Status Resolve(v1::ScorerSpec& scorer) {
  v1::FactualCoverageScorer& own = *scorer.mutable_factual_coverage();
  ASSAY_RETURN_IF_ERROR(ApplyPreset(own));
  if (own.evidence().empty()) own.set_evidence("references");
  ASSAY_RETURN_IF_ERROR(OneOf("evidence", own.evidence(), "references", "judge_knowledge"));
  if (!own.aspects().empty()) {
    ASSAY_RETURN_IF_ERROR(
        OneOf("aspects", own.aspects(), "given", "generated", "reference_claims", "none"));
  }
  if (!own.prompt_files().empty() || !own.prompts().empty()) {
    return InvalidArgument(
        "factual_coverage.prompt_files: prompts of published pipelines ask in other forms than "
        "items by id and cannot be used yet; leave them out");
  }
  if (own.sentences_per_call() == 0) own.set_sentences_per_call(6);
  if (own.claims_per_call() == 0) own.set_claims_per_call(9);
  if (own.passages_per_claim() == 0) own.set_passages_per_claim(3);
  if (own.passage_words() == 0) {
    own.set_passage_words(192);
    if (own.passage_overlap_words() == 0) own.set_passage_overlap_words(48);
  }
  ASSAY_RETURN_IF_ERROR(Within("k", own.k(), 0, 100000));
  ASSAY_RETURN_IF_ERROR(Within("sentences_per_call", own.sentences_per_call(), 1, 50));
  ASSAY_RETURN_IF_ERROR(Within("claims_per_call", own.claims_per_call(), 1, 50));
  ASSAY_RETURN_IF_ERROR(Within("passages_per_claim", own.passages_per_claim(), 1, 20));
  ASSAY_RETURN_IF_ERROR(Within("passage_words", own.passage_words(), 32, 512));
  ASSAY_RETURN_IF_ERROR(
      Within("passage_overlap_words", own.passage_overlap_words(), 0, own.passage_words() - 1));
  *own.mutable_asking() = ResolvedAsking(own.asking(), kMaxCalls, kItemsPerCall);
  return CheckAsking(own.asking(), "factual_coverage");
}

// The published pipeline's own score first.
std::vector<std::string> PresetMetrics(const std::string& preset) {
  if (preset == "icat") return {"icat_f1", "icat_fact", "icat_coverage"};
  if (preset == "factscore") return {"factscore", "factscore_init"};
  if (preset == "veriscore") return {"f1_at_k"};
  if (preset == "refchecker") {
    return {"refchecker_Entailment", "refchecker_Neutral", "refchecker_Contradiction"};
  }
  if (preset == "ragchecker") return {"ragchecker_f1", "ragchecker_precision", "ragchecker_recall"};
  return {};
}

std::vector<std::string> Metrics(const v1::ScorerSpec& scorer) {
  const v1::FactualCoverageScorer& own = scorer.factual_coverage();
  const bool has_aspects = own.aspects() != "none";
  std::vector<std::string> names = PresetMetrics(own.preset());
  if (has_aspects) names.emplace_back("f1");
  names.emplace_back("precision");
  if (has_aspects) names.emplace_back("coverage");
  if (own.k() > 0 && own.preset() != "veriscore") names.emplace_back("f1_at_k");
  for (const char* name :
       {"checked_fraction", "claims", "supported", "contradicted", "not_found", "unknown",
        "unverifiable", "duplicates", "dropped", "unparsed_groups", "claims_per_1000_words"}) {
    names.emplace_back(name);
  }
  if (has_aspects) names.emplace_back("aspects");
  return names;
}

}  // namespace

ScorerModule FactualCoverageModule() {
  ScorerModule module;
  module.type = v1::ScorerSpec::kFactualCoverage;
  module.version = kFactualCoverageVersion;
  module.judged_metric = "precision";
  module.probe_kinds = {"constant", "forged_rival", "anchor"};
  module.resolve = Resolve;
  module.metric_names = Metrics;
  module.cost = [](const v1::ScorerSpec& scorer, const v1::Sample& sample, std::int64_t words) {
    const bool knows = scorer.factual_coverage().evidence() == "judge_knowledge";
    if (!knows && sample.references().empty()) return JudgeCost{};
    // At 235 claims in 1,000 words; a text that states less costs less.
    const std::int64_t hundreds = words / 100 + 1;
    return JudgeCost{4 * hundreds, 10000 * hundreds, 1500 * hundreds};
  };
  module.make = [](const v1::UnitInputs& inputs) -> absl::StatusOr<std::unique_ptr<StepMachine>> {
    return std::unique_ptr<StepMachine>(std::make_unique<FactualCoverage>(inputs));
  };
  module.needs_preparation = [](const v1::ScorerSpec& scorer) {
    const std::string& aspects = scorer.factual_coverage().aspects();
    return aspects.empty() || aspects == "generated" || aspects == "reference_claims";
  };
  module.prepare =
      [](const v1::UnitInputs& inputs) -> absl::StatusOr<std::unique_ptr<StepMachine>> {
    return std::unique_ptr<StepMachine>(std::make_unique<AspectPreparation>(inputs));
  };
  return module;
}

}  // namespace assay
