// LongBench-Write's recorded outputs through a whole cluster, while a seeded script kills a process
// every two seconds.
#pragma once

#include <chrono>
#include <thread>

#include "common/base/random.h"
#include "common/json/json.h"
#include "tests/rig/cluster_rig.h"

namespace assay {
constexpr double kTolerance = 1e-9;
constexpr auto kBetweenKills = std::chrono::seconds(2);

inline std::string DataFolder() {
  return std::string(ASSAY_SOURCE_DIR) + "/../shared/data/longwriter";
}

class ChaosReplay : public ClusterRig {
 protected:
  void SetUp() override {
    ClusterRig::SetUp();
    if (IsSkipped()) return;
    if (!std::filesystem::exists(DataFolder())) GTEST_SKIP() << DataFolder() << " is not here";
    expected_ = *ParseJson(ReadFile(DataFolder() + "/EXPECTED.json"));
    SimulatorOptions options;
    options.replay_dir = DataFolder() + "/golden_fork/evaluation";
    options.latency_ms = 500;
    const auto models = SimulatorModels(options);
    ASSERT_TRUE(models.ok()) << models.status();
    for (const std::string& name : *models) {
      if (name.starts_with("preds")) files_.push_back(name);
    }
    ASSERT_EQ(files_.size(), 29u);
    ASSERT_NO_FATAL_FAILURE(Serve(options));
    const ProcessEnd end = Run({"import", "longbench-write", "--from", DataFolder()});
    ASSERT_EQ(end.exit_code, 0) << end.err;
    ASSERT_NO_FATAL_FAILURE(StartCoordinators());
    StartAgents(3, 2);
  }

  Words Job(const std::string& file) {
    return {"longbench-write-en",
            "--model",
            "openai/" + file,
            "--base-url",
            simulator_->base_url(),
            "--judge",
            "openai/judge:" + file,
            "--compat",
            "official"};
  }

  // Submits the files and kills until all their runs have ended.
  void ReplayUnderKills(const Words& files, std::uint64_t seed);
  void KillOne(const std::string& role);
  bool AllEnded(std::size_t runs);
  void ExpectPublished(const std::string& folder, const std::string& file);
  // All of it: figures, results as of a run in one process, and what was paid for.
  void ReplayAndCheck(const Words& files, std::uint64_t seed);

  Json expected_;
  Words files_;
  std::map<std::string, int> kills_;  // by kind of role
};

inline void ChaosReplay::KillOne(const std::string& role) {
  if (role != "coordinator") {
    ++kills_[role.substr(0, role.size() - 1)];
    return ReplaceAgent(role);
  }
  ++kills_[role];
  ReplaceLeader();
}

inline bool ChaosReplay::AllEnded(std::size_t runs) {
  const ProcessEnd end = Run({"status", "--coordinator", address_});
  std::size_t sealed = 0;
  for (std::size_t at = end.out.find("sealed"); at != std::string::npos;
       at = end.out.find("sealed", at + 1)) {
    ++sealed;
  }
  return end.exit_code == 0 && sealed == runs;
}

inline void ChaosReplay::ReplayUnderKills(const Words& files, std::uint64_t seed) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    ASSERT_NO_FATAL_FAILURE(Submit("replay-" + std::to_string(i), Job(files[i])));
  }
  Random random(seed);
  const Words roles = {"coordinator", "worker1", "worker2", "worker3", "judge1", "judge2"};
  auto next = std::chrono::steady_clock::now();
  // The first six kills take every process once; the order is the seed's.
  Words queue;
  while (!AllEnded(files.size())) {
    next += kBetweenKills;
    std::this_thread::sleep_until(next);
    if (queue.empty()) queue = roles;
    const std::size_t pick = random.Below(queue.size());
    ASSERT_NO_FATAL_FAILURE(KillOne(queue[pick]));
    queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(pick));
    ASSERT_LT(kills_["coordinator"], 200) << "the runs do not end";
  }
}

inline double MetricMean(const Json& model, const std::string& scorer, const std::string& name) {
  for (const Json& metric : model["metrics"]) {
    if (metric["scorer"] == scorer && metric["name"] == name) {
      return metric["value"]["mean"].get<double>();
    }
  }
  ADD_FAILURE() << "no " << scorer << "." << name;
  return -1;
}

inline void ChaosReplay::ExpectPublished(const std::string& folder, const std::string& file) {
  const auto summary = ParseJson(ReadFile(folder + "/summary.json"));
  ASSERT_TRUE(summary.ok()) << summary.status();
  const Json& model = (*summary)["models"][0];
  const Json& published = expected_["runs"][file];
  EXPECT_EQ(model["expected"], published["pred_rows"]);
  EXPECT_NEAR(MetricMean(model, "length", "S_l"), published["S_l"].get<double>(), kTolerance);
  for (const auto& item : published["S_q"].items()) {
    SCOPED_TRACE(item.key());
    const std::string name = item.key() == "total" ? "S_q" : item.key();
    EXPECT_NEAR(MetricMean(model, "rubric", name), item.value().get<double>(), kTolerance);
  }
  EXPECT_NEAR(model["derived"][0]["value"].get<double>(), published["S_bar"].get<double>(),
              kTolerance);
}

inline void ChaosReplay::ReplayAndCheck(const Words& files, std::uint64_t seed) {
  ASSERT_NO_FATAL_FAILURE(ReplayUnderKills(files, seed));
  const Bill paid = Paid();
  const int agents = kills_["worker"] + kills_["judge"];
  std::printf("kills: %d coordinators, %d agents; calls %d, repeated %d\n", kills_["coordinator"],
              agents, static_cast<int>(paid.calls), static_cast<int>(paid.repeated));
  // A killed agent loses the calls that it has under way, one for each of its slots; nobody else
  // loses any, and a call that was journaled is not made again.
  EXPECT_LE(paid.repeated, kSlots * agents);
  int rows = 0;
  for (const std::string& file : files) rows += expected_["runs"][file]["pred_rows"].get<int>();
  EXPECT_EQ(paid.calls - paid.repeated, 2 * rows);
  EXPECT_GE(kills_["coordinator"], 1);
  EXPECT_GE(agents, 3);
  for (std::size_t i = 0; i < files.size(); ++i) {
    SCOPED_TRACE(files[i]);
    const std::string run_id = "replay-" + std::to_string(i);
    const std::string folder = Exported(run_id);
    ExpectPublished(folder, files[i]);
    EXPECT_TRUE(Canonical(folder) == Canonical(Embedded(run_id, Job(files[i]))));
  }
}

}  // namespace assay
