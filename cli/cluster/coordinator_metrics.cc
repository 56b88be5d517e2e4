#include "cli/cluster/coordinator_metrics.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "common/metrics/metric_names.h"

namespace assay {
namespace {

constexpr absl::Duration kMemoryInterval = absl::Seconds(10);

// Of an answer to INFO memory; -1: not there.
std::int64_t UsedMemory(const std::string& info) {
  constexpr std::string_view kName = "used_memory:";
  const std::size_t at = info.find(kName);
  std::int64_t bytes = -1;
  if (at == std::string::npos) return bytes;
  const char* begin = info.data() + at + kName.size();
  std::from_chars(begin, info.data() + info.size(), bytes);
  return bytes;
}

}  // namespace

absl::Duration WriteLag::Sample(std::uint64_t applied, std::uint64_t durable, absl::Duration now) {
  while (!marks_.empty() && marks_.front().first <= durable) marks_.pop_front();
  if (applied > durable && (marks_.empty() || marks_.back().first < applied)) {
    marks_.emplace_back(applied, now);
  }
  return marks_.empty() ? absl::ZeroDuration() : now - marks_.front().second;
}

CoordinatorMetrics::CoordinatorMetrics(MetricRegistry& metrics, const Clock& clock)
    : metrics_(metrics), clock_(clock), figures_(metrics) {
  metrics_.GetGauge(metric::kLeader, {}).Set(0);
  metrics_.GetGauge(metric::kLeaderEpoch, {}).Set(0);
}

void CoordinatorMetrics::WatchRedis(const RedisRunStore& store, RedisClient& client) {
  store_ = &store;
  client_ = &client;
  metrics_.GetGauge(metric::kUndurableWrites, {}).Set(0);
  metrics_.GetGauge(metric::kRedisMemory, {}).Set(0);
}

void CoordinatorMetrics::OnElected(std::uint64_t epoch) {
  metrics_.GetGauge(metric::kLeader, {}).Set(1);
  metrics_.GetGauge(metric::kLeaderEpoch, {}).Set(static_cast<double>(epoch));
}

void CoordinatorMetrics::OnDemoted() { metrics_.GetGauge(metric::kLeader, {}).Set(0); }

void CoordinatorMetrics::Publish(const Coordinator* leader) {
  RunFigures figures;
  if (leader != nullptr) {
    for (const RunProgress& run : leader->AllProgress()) figures.Add(run);
  }
  if (store_ != nullptr) PublishRedis(figures);
  figures_.Publish(std::move(figures), clock_.SteadyNow());
}

void CoordinatorMetrics::PublishRedis(RunFigures& figures) {
  const absl::Duration now = clock_.SteadyNow();
  const absl::Duration lag = lag_.Sample(store_->applied(), store_->durable(), now);
  figures.oldest_undurable = std::max(figures.oldest_undurable, lag);
  metrics_.GetGauge(metric::kUndurableWrites, {})
      .Set(static_cast<double>(store_->applied() - store_->durable()));
  if (now < ask_memory_at_) return;
  ask_memory_at_ = now + kMemoryInterval;
  AskMemory();
}

void CoordinatorMetrics::AskMemory() {
  client_->Send({nullptr, {}, {"INFO", "memory"}}, [this](absl::StatusOr<RedisAnswer> answer) {
    const std::int64_t bytes = answer.ok() ? UsedMemory(answer->reply.text) : -1;
    if (bytes >= 0) metrics_.GetGauge(metric::kRedisMemory, {}).Set(static_cast<double>(bytes));
  });
}

}  // namespace assay
