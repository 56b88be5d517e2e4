#include "common/metrics/prometheus_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <exception>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include "common/base/check.h"
#include "common/base/mutex.h"

namespace assay {
namespace {

class PrometheusCounter : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter* counter) : counter_(counter) {}
  void Add(double by) override {
    ASSAY_CHECK(by >= 0);
    counter_->Increment(by);
  }

 private:
  prometheus::Counter* const counter_;
};

class PrometheusGauge : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge* gauge) : gauge_(gauge) {}
  void Set(double value) override { gauge_->Set(value); }

 private:
  prometheus::Gauge* const gauge_;
};

class PrometheusHistogram : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram* histogram) : histogram_(histogram) {}
  void Observe(double value) override { histogram_->Observe(value); }

 private:
  prometheus::Histogram* const histogram_;
};

using HandleKey = std::pair<std::string, MetricLabels>;

std::string NamesOf(const MetricLabels& labels) {
  std::string names;
  for (const auto& [name, value] : labels) names += (names.empty() ? "" : ",") + name;
  return names;
}

}  // namespace

struct PrometheusMetrics::State {
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  std::unique_ptr<prometheus::Exposer> exposer;
  int port = 0;
  Mutex mutex;
  std::map<HandleKey, std::unique_ptr<Counter>> counters ABSL_GUARDED_BY(mutex);
  std::map<HandleKey, std::unique_ptr<Gauge>> gauges ABSL_GUARDED_BY(mutex);
  std::map<HandleKey, std::unique_ptr<Histogram>> histograms ABSL_GUARDED_BY(mutex);
  std::map<std::string, std::set<std::string>> open_values ABSL_GUARDED_BY(mutex);

  // REQUIRES: the labels that the family says.
  MetricLabels Bounded(const MetricFamily& family, MetricLabels labels)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    ASSAY_CHECK(NamesOf(labels) == family.labels);
    for (auto& [name, value] : labels) {
      if (name != "endpoint" && name != "judge" && name != "scorer") continue;
      std::set<std::string>& seen = open_values[name];
      if (seen.count(value) == 0 && seen.size() >= kLabelValuesMax) {
        value = "other";
      } else {
        seen.insert(value);
      }
    }
    return labels;
  }
};

PrometheusMetrics::PrometheusMetrics(std::unique_ptr<State> state) : state_(std::move(state)) {}

PrometheusMetrics::~PrometheusMetrics() = default;

absl::StatusOr<std::unique_ptr<PrometheusMetrics>> PrometheusMetrics::Serve(int port) {
  if (port < 0 || port > 65535) {
    return InvalidArgument("metrics port " + std::to_string(port) + ": expected 0 to 65535");
  }
  const std::string address = "127.0.0.1:" + std::to_string(port);
  auto state = std::make_unique<State>();
  // The library throws when it cannot listen.
  try {
    state->exposer = std::make_unique<prometheus::Exposer>(address, 1);
    state->exposer->RegisterCollectable(state->registry);
    state->port = state->exposer->GetListeningPorts().at(0);
  } catch (const std::exception&) {
    return Unavailable("cannot serve metrics at " + address + ": the port is taken or forbidden");
  }
  return std::unique_ptr<PrometheusMetrics>(new PrometheusMetrics(std::move(state)));
}

int PrometheusMetrics::port() const { return state_->port; }

Counter& PrometheusMetrics::GetCounter(const MetricFamily& family, const MetricLabels& asked) {
  MutexLock lock(state_->mutex);
  const MetricLabels labels = state_->Bounded(family, asked);
  std::unique_ptr<Counter>& handle = state_->counters[{family.name, labels}];
  if (handle == nullptr) {
    auto& built =
        prometheus::BuildCounter().Name(family.name).Help(family.help).Register(*state_->registry);
    handle = std::make_unique<PrometheusCounter>(&built.Add(labels));
  }
  return *handle;
}

Gauge& PrometheusMetrics::GetGauge(const MetricFamily& family, const MetricLabels& asked) {
  MutexLock lock(state_->mutex);
  const MetricLabels labels = state_->Bounded(family, asked);
  std::unique_ptr<Gauge>& handle = state_->gauges[{family.name, labels}];
  if (handle == nullptr) {
    auto& built =
        prometheus::BuildGauge().Name(family.name).Help(family.help).Register(*state_->registry);
    handle = std::make_unique<PrometheusGauge>(&built.Add(labels));
  }
  return *handle;
}

Histogram& PrometheusMetrics::GetHistogram(const MetricFamily& family, const MetricLabels& asked,
                                           const std::vector<double>& bounds) {
  MutexLock lock(state_->mutex);
  const MetricLabels labels = state_->Bounded(family, asked);
  std::unique_ptr<Histogram>& handle = state_->histograms[{family.name, labels}];
  if (handle == nullptr) {
    auto& built = prometheus::BuildHistogram()
                      .Name(family.name)
                      .Help(family.help)
                      .Register(*state_->registry);
    handle = std::make_unique<PrometheusHistogram>(&built.Add(labels, bounds));
  }
  return *handle;
}

}  // namespace assay
