// docs/metrics.md against a scrape of a real run, both ways; the rules of deploy/prometheus; and a
// real prometheus that scrapes the run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <regex>
#include <thread>

#include "common/json/json.h"
#include "simulator/simulator.h"
#include "tests/integration/metrics/local_daemon.h"
#include "tests/integration/metrics/metrics_page.h"
#include "tests/integration/metrics/prometheus_server.h"
#include "tests/integration/resume/scratch_folder.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// A run that goes on for longer than any test here, with every kind of figure moving.
class LiveRun {
 public:
  LiveRun() {
    SimulatorOptions options;
    options.latency_ms = 40;
    options.judge.garbage_rate = 0.5;
    simulator_ = Simulator::Start(options).value();
    const std::string launch = (scratch_.path() / "assay.txt").string();
    run_ = std::make_unique<LocalDaemon>(
        std::vector<std::string>{"env",
                                 "ASSAY_HOME=" + (scratch_.path() / "home").string(),
                                 ASSAY_PROGRAM,
                                 "run",
                                 "starter",
                                 "--model",
                                 "openai/sim/strong",
                                 "--judge",
                                 "openai/sim/judge",
                                 "--base-url",
                                 simulator_->base_url(),
                                 "-j",
                                 "1",
                                 "--set",
                                 "repeats=100",
                                 "--set",
                                 "judge_health.enabled=false",
                                 "--scorer",
                                 "length",
                                 "--scorer",
                                 "repetition",
                                 "--scorer",
                                 "rubric",
                                 "-o",
                                 (scratch_.path() / "runs").string(),
                                 "--metrics-port",
                                 "0",
                                 "--json"},
        launch);
    const auto prints_its_port = [&] {
      std::smatch match;
      const std::string text = FileText(launch);
      if (!std::regex_search(text, match, std::regex("http://127.0.0.1:(\\d+)/metrics"))) {
        return false;
      }
      port_ = std::stoi(match[1]);
      return true;
    };
    EXPECT_TRUE(Eventually(prints_its_port, [&] { return !run_->Running(); })) << FileText(launch);
  }

  std::string Page() { return LoopbackGet(port_, "/metrics"); }

  static std::string Replies(const std::string& result) {
    return "assay_judge_replies_total{judge=\"sim/judge\",result=\"" + result +
           "\",scorer=\"rubric\"}";
  }

  // A page from when generations and judgements have been made, usable ones and others.
  std::string BusyPage() {
    std::string page;
    const auto is_busy = [&] {
      page = Page();
      return SeriesValue(page, Replies("used")) > 0 && SeriesValue(page, Replies("unusable")) > 0 &&
             SeriesValue(page, "assay_units{kind=\"generate\",state=\"done\"}") > 0;
    };
    EXPECT_TRUE(Eventually(is_busy, [&] { return !run_->Running(); })) << page;
    return page;
  }

  int port() const { return port_; }
  const fs::path& scratch() const { return scratch_.path(); }
  Simulator& simulator() { return *simulator_; }

 private:
  ScratchFolder scratch_;
  std::unique_ptr<Simulator> simulator_;
  std::unique_ptr<LocalDaemon> run_;
  int port_ = 0;
};

TEST(MetricsTest, TheTableIsWhatIsScrapedAndTheReverse) {
  LiveRun run;
  const std::string document = SourceFile("docs/metrics.md");
  const DescribedMetrics scraped = ReadMetricsPage(run.BusyPage());
  const DescribedMetrics table = ReadMetricsTable(document);
  EXPECT_THAT(MetricDifferences(RowsOf(table, {"c", "a"}), scraped), IsEmpty());

  // The comparison sees what it is for.
  const auto differences_with = [&](const std::string& from, const std::string& to) {
    std::string changed = document;
    changed.replace(changed.find(from), from.size(), to);
    return MetricDifferences(RowsOf(ReadMetricsTable(changed), {"c", "a"}), scraped);
  };
  EXPECT_THAT(differences_with("| `assay_leases` |", "| `assay_leased` |"),
              UnorderedElementsAre("assay_leases: scraped, not in the table",
                                   "assay_leased: in the table, not scraped"));
  EXPECT_THAT(differences_with("| `assay_cost_usd` | gauge", "| `assay_cost_usd` | counter"),
              ElementsAre(HasSubstr("assay_cost_usd: the table says counter { }")));
  EXPECT_THAT(differences_with("`endpoint`, `kind`, `purpose`", "`endpoint`, `kind`, `model`"),
              ElementsAre(HasSubstr("assay_tokens_total: the table says")));
}

TEST(MetricsTest, ACoordinatorShowsOnlyWhatTheTableHas) {
  const ScratchFolder scratch;
  const int port = FreeLowPort();
  const fs::path log = scratch.path() / "coordinator.txt";
  LocalDaemon coordinator({ASSAY_PROGRAM, "coordinator", "--store", "memory", "--listen",
                           "127.0.0.1:0", "--blob-dir", (scratch.path() / "blobs").string(),
                           "--writer", "a", "--metrics-port", std::to_string(port)},
                          log);
  std::string page;
  const auto counts = [&] {
    page = LoopbackGet(port, "/metrics");
    return SeriesValue(page, "assay_retries_total") == 0;
  };
  ASSERT_TRUE(Eventually(counts, [&] { return !coordinator.Running(); })) << FileText(log);
  const DescribedMetrics table = ReadMetricsTable(SourceFile("docs/metrics.md"));
  EXPECT_THAT(MetricDifferences(RowsOf(table, {"c", "p"}), ReadMetricsPage(page)),
              Each(HasSubstr(": in the table, not scraped")));
  EXPECT_EQ(SeriesValue(page, "assay_leader"), 1);
  EXPECT_EQ(SeriesValue(page, "assay_leader_epoch"), 1);
  EXPECT_EQ(SeriesValue(page, "assay_fenced_writes_total"), 0);
}

TEST(MetricsTest, EveryRowOfTheTableIsWhole) {
  const DescribedMetrics table = ReadMetricsTable(SourceFile("docs/metrics.md"));
  EXPECT_GT(table.size(), 40u);
  for (const auto& [name, metric] : table) {
    EXPECT_THAT((std::set<std::string>{"gauge", "counter", "histogram", "summary"}),
                testing::Contains(metric.type))
        << name;
    EXPECT_FALSE(metric.of.empty()) << name;
    for (const std::string& letter : metric.of) {
      EXPECT_THAT((std::set<std::string>{"c", "p", "r", "a"}), testing::Contains(letter)) << name;
    }
  }
}

TEST(MetricsTest, FiguresAreThoseOfTheRun) {
  LiveRun run;
  const std::string page = run.BusyPage();
  const std::int64_t served = run.simulator().Counts().Total();
  const auto value = [&](const std::string& series) { return SeriesValue(page, series); };
  std::string endpoint;
  std::smatch match;
  ASSERT_TRUE(
      std::regex_search(page, match, std::regex("assay_endpoint_limit\\{endpoint=\"([^\"]+)\"\\}")))
      << page;
  endpoint = "endpoint=\"" + match[1].str() + "\"";
  EXPECT_EQ(value("assay_endpoint_limit{" + endpoint + "}"), 1);
  EXPECT_EQ(value("assay_endpoint_paused{" + endpoint + "}"), 0);
  EXPECT_GE(served, value("assay_calls_total{class=\"ok\"," + endpoint + "}"));
  EXPECT_EQ(value("assay_calls_total{class=\"unknown\"," + endpoint + "}"), 0);
  EXPECT_EQ(value("assay_settlements_total{settlement=\"stale\"}"), 0);
  EXPECT_GT(value("assay_settlements_total{settlement=\"ok\"}"), 0);
  for (const char* purpose : {"generate", "judge"}) {
    const std::string rest = std::string(",purpose=\"") + purpose + "\"}";
    EXPECT_GT(value("assay_tokens_total{" + endpoint + ",kind=\"prompt\"" + rest), 0) << purpose;
    EXPECT_GT(value("assay_tokens_total{" + endpoint + ",kind=\"completion\"" + rest), 0);
    EXPECT_GT(value("assay_call_seconds_count{" + endpoint + rest), 0) << purpose;
  }
  EXPECT_GT(value("assay_first_token_seconds_sum{" + endpoint + "}"), 0.03)
      << "the simulator waits 40 ms before each answer";
  EXPECT_GT(value("assay_journal_put_seconds_count"), 0);
  EXPECT_GT(value("assay_envelope_put_seconds_count"), 0);
  EXPECT_GT(value("assay_lease_hold_seconds_count{kind=\"generate\"}"), 0);
  EXPECT_GE(value("assay_leases"), 0);
  EXPECT_GT(value("assay_units{kind=\"generate\",state=\"queued\"}"), 0);
  EXPECT_EQ(value("assay_required_verdicts{scorer=\"length\"}"),
            value("assay_required_verdicts{scorer=\"repetition\"}"));
  EXPECT_GT(value("assay_verdicts_total{outcome=\"scored\",scorer=\"length\"}"), 0);
}

TEST(MetricsTest, PromtoolFindsNothingToSayAboutThePage) {
  SKIP_WITHOUT_PROMETHEUS();
  LiveRun run;
  std::ofstream(run.scratch() / "page.txt") << run.BusyPage();
  const ToolEnd end = InDeploy(
      "promtool check metrics <'" + (run.scratch() / "page.txt").string() + "'", run.scratch());
  EXPECT_TRUE(end.ok) << end.output;
  EXPECT_EQ(end.output, "");
}

TEST(MetricsTest, RulesAreValidAndFireAsTheirTestsSay) {
  SKIP_WITHOUT_PROMETHEUS();
  const ScratchFolder scratch;
  for (const char* command :
       {"promtool check rules rules.yaml", "promtool test rules rules_test.yaml",
        "promtool check config prometheus.yaml"}) {
    const ToolEnd end = InDeploy(command, scratch.path());
    EXPECT_TRUE(end.ok) << command << "\n" << end.output;
  }
}

TEST(MetricsTest, RulesAndAlertsNameOnlyWhatTheTableHas) {
  const std::string document = SourceFile("docs/metrics.md");
  const DescribedMetrics table = ReadMetricsTable(document);
  const std::string rules = SourceFile("deploy/prometheus/rules.yaml");
  const std::regex name("\\bassay_[a-z0-9_]+(?=[{\\[)\\s])");
  int names = 0;
  for (std::sregex_iterator it(rules.begin(), rules.end(), name), end; it != end; ++it) {
    std::string metric = it->str();
    if (metric == "assay_recorded" || metric == "assay_alerts") continue;
    if (metric.ends_with("_bucket")) metric.resize(metric.size() - 7);
    EXPECT_EQ(table.count(metric), 1u) << metric;
    ++names;
  }
  EXPECT_GT(names, 10);
  const std::regex alert("alert: (\\w+)");
  const std::string tests = SourceFile("deploy/prometheus/rules_test.yaml");
  for (std::sregex_iterator it(rules.begin(), rules.end(), alert), end; it != end; ++it) {
    EXPECT_THAT(document, HasSubstr("| `" + (*it)[1].str() + "` |"));
    EXPECT_THAT(tests, HasSubstr("alertname: " + (*it)[1].str() + "\n        exp_alerts:\n"))
        << "no test in which it fires";
  }
}

TEST(MetricsTest, PrometheusScrapesALiveRun) {
  SKIP_WITHOUT_PROMETHEUS();
  LiveRun run;
  PrometheusServer prometheus(run.scratch(), {{"run", run.port()}});
  const std::string query = "sum(assay_calls_total{class=\"ok\"})";
  double first = -1;
  ASSERT_TRUE(Eventually([&] { return (first = prometheus.Query(query)) > 0; }))
      << prometheus.Log();
  EXPECT_EQ(prometheus.Query("up"), 1);
  EXPECT_TRUE(Eventually([&] { return prometheus.Query(query) > first; })) << "it moves";
  const double read = prometheus.Query(query);
  EXPECT_LE(read, static_cast<double>(run.simulator().Counts().Total()))
      << "never more than was served";
  EXPECT_TRUE(Eventually([&] {
    return prometheus.Query("sum(assay:tokens:rate5m{purpose=\"generate\",kind=\"completion\"})") >
           0;
  })) << "a recording rule: "
      << prometheus.Log();
}

}  // namespace
}  // namespace assay
