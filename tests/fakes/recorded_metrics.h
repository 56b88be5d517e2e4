// MetricRegistry that a test reads: one value a series, named as on a page.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/metrics/metrics.h"

namespace assay {

class RecordedMetrics : public MetricRegistry {
 public:
  Counter& GetCounter(const MetricFamily& family, const MetricLabels& labels) override {
    return At(family, labels);
  }
  Gauge& GetGauge(const MetricFamily& family, const MetricLabels& labels) override {
    return At(family, labels);
  }
  Histogram& GetHistogram(const MetricFamily& family, const MetricLabels& labels,
                          const std::vector<double>&) override {
    return At(family, labels);
  }

  // Of a counter or gauge its value, of a histogram the last observation; -1 when never asked for.
  double Value(const std::string& series) const {
    const auto found = series_.find(series);
    return found == series_.end() ? -1 : found->second->value;
  }
  int Observations(const std::string& series) const {
    const auto found = series_.find(series);
    return found == series_.end() ? 0 : found->second->observations;
  }

 private:
  struct Series : public Counter, public Gauge, public Histogram {
    void Add(double by) override { value += by; }
    void Set(double to) override { value = to; }
    void Observe(double what) override {
      value = what;
      ++observations;
    }
    double value = 0;
    int observations = 0;
  };

  Series& At(const MetricFamily& family, const MetricLabels& labels) {
    std::string name = family.name;
    for (const auto& [label, value] : labels) name += " " + label + "=" + value;
    std::unique_ptr<Series>& series = series_[name];
    if (series == nullptr) series = std::make_unique<Series>();
    return *series;
  }

  std::map<std::string, std::unique_ptr<Series>> series_;
};

}  // namespace assay
