#include "judge/claims/claim_scores.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "common/base/check.h"

namespace assay {
namespace {

double Ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }

bool Any(const std::vector<bool>& values) {
  return std::find(values.begin(), values.end(), true) != values.end();
}

double CountTrue(const std::vector<bool>& values) {
  return static_cast<double>(std::count(values.begin(), values.end(), true));
}

// Of a response's claims: entailed by a passage that entails, or does not entail, a claim of the
// reference answer.
struct Grounding {
  bool faithful = false;
  bool in_relevant = false;
  bool in_irrelevant = false;
};

Grounding GroundingOf(const std::vector<bool>& in_passages, const std::vector<bool>& relevant) {
  Grounding grounding;
  for (std::size_t p = 0; p < in_passages.size(); ++p) {
    if (!in_passages[p]) continue;
    grounding.faithful = true;
    const bool is_relevant = p < relevant.size() && relevant[p];
    (is_relevant ? grounding.in_relevant : grounding.in_irrelevant) = true;
  }
  return grounding;
}

std::vector<bool> RelevantPassages(const std::vector<std::vector<bool>>& answer_in_passages) {
  std::vector<bool> relevant;
  for (const std::vector<bool>& claim : answer_in_passages) {
    relevant.resize(std::max(relevant.size(), claim.size()));
    for (std::size_t p = 0; p < claim.size(); ++p) relevant[p] = relevant[p] || claim[p];
  }
  return relevant;
}

void AddGeneratorMetrics(const RagInputs& inputs, const std::vector<bool>& relevant,
                         std::map<std::string, double>& metrics) {
  const auto claims = static_cast<double>(inputs.response_in_passages.size());
  double faithful = 0;
  double hallucinated = 0;
  double own_knowledge = 0;
  double noise_relevant = 0;
  double noise_irrelevant = 0;
  for (std::size_t i = 0; i < inputs.response_in_passages.size(); ++i) {
    const Grounding grounding = GroundingOf(inputs.response_in_passages[i], relevant);
    const bool correct = inputs.response_in_answer[i];
    if (grounding.faithful) ++faithful;
    if (!grounding.faithful) ++(correct ? own_knowledge : hallucinated);
    if (correct || !grounding.faithful) continue;
    ++(grounding.in_relevant ? noise_relevant : noise_irrelevant);
  }
  metrics["faithfulness"] = Ratio(faithful, claims);
  metrics["hallucination"] = Ratio(hallucinated, claims);
  metrics["self_knowledge"] = Ratio(own_knowledge, claims);
  metrics["noise_sensitivity_in_relevant"] = Ratio(noise_relevant, claims);
  metrics["noise_sensitivity_in_irrelevant"] = Ratio(noise_irrelevant, claims);
}

}  // namespace

std::string_view ClaimLabelName(ClaimLabel label) {
  switch (label) {
    case ClaimLabel::kSupported:
      return "supported";
    case ClaimLabel::kContradicted:
      return "contradicted";
    case ClaimLabel::kNotFound:
      return "not_found";
    case ClaimLabel::kUnknown:
      return "unknown";
  }
  return "unknown";
}

void ClaimCounts::Add(ClaimLabel label) {
  switch (label) {
    case ClaimLabel::kSupported:
      ++supported;
      break;
    case ClaimLabel::kContradicted:
      ++contradicted;
      break;
    case ClaimLabel::kNotFound:
      ++not_found;
      break;
    case ClaimLabel::kUnknown:
      ++unknown;
      break;
  }
}

double HarmonicMean(double precision, double recall) {
  return Ratio(2 * precision * recall, precision + recall);
}

std::optional<double> CheckedPrecision(const ClaimCounts& counts) {
  if (counts.checked() == 0) return std::nullopt;
  return Ratio(counts.supported, counts.checked());
}

double F1AtK(int supported, int not_supported, int k) {
  ASSAY_CHECK(k >= 1);
  if (supported == 0) return 0;
  return HarmonicMean(Ratio(supported, supported + not_supported),
                      std::min(1.0, Ratio(supported, k)));
}

int PooledMedianK(std::vector<int> claims) {
  ASSAY_CHECK(!claims.empty());
  std::sort(claims.begin(), claims.end());
  return claims[claims.size() / 2];
}

double LengthPenalty(int claims, double gamma) {
  if (claims <= 0) return 0;
  if (claims > gamma) return 1;
  return std::exp(1 - gamma / claims);
}

IcatScores IcatOf(int supported, int claims, int covered, int aspects) {
  IcatScores scores;
  scores.fact = Ratio(supported, claims);
  scores.coverage = Ratio(covered, aspects);
  scores.f1 = HarmonicMean(scores.fact, scores.coverage);
  return scores;
}

std::string_view EntailmentName(Entailment label) {
  switch (label) {
    case Entailment::kEntailment:
      return "Entailment";
    case Entailment::kNeutral:
      return "Neutral";
    case Entailment::kContradiction:
      return "Contradiction";
    case Entailment::kAbstain:
      return "Abstain";
  }
  return "Abstain";
}

Entailment StrictVerdict(std::span<const Entailment> claims) {
  if (claims.empty()) return Entailment::kAbstain;
  for (const Entailment worst : {Entailment::kContradiction, Entailment::kNeutral}) {
    if (std::find(claims.begin(), claims.end(), worst) != claims.end()) return worst;
  }
  return Entailment::kEntailment;
}

Entailment MajorityVerdict(std::span<const Entailment> claims) {
  Entailment best = Entailment::kAbstain;
  std::ptrdiff_t most = 0;
  for (const Entailment label : claims) {
    const auto votes = std::count(claims.begin(), claims.end(), label);
    if (votes <= most) continue;
    most = votes;
    best = label;
  }
  return best;
}

Entailment MergedOverSegments(std::span<const Entailment> segments) {
  for (const Entailment first : {Entailment::kEntailment, Entailment::kContradiction}) {
    if (std::find(segments.begin(), segments.end(), first) != segments.end()) return first;
  }
  return Entailment::kNeutral;
}

std::optional<double> SoftRatio(std::span<const Entailment> claims, Entailment label) {
  if (claims.empty()) return std::nullopt;
  return static_cast<double>(std::count(claims.begin(), claims.end(), label)) /
         static_cast<double>(claims.size());
}

std::map<std::string, double> RagMetrics(const RagInputs& inputs) {
  std::map<std::string, double> metrics;
  const double response_claims = static_cast<double>(inputs.response_in_answer.size());
  const double answer_claims = static_cast<double>(inputs.answer_in_response.size());
  metrics["precision"] = Ratio(CountTrue(inputs.response_in_answer), response_claims);
  metrics["recall"] = Ratio(CountTrue(inputs.answer_in_response), answer_claims);
  metrics["f1"] = HarmonicMean(metrics["precision"], metrics["recall"]);
  double retrieved = 0;
  double used = 0;
  for (std::size_t i = 0; i < inputs.answer_in_passages.size(); ++i) {
    if (!Any(inputs.answer_in_passages[i])) continue;
    ++retrieved;
    if (inputs.answer_in_response[i]) ++used;
  }
  metrics["claim_recall"] = Ratio(retrieved, answer_claims);
  metrics["context_utilization"] = Ratio(used, retrieved);
  const std::vector<bool> relevant = RelevantPassages(inputs.answer_in_passages);
  metrics["context_precision"] = Ratio(CountTrue(relevant), static_cast<double>(relevant.size()));
  AddGeneratorMetrics(inputs, relevant, metrics);
  return metrics;
}

double MaxOverChunks(std::span<const double> chunk_scores) {
  ASSAY_CHECK(!chunk_scores.empty());
  return *std::max_element(chunk_scores.begin(), chunk_scores.end());
}

std::optional<bool> AllClaimsTrue(std::span<const std::optional<bool>> claims) {
  bool unknown = false;
  for (const std::optional<bool>& claim : claims) {
    if (claim == false) return false;
    unknown = unknown || !claim.has_value();
  }
  if (unknown) return std::nullopt;
  return true;
}

ClaimLabel VerdictOfStances(std::span<const std::string> stances) {
  const auto has = [&](std::string_view stance) {
    return std::find(stances.begin(), stances.end(), stance) != stances.end();
  };
  const bool complete = has("completely-support");
  const bool partial = has("partially-support");
  const bool refuted = has("refute");
  if (complete && !refuted) return ClaimLabel::kSupported;
  if (refuted && !complete) return ClaimLabel::kContradicted;
  if (complete || partial) return ClaimLabel::kUnknown;
  return ClaimLabel::kNotFound;
}

}  // namespace assay
