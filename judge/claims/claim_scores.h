// What verdicts on claims add up to, as the published pipelines define it and as we do. Every value
// is a fraction of 0..1. Formulas: reference claims-and-judges.md sections 2 to 4. Pure functions,
// thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

enum class ClaimLabel { kSupported, kContradicted, kNotFound, kUnknown };

std::string_view ClaimLabelName(ClaimLabel label);  // "supported", "not_found", ...

struct ClaimCounts {
  int supported = 0;
  int contradicted = 0;
  int not_found = 0;
  int unknown = 0;  // no usable verdict: not checked

  int checked() const { return supported + contradicted + not_found; }
  int claims() const { return checked() + unknown; }
  void Add(ClaimLabel label);
};

// 2pr / (p + r); 0 when both are 0.
double HarmonicMean(double precision, double recall);

// supported / checked; nullopt when nothing was checked.
std::optional<double> CheckedPrecision(const ClaimCounts& counts);

// SAFE and VeriScore: P = supported / all, R = min(1, supported / K), their harmonic mean; 0 when
// nothing is supported. `not_supported` leaves out irrelevant claims. REQUIRES: k >= 1.
double F1AtK(int supported, int not_supported, int k);

// VeriScore's K: element n/2 of the sorted numbers of claims of all responses compared (the upper
// median). Makes a score depend on other runs: for reports only. REQUIRES: not empty.
int PooledMedianK(std::vector<int> claims);

// FActScore: exp(1 - gamma / n) for n <= gamma, else 1. 0 claims: 0.
double LengthPenalty(int claims, double gamma);

// ICAT: S_fact = supported / claims (0 without claims), S_cov = covered / aspects (0 without), and
// their harmonic mean.
struct IcatScores {
  double fact = 0;
  double coverage = 0;
  double f1 = 0;
};
IcatScores IcatOf(int supported, int claims, int covered, int aspects);

// RefChecker: triplets against a reference.
enum class Entailment { kEntailment, kNeutral, kContradiction, kAbstain };
std::string_view EntailmentName(Entailment label);  // "Entailment", ...

// Any contradiction, else any neutral, else entailment; no claims: abstain.
Entailment StrictVerdict(std::span<const Entailment> claims);
// The most frequent, ties to the first seen; no claims: abstain.
Entailment MajorityVerdict(std::span<const Entailment> claims);
// Of several segments of a reference: any entailment, else any contradiction, else neutral.
Entailment MergedOverSegments(std::span<const Entailment> segments);
// The soft ratio of one label; nullopt without claims.
std::optional<double> SoftRatio(std::span<const Entailment> claims, Entailment label);

// RAGChecker: entailment (true / false) of claims by texts.
struct RagInputs {
  std::vector<bool> response_in_answer;                 // of each response claim
  std::vector<bool> answer_in_response;                 // of each claim of the reference answer
  std::vector<std::vector<bool>> response_in_passages;  // [response claim][passage]
  std::vector<std::vector<bool>> answer_in_passages;    // [reference claim][passage]
};
// precision, recall, f1, claim_recall, context_precision, context_utilization, faithfulness,
// hallucination, self_knowledge, noise_sensitivity_in_relevant, noise_sensitivity_in_irrelevant;
// 0 where there is nothing to count.
std::map<std::string, double> RagMetrics(const RagInputs& inputs);

// WiCE: a claim's score is the best over the chunks of its evidence (inflates: section 7).
// REQUIRES: not empty.
double MaxOverChunks(std::span<const double> chunk_scores);

// FacTool, Factcheck-Bench: a response is factual when every claim is (also when there is none).
// A claim without a label makes it unknown unless another one is false.
std::optional<bool> AllClaimsTrue(std::span<const std::optional<bool>> claims);

// Factcheck-Bench: stances of passages towards one claim. Any refutation and no complete support:
// contradicted; any support and no refutation: supported; both, or only partial support: not sure,
// unknown; all irrelevant: not found.
ClaimLabel VerdictOfStances(std::span<const std::string> stances);

}  // namespace assay
