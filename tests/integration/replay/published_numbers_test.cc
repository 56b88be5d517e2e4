// The acceptance of the whole product: LongBench-Write's recorded outputs and judge scores go
// through `assay run`, over HTTP, and come out as the published figures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "common/json/json.h"
#include "simulator/simulator.h"
#include "tests/integration/bad_input/assay_process.h"

namespace assay {
namespace {

constexpr double kTolerance = 1e-9;
constexpr int kRunFiles = 29;
constexpr int kOutputs = 1740;
constexpr int kJudged = 1714;

std::string DataFolder() { return std::string(ASSAY_SOURCE_DIR) + "/../shared/data/longwriter"; }

std::string ReadWhole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

class PublishedNumbers : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(DataFolder())) {
      GTEST_SKIP() << DataFolder() << " is not here";
    }
    const ProcessResult imported =
        RunAssay(workspace_, {"import", "longbench-write", "--from", DataFolder()});
    ASSERT_EQ(imported.exit_code, 0) << imported.err;
    expected_ = *ParseJson(ReadWhole(DataFolder() + "/EXPECTED.json"));
  }

  void StartSimulator(SimulatorDialect dialect) {
    SimulatorOptions options;
    options.replay_dir = DataFolder() + "/golden_fork/evaluation";
    options.dialect = dialect;
    auto started = Simulator::Start(options);
    ASSERT_TRUE(started.ok()) << started.status();
    simulator_ = *std::move(started);
  }

  ProcessResult Run(const std::string& model, const std::string& run_id,
                    const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"run",        "longbench-write-en",
                                          "--model",    "openai/" + model,
                                          "--base-url", simulator_->base_url(),
                                          "--judge",    "openai/judge:" + model,
                                          "--compat",   "official",
                                          "--run-id",   run_id};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunAssay(workspace_, arguments, {}, std::chrono::seconds(120));
  }

  Json Summary(const std::string& run_id) {
    auto summary = ParseJson(workspace_.Read("runs/" + run_id + "/summary.json"));
    EXPECT_TRUE(summary.ok()) << summary.status();
    if (!summary.ok() || (*summary)["models"].size() != 1) return Json();
    return (*summary)["models"][0];
  }

  Workspace workspace_;
  Json expected_;
  std::unique_ptr<Simulator> simulator_;
};

// Names of the run files that are in the data, as EXPECTED.json has them.
std::vector<std::string> PresentRuns() {
  SimulatorOptions options;
  options.replay_dir = DataFolder() + "/golden_fork/evaluation";
  const auto models = SimulatorModels(options);
  EXPECT_TRUE(models.ok()) << models.status();
  std::vector<std::string> runs;
  for (const std::string& name : models.value()) {
    if (name.starts_with("preds")) runs.push_back(name);
  }
  return runs;
}

void ExpectMean(const Json& value, double mean, int judged, int required) {
  EXPECT_NEAR(value["mean"].get<double>(), mean, kTolerance);
  EXPECT_EQ(value["judged"].get<int>(), judged);
  EXPECT_EQ(value["required"].get<int>(), required);
}

Json FindBy(const Json& list, const char* key, const std::string& name) {
  for (const Json& item : list) {
    if (item[key] == name) return item;
  }
  ADD_FAILURE() << "no " << name;
  return Json();
}

Json Metric(const Json& model, const std::string& scorer, const std::string& name) {
  for (const Json& metric : model["metrics"]) {
    if (metric["scorer"] == scorer && metric["name"] == name) return metric;
  }
  ADD_FAILURE() << "no metric " << scorer << "." << name;
  return Json();
}

void ExpectPublished(const Json& model, const Json& published) {
  ASSERT_TRUE(model.is_object());
  const int judged = published["judged_rows"].get<int>();
  const int rows = published["pred_rows"].get<int>();
  EXPECT_EQ(model["expected"], rows);
  const Json length = Metric(model, "length", "S_l");
  ExpectMean(length["value"], published["S_l"].get<double>(), rows, rows);
  for (const auto& item : published["S_q"].items()) {
    SCOPED_TRACE(item.key());
    const std::string name = item.key() == "total" ? "S_q" : item.key();
    ExpectMean(Metric(model, "rubric", name)["value"], item.value().get<double>(), judged, rows);
  }
  const Json quality = Metric(model, "rubric", "S_q");
  for (const auto& item : published["buckets"].items()) {
    SCOPED_TRACE(item.key());
    const Json& bucket = item.value();
    const int in_bucket = bucket["n_pred"].get<int>();
    ExpectMean(FindBy(length["buckets"], "label", item.key())["value"], bucket["S_l"].get<double>(),
               in_bucket, in_bucket);
    ExpectMean(FindBy(quality["buckets"], "label", item.key())["value"],
               bucket["S_q"].get<double>(), bucket["n_judged"].get<int>(), in_bucket);
  }
  const Json both = FindBy(model["derived"], "name", "S_bar");
  EXPECT_NEAR(both["value"].get<double>(), published["S_bar"].get<double>(), kTolerance);
}

TEST_F(PublishedNumbers, EveryRunFileComesOutAsPublished) {
  ASSERT_NO_FATAL_FAILURE(StartSimulator(SimulatorDialect::kOpenAi));
  const std::vector<std::string> runs = PresentRuns();
  ASSERT_EQ(runs.size(), static_cast<std::size_t>(kRunFiles));
  int judged = 0;
  int number = 0;
  for (const std::string& name : runs) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(expected_["runs"].contains(name));
    const Json& published = expected_["runs"][name];
    const std::string run_id = "published-" + std::to_string(++number);
    const LedgerCounts before = simulator_->Counts();
    const ProcessResult result = Run(name, run_id);
    const int here = published["judged_rows"].get<int>();
    const int rows = published["pred_rows"].get<int>();
    EXPECT_EQ(result.exit_code, here == rows ? 0 : 1) << result.err;
    ExpectPublished(Summary(run_id), published);
    // Every call made once, and none for nothing.
    const LedgerCounts after = simulator_->Counts();
    EXPECT_EQ(after.complete - before.complete, rows + here);
    EXPECT_EQ(after.error - before.error, rows - here);
    EXPECT_EQ(after.Total() - before.Total(), 2 * rows);
    judged += here;
  }
  EXPECT_EQ(judged, kJudged);
  EXPECT_EQ(simulator_->Counts().complete, kOutputs + kJudged);
}

TEST_F(PublishedNumbers, TheWayThereDoesNotMatter) {
  const std::string name = PresentRuns().back();
  ASSERT_NO_FATAL_FAILURE(StartSimulator(SimulatorDialect::kOpenAi));
  Run(name, "streamed", {"-j", "64"});
  Run(name, "plain", {"--no-stream", "-j", "1"});
  ASSERT_NO_FATAL_FAILURE(StartSimulator(SimulatorDialect::kLlama));
  Run(name, "llama", {"-j", "8"});
  const std::string canonical = RunAssay(workspace_, {"results", "streamed", "--canonical"}).out;
  EXPECT_GT(canonical.size(), 10000u);
  for (const std::string run_id : {"plain", "llama"}) {
    SCOPED_TRACE(run_id);
    ExpectPublished(Summary(run_id), expected_["runs"][name]);
    EXPECT_EQ(RunAssay(workspace_, {"results", run_id, "--canonical"}).out, canonical);
    const ProcessResult checked = RunAssay(workspace_, {"fsck", run_id});
    EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  }
}

}  // namespace
}  // namespace assay
