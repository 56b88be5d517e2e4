#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/log.h"
#include "judge/claims/aspect_preparation.h"
#include "judge/claims/factual_coverage.h"
#include "judge/claims/published_prompts.h"
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

// What the published code sets, where the spec says nothing.
absl::Status ApplyPublished(v1::FactualCoverageScorer& own) {
  ASSAY_RETURN_IF_ERROR(CheckPublishedPrompts(own));
  if (own.evidence() == "judge_knowledge") {
    return InvalidArgument(
        "factual_coverage.evidence: \"judge_knowledge\" is none of the published pipelines'; leave "
        "it out, or leave prompt_files out");
  }
  const std::string& preset = own.preset();
  if (preset == "icat") {
    const bool generates =
        own.prompts().contains("aspects") || own.prompt_files().contains("aspects");
    if (own.aspects().empty() && !generates) own.set_aspects("given");
    if (own.aspects() == "generated" && !generates) {
      return InvalidArgument(
          "factual_coverage.prompt_files: aspects is missing: aspects: generated asks with it");
    }
    // Snippets of 128 words, 96 apart, the best ten.
    if (own.passage_words() == 0) {
      own.set_passage_words(128);
      own.set_passage_overlap_words(32);
    }
    if (own.passages_per_claim() == 0) own.set_passages_per_claim(10);
  }
  if (preset == "veriscore" && own.passages_per_claim() == 0) own.set_passages_per_claim(10);
  if (preset == "factscore" && own.passages_per_claim() == 0) own.set_passages_per_claim(5);
  const bool joint = preset == "refchecker" || preset == "ragchecker";
  if (joint && own.claims_per_call() == 0) own.set_claims_per_call(5);
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
  if (AsksAsPublished(own)) ASSAY_RETURN_IF_ERROR(ApplyPublished(own));
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
  const bool own_temperature = own.asking().sampling().has_temperature();
  *own.mutable_asking() = ResolvedAsking(own.asking(), kMaxCalls, kItemsPerCall);
  // Each published stage has its own (PublishedSampling).
  if (AsksAsPublished(own) && !own_temperature) {
    own.mutable_asking()->mutable_sampling()->clear_temperature();
  }
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

// Of the published pipelines as claims-and-judges.md section 5 has them, per 1,000 words.
JudgeCost PublishedCost(const std::string& preset, std::int64_t passages, std::int64_t words) {
  constexpr std::int64_t kClaims = 230;
  const std::int64_t thousands = words / 1000 + 1;
  if (preset == "factscore") return {285 * thousands, 360000 * thousands, 12000 * thousands};
  if (preset == "veriscore") return {180 * thousands, 1020000 * thousands, 9000 * thousands};
  // Joint checks: five claims a call against every passage.
  const std::int64_t checks = kClaims / 5 * thousands * std::max<std::int64_t>(1, passages);
  return {1 + checks, 1500 * checks, 7000 * thousands};
}

JudgeCost CostOf(const v1::ScorerSpec& scorer, const v1::Sample& sample, std::int64_t words) {
  const v1::FactualCoverageScorer& own = scorer.factual_coverage();
  const bool asks_own = !AsksAsPublished(own) || own.preset() == "icat";
  const bool against_answer = !asks_own && own.preset() == "ragchecker";
  if (against_answer ? sample.reference_answer().empty()
                     : own.evidence() != "judge_knowledge" && sample.references().empty()) {
    return {};
  }
  if (!asks_own) {
    return PublishedCost(own.preset(), against_answer ? 2 : sample.references_size(), words);
  }
  // At 235 claims in 1,000 words; a text that states less costs less.
  const std::int64_t hundreds = words / 100 + 1;
  return {4 * hundreds, 10000 * hundreds, 1500 * hundreds};
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
  module.cost = CostOf;
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
