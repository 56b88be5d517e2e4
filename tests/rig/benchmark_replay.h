// A published benchmark's recorded texts and judgements, served over HTTP, through a whole cluster:
// its tables must be those of the publication.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "common/json/json.h"
#include "tests/rig/cluster_rig.h"

namespace assay {

class BenchmarkReplay : public ClusterRig {
 protected:
  static std::string Data(const std::string& benchmark) {
    return std::string(ASSAY_SOURCE_DIR) + "/../shared/data/" + benchmark;
  }

  // A row of what model `model` answers to `prompt`.
  void Record(const std::string& model, const std::string& prompt, const std::string& reply) {
    std::filesystem::create_directories(ReplayFolder());
    std::ofstream file(ReplayFolder() + "/" + model + ".jsonl", std::ios::app);
    file << DumpJson(Json{{"prompt", prompt}, {"response", reply}}) << "\n";
  }

  void Import(const std::string& benchmark) {
    const ProcessEnd end = Run({"import", benchmark, "--from", Data(benchmark)});
    ASSERT_EQ(end.exit_code, 0) << end.err;
  }
  // A file of an imported suite.
  std::string SuiteFile(const std::string& suite, const std::string& file) const {
    return (scratch_.path() / "home/suites" / suite / file).string();
  }

  // Starts simulator and cluster: two coordinators, three workers, two judges.
  void Start() { Start(ReplayFolder()); }
  void Start(const std::string& recorded) {
    SimulatorOptions options;
    options.replay_dir = recorded;
    ASSERT_NO_FATAL_FAILURE(Serve(options));
    ASSERT_NO_FATAL_FAILURE(StartCoordinators());
    StartAgents(3, 2);
  }

  // The summary of a run of the suite, in the cluster.
  Json Summary(const std::string& suite, const Words& more, const std::string& model = "writer") {
    Words job = {suite,      "--model", "openai/" + model, "--base-url", simulator_->base_url(),
                 "--compat", "official"};
    job.insert(job.end(), more.begin(), more.end());
    Submit(suite, job);
    EXPECT_EQ(Watch(suite).exit_code, 0);
    const std::string folder = Exported(suite);
    const auto summary = ParseJson(ReadFile(folder + "/summary.json"));
    EXPECT_TRUE(summary.ok()) << summary.status();
    EXPECT_TRUE(Canonical(folder) == Canonical(Embedded(suite, job)));
    return summary.ok() ? *summary : Json::object();
  }

 private:
  std::string ReplayFolder() const { return (scratch_.path() / "replay").string(); }
};

}  // namespace assay
