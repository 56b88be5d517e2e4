// Which claims are asked about with which passages: claims that rest on near passages together, so
// that one piece of evidence is the prefix of many calls. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay {

struct EvidenceCluster {
  std::vector<std::size_t> claims;    // in order
  std::vector<std::size_t> passages;  // in order
};

// `found`: of each claim the passages found for it, best first. `tokens`: of each passage. Every
// claim with a passage is in exactly one cluster, which holds its best passage; the room that is
// left in a cluster takes the passages that its claims want most. Passages of a cluster add up to
// at most `most_tokens`, unless one alone is larger. Claims without a passage are in none.
std::vector<EvidenceCluster> ClustersOfEvidence(const std::vector<std::vector<std::size_t>>& found,
                                                const std::vector<std::int64_t>& tokens,
                                                std::int64_t most_tokens);

}  // namespace assay
