#include "judge/claims/claim_verification.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "judge/claims/coverage_forms.h"
#include "judge/engine/prompt.h"

namespace assay {
namespace {

constexpr int kTokensPerClaim = 90;
// Of one call. Documents that fit are the evidence of every claim: one prefix for all calls.
constexpr std::int64_t kEvidenceTokens = 3200;

ClaimLabel LabelOf(const std::string& name) {
  if (name == "supported") return ClaimLabel::kSupported;
  if (name == "contradicted") return ClaimLabel::kContradicted;
  if (name == "not_found") return ClaimLabel::kNotFound;
  return ClaimLabel::kUnknown;
}

}  // namespace

ClaimVerification::ClaimVerification(const v1::UnitInputs& inputs, const v1::Asking& asking,
                                     const std::vector<Claim>& claims, const PassageIndex* index,
                                     const VerificationOptions& options, AskBudget& budget)
    : inputs_(inputs),
      asking_(asking),
      claims_(claims),
      index_(index),
      options_(options),
      budget_(budget),
      verdicts_(claims.size()) {
  if (index_ != nullptr) {
    for (const SourceDocument& document : index_->documents()) {
      maps_.push_back(std::make_unique<TextMap>(document.text));
    }
  }
  for (const EvidenceCluster& cluster : ClustersOf())
    Ask(cluster, first_, first_clusters_, "claims/verify");
}

std::vector<EvidenceCluster> ClaimVerification::ClustersOf() const {
  if (claims_.empty()) return {};
  EvidenceCluster all;
  for (std::size_t i = 0; i < claims_.size(); ++i) all.claims.push_back(i);
  if (options_.judge_knowledge) return {all};
  const std::int64_t room =
      std::min(std::int64_t{JudgeWindow(inputs_, asking_)} / 2, kEvidenceTokens);
  std::int64_t tokens = 0;
  for (const SourceDocument& document : index_->documents()) {
    tokens += BoundTokens(document.text).most;
  }
  if (tokens <= room) return {all};
  std::map<std::pair<int, std::size_t>, std::size_t> places;
  std::vector<std::int64_t> costs;
  Passage before{-1, {}, 0};
  for (const Passage& passage : index_->passages()) {
    places[{passage.document, passage.range.begin}] = costs.size();
    // What it adds to its neighbour, which most clusters hold as well.
    Passage own = passage;
    if (before.document == own.document) {
      own.range.begin = std::clamp(before.range.end, own.range.begin, own.range.end);
    }
    costs.push_back(BoundTokens(index_->TextOf(own)).most);
    before = passage;
  }
  std::vector<std::vector<std::size_t>> found(claims_.size());
  for (std::size_t i = 0; i < claims_.size(); ++i) {
    for (const Passage& passage : index_->Search(claims_[i].text, options_.passages_per_claim)) {
      found[i].push_back(places.at({passage.document, passage.range.begin}));
    }
  }
  return ClustersOfEvidence(found, costs, room);
}

std::string ClaimVerification::EvidenceOf(const EvidenceCluster& cluster) const {
  std::string evidence;
  const auto add = [&](const SourceDocument& document, const std::string& name,
                       std::string_view text) {
    if (!document.title.empty()) absl::StrAppend(&evidence, "From \"", document.title, "\":\n");
    absl::StrAppend(&evidence, Material(inputs_, name, text), "\n");
  };
  if (cluster.passages.empty()) {
    for (std::size_t i = 0; i < index_->documents().size(); ++i) {
      add(index_->documents()[i], absl::StrCat("evidence", i + 1), index_->documents()[i].text);
    }
    return evidence;
  }
  // Passages that overlap or touch are one excerpt.
  const std::vector<Passage>& passages = index_->passages();
  for (std::size_t i = 0; i < cluster.passages.size(); ++i) {
    const std::size_t first = cluster.passages[i];
    Passage excerpt = passages[first];
    while (i + 1 < cluster.passages.size()) {
      const Passage& next = passages[cluster.passages[i + 1]];
      if (next.document != excerpt.document || next.range.begin > excerpt.range.end) break;
      excerpt.range.end = std::max(excerpt.range.end, next.range.end);
      ++i;
    }
    add(index_->documents()[static_cast<std::size_t>(excerpt.document)],
        absl::StrCat("evidence", first + 1), index_->TextOf(excerpt));
  }
  return evidence;
}

void ClaimVerification::Ask(const EvidenceCluster& cluster, AskGroup& group,
                            std::vector<EvidenceCluster>& asked, const std::string& stage) {
  AskSpec spec;
  spec.label = absl::StrCat(stage, "/", asked.size() + 1);
  spec.prompt =
      &BuiltinPrompt(options_.judge_knowledge ? "claims/verify_knowledge" : "claims/verify");
  if (!options_.judge_knowledge) spec.fields["evidence"] = EvidenceOf(cluster);
  spec.answer = VerifyForm();
  spec.items_per_call = options_.claims_per_call;
  spec.completion_tokens_per_item = kTokensPerClaim;
  std::vector<AskedItem> items;
  for (const std::size_t claim : cluster.claims) {
    items.push_back({claims_[claim].id, claims_[claim].text});
  }
  group.Add(AskItems(inputs_, asking_, std::move(spec), std::move(items), budget_));
  asked.push_back(cluster);
}

std::vector<v1::Call> ClaimVerification::Next(std::span<const CallOutcome> outcomes) {
  if (!second_round_) {
    std::vector<v1::Call> calls = first_.Next(outcomes);
    if (!calls.empty() || first_.failure()) return calls;
    second_round_ = true;
    if (!AskAgain()) return {};
    outcomes = {};
  }
  std::vector<v1::Call> calls = second_.Next(outcomes);
  if (!calls.empty() || second_.failure()) return calls;
  for (std::size_t i = 0; i < second_clusters_.size(); ++i) {
    for (const std::size_t claim : second_clusters_[i].claims) {
      if (Take(claim, second_[i].results().at(claims_[claim].id))) continue;
      verdicts_[claim].unverified = true;
    }
  }
  return {};
}

// Reads the first round; false when every verdict stands.
bool ClaimVerification::AskAgain() {
  // A claim that no passage shares a word with was not asked: it is not there.
  std::set<std::size_t> asked;
  for (std::size_t i = 0; i < first_clusters_.size(); ++i) {
    EvidenceCluster again{{}, first_clusters_[i].passages};
    for (const std::size_t claim : first_clusters_[i].claims) {
      asked.insert(claim);
      if (!Take(claim, first_[i].results().at(claims_[claim].id))) again.claims.push_back(claim);
    }
    if (!again.claims.empty()) Ask(again, second_, second_clusters_, "claims/verify_again");
  }
  for (std::size_t claim = 0; claim < claims_.size(); ++claim) {
    if (asked.count(claim) == 0) verdicts_[claim].label = ClaimLabel::kNotFound;
  }
  return second_.size() > 0;
}

bool ClaimVerification::Take(std::size_t claim, const ItemResult& result) {
  ClaimVerdict& verdict = verdicts_[claim];
  verdict = {};
  if (result.answers.empty()) {
    verdict.problem = result.problem;
    return true;
  }
  const std::string label = MajorityLabel(result, "label", ClaimLabels());
  verdict.label = LabelOf(label);
  const bool needs_words =
      !options_.judge_knowledge &&
      (verdict.label == ClaimLabel::kSupported || verdict.label == ClaimLabel::kContradicted);
  if (!needs_words) return true;
  for (const Answer& answer : result.answers) {
    const auto quote = answer.find("quote");
    if (answer.at("label").text != label || quote == answer.end()) continue;
    for (std::size_t i = 0; i < maps_.size(); ++i) {
      const std::optional<TextRange> place = maps_[i]->Find(quote->second.text);
      if (!place) continue;
      verdict.document = static_cast<int>(i);
      verdict.evidence = *place;
      return true;
    }
  }
  verdict.label = ClaimLabel::kUnknown;
  verdict.problem = "the words that the verdict rests on do not stand in the evidence";
  return false;
}

std::optional<v1::Error> ClaimVerification::failure() const {
  return first_.failure() ? first_.failure() : second_.failure();
}

}  // namespace assay
