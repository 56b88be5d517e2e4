#include "judge/claims/evidence_clusters.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace assay {
namespace {

using Found = std::vector<std::vector<std::size_t>>;

// Of a cluster's room, what is kept for the second and third passages of its claims.
constexpr std::int64_t kFillParts = 5;

void Fill(const Found& found, const std::vector<std::int64_t>& tokens, std::int64_t room,
          EvidenceCluster& cluster) {
  std::set<std::size_t> held(cluster.passages.begin(), cluster.passages.end());
  std::map<std::size_t, std::size_t> votes;
  for (const std::size_t claim : cluster.claims) {
    const std::vector<std::size_t>& wanted = found[claim];
    for (std::size_t rank = 0; rank < wanted.size(); ++rank) {
      if (held.count(wanted[rank]) == 0) votes[wanted[rank]] += wanted.size() - rank;
    }
  }
  std::vector<std::pair<std::size_t, std::size_t>> ranked;  // votes, passage
  for (const auto& [passage, count] : votes) ranked.emplace_back(count, passage);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [count, passage] : ranked) {
    if (tokens[passage] > room) continue;
    room -= tokens[passage];
    cluster.passages.push_back(passage);
  }
  std::sort(cluster.passages.begin(), cluster.passages.end());
  std::sort(cluster.claims.begin(), cluster.claims.end());
}

}  // namespace

std::vector<EvidenceCluster> ClustersOfEvidence(const Found& found,
                                                const std::vector<std::int64_t>& tokens,
                                                std::int64_t most_tokens) {
  std::map<std::size_t, std::vector<std::size_t>> by_best;
  for (std::size_t claim = 0; claim < found.size(); ++claim) {
    if (!found[claim].empty()) by_best[found[claim].front()].push_back(claim);
  }
  std::int64_t all = 0;
  for (const auto& [passage, claims] : by_best) all += tokens[passage];
  // As many clusters as the best passages need, each as full as the others.
  const std::int64_t for_best = std::max<std::int64_t>(1, most_tokens - most_tokens / kFillParts);
  const std::int64_t clusters_needed = std::max<std::int64_t>(1, (all + for_best - 1) / for_best);
  const std::int64_t share = (all + clusters_needed - 1) / clusters_needed;
  std::vector<EvidenceCluster> clusters;
  std::int64_t used = 0;
  for (const auto& [passage, claims] : by_best) {
    const std::int64_t more = tokens[passage];
    const bool over_share = used >= share || used + more > most_tokens;
    if (clusters.empty() || over_share) {
      clusters.emplace_back();
      used = 0;
    }
    used += more;
    clusters.back().passages.push_back(passage);
    clusters.back().claims.insert(clusters.back().claims.end(), claims.begin(), claims.end());
  }
  for (EvidenceCluster& cluster : clusters) {
    std::int64_t room = most_tokens;
    for (const std::size_t passage : cluster.passages) room -= tokens[passage];
    Fill(found, tokens, room, cluster);
  }
  return clusters;
}

}  // namespace assay
