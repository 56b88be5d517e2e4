// MetricRegistry that Prometheus scrapes at http://127.0.0.1:PORT/metrics.
#pragma once

#include <memory>

#include "common/base/status.h"
#include "common/metrics/metrics.h"

namespace assay {

class PrometheusMetrics : public MetricRegistry {
 public:
  // Serves on loopback from threads of its own until destroyed. Port 0 takes a free one.
  // kInvalidArgument: not a port. kUnavailable: the port is taken.
  static absl::StatusOr<std::unique_ptr<PrometheusMetrics>> Serve(int port);
  ~PrometheusMetrics() override;

  int port() const;

  Counter& GetCounter(const MetricFamily& family, const MetricLabels& labels) override;
  Gauge& GetGauge(const MetricFamily& family, const MetricLabels& labels) override;
  Histogram& GetHistogram(const MetricFamily& family, const MetricLabels& labels,
                          const std::vector<double>& bounds) override;

 private:
  struct State;
  explicit PrometheusMetrics(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace assay
