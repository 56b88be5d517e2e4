// What metrics say of a coordinator's runs: added up over the runs, then published. Values, and one
// publisher that remembers what it said last. Core thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "assay/v1/run_record.pb.h"
#include "common/metrics/metrics.h"
#include "coordinator/core/progress.h"

namespace assay {

struct RunFigures {
  struct Units {
    std::map<std::string, std::int64_t> by_state;
    std::int64_t queued() const;
    std::int64_t ended() const;
  };
  struct EndpointFigures {
    int limit = 0;
    int leased = 0;
    bool paused = false;
    std::map<std::string, std::pair<int, int>> lanes;  // by kind: limit, in flight
    std::map<std::string, int> breakers;               // by state
  };

  std::map<std::string, Units> units;                                    // by kind
  std::map<std::pair<std::string, std::string>, std::int64_t> outcomes;  // by kind and outcome
  std::int64_t truncated = 0;
  double cost_usd = 0;
  std::int64_t retries = 0;
  std::int64_t throttles = 0;
  std::int64_t lost_leases = 0;
  std::map<std::string, VerdictProgress> verdicts;      // by scorer
  std::map<std::string, absl::Duration> oldest_queued;  // by kind
  std::int64_t undurable = 0;
  absl::Duration oldest_undurable;
  std::map<std::string, std::int64_t> violations;  // by invariant
  std::map<std::string, EndpointFigures> endpoints;

  void Add(const RunProgress& run);
};

class FiguresPublisher {
 public:
  // `metrics` outlives the publisher.
  explicit FiguresPublisher(MetricRegistry& metrics);

  // `now`: steady. What was published before and is gone becomes zero, as after a term as leader.
  void Publish(RunFigures figures, absl::Duration now);

 private:
  struct Movement {
    std::int64_t queued = 0;
    std::int64_t ended = 0;
    absl::Duration at;
  };

  void KeepWhatWasShown(RunFigures& figures) const;
  void PublishUnits(const RunFigures& figures, absl::Duration now);
  void PublishEndpoints(const RunFigures& figures);
  void PublishVerdicts(const RunFigures& figures);
  void Advance(const MetricFamily& family, std::int64_t value);

  MetricRegistry& metrics_;
  RunFigures last_;
  std::map<std::string, Movement> movements_;    // by kind
  std::map<std::string, std::int64_t> counted_;  // by family
};

// How many outcomes a run lacks or has too many (invariant I1: what was expected is what is open
// plus the sum of all outcomes). 0 while it starts or is cancelled, when both move step by step.
std::int64_t UnaccountedOutcomes(const RunProgress& run);

// Makes what every agent may count appear at zero.
void DeclareAgentMetrics(MetricRegistry& metrics);
// The same of the calls at an endpoint.
void DeclareCallMetrics(const std::string& endpoint, MetricRegistry& metrics);

// Makes what a run may count appear at zero, so that a rate has a beginning and an alert no gap.
void DeclareMetrics(const v1::RunRecord& record, MetricRegistry& metrics);

}  // namespace assay
