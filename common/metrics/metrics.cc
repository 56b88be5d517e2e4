#include "common/metrics/metrics.h"

namespace assay {
namespace {

class Nothing : public MetricRegistry, public Counter, public Gauge, public Histogram {
 public:
  Counter& GetCounter(const MetricFamily&, const MetricLabels&) override { return *this; }
  Gauge& GetGauge(const MetricFamily&, const MetricLabels&) override { return *this; }
  Histogram& GetHistogram(const MetricFamily&, const MetricLabels&,
                          const std::vector<double>&) override {
    return *this;
  }
  void Add(double) override {}
  void Set(double) override {}
  void Observe(double) override {}
};

}  // namespace

MetricRegistry& NoMetrics() {
  static Nothing nothing;
  return nothing;
}

}  // namespace assay
