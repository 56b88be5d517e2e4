// Everything that a coordinator process publishes: figures of the runs it leads, its term, and how
// its store does. Core thread; made before the store, destroyed when the executor has stopped.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "absl/time/time.h"
#include "cli/embedded/run_figures.h"
#include "common/base/clock.h"
#include "common/metrics/metrics.h"
#include "coordinator/core/coordinator.h"
#include "coordinator/store/redis_run_store.h"

namespace assay {

// How long the oldest write waits that is not on every replica: marks of applied writes with the
// time at which they were seen. As exact as the times between calls.
class WriteLag {
 public:
  // `applied` and `durable` of a RedisRunStore at `now`.
  absl::Duration Sample(std::uint64_t applied, std::uint64_t durable, absl::Duration now);

 private:
  std::deque<std::pair<std::uint64_t, absl::Duration>> marks_;
};

class CoordinatorMetrics {
 public:
  // Both outlive it.
  CoordinatorMetrics(MetricRegistry& metrics, const Clock& clock);

  // Its gauges are published from now on. Both outlive this. Call once.
  void WatchRedis(const RedisRunStore& store, RedisClient& client);

  void OnElected(std::uint64_t epoch);
  void OnDemoted();

  // Publishes what `leader` knows, or zeros when it is null.
  void Publish(const Coordinator* leader);

 private:
  void PublishRedis(RunFigures& figures);
  void AskMemory();

  MetricRegistry& metrics_;
  const Clock& clock_;
  FiguresPublisher figures_;
  const RedisRunStore* store_ = nullptr;
  RedisClient* client_ = nullptr;
  WriteLag lag_;
  absl::Duration ask_memory_at_ = -absl::InfiniteDuration();
};

}  // namespace assay
