// Counters, gauges and histograms behind one interface, so that code which counts does not know who
// asks. Handles are cheap to copy, live as long as their registry, and are thread-safe.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace assay {

using MetricLabels = std::map<std::string, std::string>;

inline constexpr int kLabelValuesMax = 64;

class Counter {
 public:
  virtual ~Counter() = default;
  // REQUIRES: by >= 0.
  virtual void Add(double by = 1.0) = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;
};

// What a metric is: one line of metric_names.h.
struct MetricFamily {
  const char* name;
  const char* help;
  const char* labels;  // their names, sorted, with commas between
};

class MetricRegistry {
 public:
  virtual ~MetricRegistry() = default;

  // The same family and labels give the same handle. The registry owns it. Values of "endpoint",
  // "judge" and "scorer" come from specs: after the first kLabelValuesMax of them, all others are
  // "other".
  virtual Counter& GetCounter(const MetricFamily& family, const MetricLabels& labels) = 0;
  virtual Gauge& GetGauge(const MetricFamily& family, const MetricLabels& labels) = 0;
  // `bounds`: upper limits of the buckets, ascending; the same for all labels of a family.
  virtual Histogram& GetHistogram(const MetricFamily& family, const MetricLabels& labels,
                                  const std::vector<double>& bounds) = 0;
};

// Counts nothing: the default where nobody asked for metrics.
MetricRegistry& NoMetrics();

}  // namespace assay
