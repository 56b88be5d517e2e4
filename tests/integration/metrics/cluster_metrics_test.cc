// A real prometheus that scrapes a real cluster: two coordinators, workers and judges as processes
// over a redis-server. What it says at the end of a run is what the run was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/integration/metrics/metrics_page.h"
#include "tests/integration/metrics/prometheus_server.h"
#include "tests/rig/cluster_rig.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int kSamples = 8;

class ClusterMetrics : public ClusterRig {
 protected:
  void SetUp() override {
    ClusterRig::SetUp();
    if (IsSkipped()) return;
    SimulatorOptions options;
    options.latency_ms = 20;
    ASSERT_NO_FATAL_FAILURE(Serve(options));
    int port = 0;
    for (const char* name : {"first", "second", "worker1", "worker2", "judge1"}) {
      port = FreeLowPort(port);
      ports_[name] = port;
      also_[name] = {"--metrics-port", std::to_string(port)};
    }
  }

  void StartCluster() {
    ASSERT_NO_FATAL_FAILURE(StartCoordinators());
    StartAgents(2, 1);
  }
  void RunToItsEnd(const std::string& run_id) {
    ASSERT_NO_FATAL_FAILURE(Submit(run_id, SmallJob(kSamples)));
    const ProcessEnd end = Watch(run_id);
    ASSERT_EQ(end.exit_code, 0) << end.err << LogOf("first") << LogOf("second");
  }

  std::vector<std::pair<std::string, int>> Targets() {
    std::vector<std::pair<std::string, int>> targets;
    for (const auto& [name, port] : ports_) targets.emplace_back(RoleOf(name), port);
    return targets;
  }
  static std::string RoleOf(const std::string& name) {
    if (name.starts_with("worker")) return "worker";
    return name.starts_with("judge") ? "judge" : "coordinator";
  }
  std::string InstanceOf(const std::string& name) {
    return "instance=\"127.0.0.1:" + std::to_string(ports_[name]) + "\"";
  }
  std::string Page(const std::string& name) { return LoopbackGet(ports_[name], "/metrics"); }

  std::map<std::string, int> ports_;
};

// Sooner or later it answers this, and nothing else is in the way of the next one.
#define EXPECT_QUERY(prometheus, query, value)                                         \
  EXPECT_TRUE(WaitUntil([&] { return (prometheus).Query(query) == (value); }))         \
      << (query) << " is " << (prometheus).Query(query) << ", not " << (value) << "\n" \
      << (prometheus).Log()

TEST_F(ClusterMetrics, PrometheusSeesTheWholeRunAndTheTakeover) {
  SKIP_WITHOUT_PROMETHEUS();
  ASSERT_NO_FATAL_FAILURE(StartCluster());
  PrometheusServer prometheus(scratch_.path(), Targets());
  EXPECT_QUERY(prometheus, "count(up{role=\"coordinator\"} == 1)", 2);
  EXPECT_QUERY(prometheus, "count(up{role=\"worker\"} == 1)", 2);
  EXPECT_QUERY(prometheus, "count(up{role=\"judge\"} == 1)", 1);
  EXPECT_QUERY(prometheus, "sum(assay_leader)", 1);

  ASSERT_NO_FATAL_FAILURE(RunToItsEnd("metered"));
  const double calls = static_cast<double>(simulator_->Counts().Total());
  EXPECT_QUERY(prometheus, "sum(assay_units{kind=\"generate\",state=\"done\"})", kSamples);
  EXPECT_QUERY(prometheus, "sum(assay_units{state=\"done\"})", 3 * kSamples);
  EXPECT_QUERY(prometheus, "sum(assay_units{state!=\"done\"})", 0);
  EXPECT_QUERY(prometheus, "sum(assay_outcomes{kind=\"generate\"})", kSamples);
  EXPECT_QUERY(prometheus, "sum(assay_outcomes{kind=\"score\"})", 2 * kSamples);
  EXPECT_QUERY(prometheus, "sum(assay_required_verdicts{scorer=\"rubric\"})", kSamples);
  EXPECT_QUERY(prometheus, "sum(assay_judged_verdicts{scorer=\"rubric\"})", kSamples);
  EXPECT_QUERY(prometheus, "assay:judged:ratio{scorer=\"length\"}", 1);
  EXPECT_QUERY(prometheus, "sum(assay_verdicts_total{outcome=\"scored\"})", 2 * kSamples);
  EXPECT_QUERY(prometheus, "sum(assay_calls_total{class=\"ok\"})", calls);
  EXPECT_QUERY(prometheus, "sum(assay_settlements_total{settlement=\"ok\"})", 3 * kSamples);
  const std::string commits = "sum(assay_store_replies_total{transition=\"commit\",code=\"ok\"})";
  EXPECT_QUERY(prometheus, commits, 3 * kSamples);
  EXPECT_QUERY(prometheus, "sum(assay_fenced_writes_total)", 0);
  EXPECT_QUERY(prometheus, "sum(assay_invariant_violations_total)", 0);
  EXPECT_QUERY(prometheus, "sum(assay_redis_errors_total)", 0);
  EXPECT_QUERY(prometheus, "max(assay_durable_lag_seconds)", 0);
  EXPECT_QUERY(prometheus, "max(assay_oldest_queued_seconds)", 0);
  EXPECT_QUERY(prometheus, "sum(assay_breakers{state=\"closed\"})", 2);
  EXPECT_GT(prometheus.Query("max(assay_redis_memory_bytes)"), 100'000);
  EXPECT_EQ(prometheus.Query("count(ALERTS{alertstate=\"firing\"})"), -1) << "all is well";

  const double epoch = prometheus.Query("max(assay_leader_epoch)");
  const std::string old = Leader();
  EXPECT_EQ(prometheus.Query("assay_leader{" + InstanceOf(old) + "}"), 1);
  coordinators_[old]->Kill();
  EXPECT_QUERY(prometheus, "assay_leader{" + InstanceOf(Other(old)) + "}", 1);
  EXPECT_QUERY(prometheus, "sum(up{role=\"coordinator\"})", 1);
  EXPECT_GT(prometheus.Query("max(assay_leader_epoch)"), epoch);
}

TEST_F(ClusterMetrics, TheTableIsWhatEachRolePublishes) {
  ASSERT_NO_FATAL_FAILURE(StartCluster());
  ASSERT_NO_FATAL_FAILURE(RunToItsEnd("described"));
  const DescribedMetrics table = ReadMetricsTable(SourceFile("docs/metrics.md"));
  const std::string leader = Leader();
  const auto missing = [&](const std::set<std::string>& letters, const DescribedMetrics& page) {
    return MetricDifferences(RowsOf(table, letters), page);
  };
  // Published once a second.
  EXPECT_TRUE(WaitUntil([&] {
    return missing({"c", "p", "r"}, ReadMetricsPage(Page(leader))).empty();
  })) << testing::PrintToString(missing({"c", "p", "r"}, ReadMetricsPage(Page(leader))));
  EXPECT_THAT(
      missing({"a"}, Together(ReadMetricsPage(Page("worker1")), ReadMetricsPage(Page("judge1")))),
      IsEmpty());
  // Whoever does not lead has nothing of its own.
  const DescribedMetrics follower = ReadMetricsPage(Page(Other(leader)));
  for (const auto& [name, metric] : follower) EXPECT_EQ(table.count(name), 1u) << name;
  EXPECT_EQ(SeriesValue(Page(Other(leader)), "assay_leader"), 0);
}

TEST_F(ClusterMetrics, PagesAreCleanAndTheirLabelsClosed) {
  ASSERT_NO_FATAL_FAILURE(StartCluster());
  ASSERT_NO_FATAL_FAILURE(RunToItsEnd("run-with-a-name"));
  const std::string units = "assay_units{kind=\"generate\",state=\"done\"}";
  ASSERT_TRUE(WaitUntil([&] { return SeriesValue(Page(Leader()), units) == kSamples; }));
  for (const auto& [name, port] : ports_) {
    const std::string page = Page(name);
    EXPECT_GT(page.size(), 1000u) << name;
    EXPECT_LT(std::count(page.begin(), page.end(), '\n'), 1500) << name;
    for (const char* open : {"run-with-a-name", "sim/strong", "lighthouse", "s0", "worker1"}) {
      EXPECT_THAT(page, Not(HasSubstr(open))) << name << ": no place for names of users";
    }
    if (!HasPromtool()) continue;
    std::ofstream(scratch_.path() / "page.txt") << page;
    const ToolEnd end =
        InDeploy("promtool check metrics <'" + (scratch_.path() / "page.txt").string() + "'",
                 scratch_.path());
    EXPECT_TRUE(end.ok) << name << "\n" << end.output;
    EXPECT_EQ(end.output, "") << name;
  }
}

}  // namespace
}  // namespace assay
