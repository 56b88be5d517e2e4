// Verdicts on claims: evidence for each, claims with one evidence together, and a second question
// where the words that a verdict rests on do not stand in it. Owned by a machine; not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/retrieval/passage_index.h"
#include "common/text/text_map.h"
#include "judge/claims/claim_stages.h"
#include "judge/claims/evidence_clusters.h"
#include "judge/engine/ask_group.h"

namespace assay {

struct VerificationOptions {
  int claims_per_call = 8;
  int passages_per_claim = 3;
  bool judge_knowledge = false;  // no evidence: the judge's own word
};

class ClaimVerification : public ClaimChecker {
 public:
  // All outlive it; `index` may be null with judge_knowledge.
  ClaimVerification(const v1::UnitInputs& inputs, const v1::Asking& asking,
                    const std::vector<Claim>& claims, const PassageIndex* index,
                    const VerificationOptions& options, AskBudget& budget);

  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes) override;
  std::optional<v1::Error> failure() const override;
  std::vector<ClaimVerdict> verdicts() const override { return verdicts_; }

 private:
  std::vector<EvidenceCluster> ClustersOf() const;
  void Ask(const EvidenceCluster& cluster, AskGroup& group, std::vector<EvidenceCluster>& asked,
           const std::string& stage);
  std::string EvidenceOf(const EvidenceCluster& cluster) const;
  // True when the verdict stands: its words are in the evidence, or it needs none.
  bool Take(std::size_t claim, const ItemResult& result);
  bool AskAgain();

  const v1::UnitInputs& inputs_;
  const v1::Asking asking_;
  const std::vector<Claim>& claims_;
  const PassageIndex* index_;
  const VerificationOptions options_;
  AskBudget& budget_;
  std::vector<std::unique_ptr<TextMap>> maps_;  // of the documents
  std::vector<ClaimVerdict> verdicts_;
  std::vector<EvidenceCluster> first_clusters_;
  std::vector<EvidenceCluster> second_clusters_;
  AskGroup first_;
  AskGroup second_;
  bool second_round_ = false;
};

}  // namespace assay
