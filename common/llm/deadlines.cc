#include "common/llm/deadlines.h"

#include <algorithm>

namespace assay {
namespace {

constexpr double kConnectSeconds = 5;
constexpr double kFirstTokenSeconds = 120;
constexpr double kStallSeconds = 60;
constexpr double kWallSecondsMin = 600;
constexpr double kTokensPerSecondFloor = 10;
constexpr double kWallFactor = 1.5;
constexpr std::int64_t kTokensAssumed = 32768;

absl::Duration SecondsOr(double configured, double fallback) {
  return absl::Seconds(configured > 0 ? configured : fallback);
}

}  // namespace

CallDeadlines DeadlinesOf(const v1::Endpoint& endpoint, std::int64_t max_tokens) {
  const v1::Deadlines& set = endpoint.deadlines();
  const double tokens = static_cast<double>(max_tokens > 0 ? max_tokens : kTokensAssumed);
  const double wall = std::max(kWallSecondsMin, kWallFactor * tokens / kTokensPerSecondFloor);
  return {.connect = SecondsOr(set.connect_timeout_s(), kConnectSeconds),
          .first_token = SecondsOr(set.first_token_timeout_s(), kFirstTokenSeconds),
          .stall = SecondsOr(set.stall_timeout_s(), kStallSeconds),
          .wall = SecondsOr(set.wall_timeout_s(), wall)};
}

}  // namespace assay
