// A whole cluster of real processes with one coordinator: the same results as an embedded run, and
// none lost when its parts go and come.
#include <gmock/gmock.h>

#include <regex>

#include "simulator/simulator.h"
#include "tests/integration/grpc/cluster_processes.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

class ClusterTest : public ::testing::Test {
 protected:
  void Serve(double latency_ms) {
    SimulatorOptions options;
    options.latency_ms = latency_ms;
    auto started = Simulator::Start(options);
    ASSERT_TRUE(started.ok()) << started.status();
    simulator_ = *std::move(started);
  }

  std::unique_ptr<RoleProcess> Coordinator(const std::string& listen = "127.0.0.1:0") {
    auto coordinator = std::make_unique<RoleProcess>(
        scratch_.path(), "coordinator" + std::to_string(++started_),
        std::vector<std::string>{"coordinator", "--store", "memory", "--listen", listen,
                                 "--blob-dir", (scratch_.path() / "blobs").string(), "--writer",
                                 "one", "--lease-s", "5", "--sync-hold-s", "1"});
    address_ = coordinator->FirstLine();
    EXPECT_THAT(address_, HasSubstr("127.0.0.1:")) << coordinator->log();
    return coordinator;
  }

  std::unique_ptr<RoleProcess> Agent(const std::string& role) {
    auto agent = std::make_unique<RoleProcess>(
        scratch_.path(), role + std::to_string(++started_),
        std::vector<std::string>{role, "--coordinator", address_, "--slots", "2", "--wait-for",
                                 simulator_->base_url(), "--sync-deadline-s", "3"});
    agent->FirstLine();
    return agent;
  }

  ProcessEnd Run(std::vector<std::string> arguments) {
    const std::filesystem::path folder = scratch_.path() / ("run" + std::to_string(++started_));
    std::filesystem::create_directories(folder);
    return AssayProcess(folder, std::move(arguments)).Wait();
  }

  std::vector<std::string> Job(const std::string& verb) {
    return {verb,         "starter",
            "--limit",    "4",
            "--model",    "openai/sim/strong",
            "--judge",    "openai/sim/judge",
            "--base-url", simulator_->base_url()};
  }

  ProcessEnd Submit(const std::string& run_id) {
    std::vector<std::string> arguments = Job("submit");
    arguments.insert(arguments.end(), {"--coordinator", address_, "--run-id", run_id});
    return Run(std::move(arguments));
  }

  // Judges of strict scorers repeat a nonce that comes from the run's secret, so that their replies
  // differ between runs in nothing else.
  std::string Canonical(const std::string& folder) {
    const ProcessEnd end = Run({"results", folder, "--canonical"});
    EXPECT_EQ(end.exit_code, 0) << end.err;
    static const std::regex kReplyDigest("\"text_digest\":\"sha256:[0-9a-f]+\",\"try\"");
    return std::regex_replace(end.out, kReplyDigest, "\"try\"");
  }

  // Copies a run out of the cluster, checks it, and gives its results.
  std::string Exported(const std::string& run_id) {
    const std::string to = (scratch_.path() / "laptop").string();
    const ProcessEnd end = Run({"export", run_id, "--coordinator", address_, "--to", to});
    EXPECT_EQ(end.exit_code, 0) << end.err;
    const ProcessEnd fsck = Run({"fsck", to + "/" + run_id});
    EXPECT_EQ(fsck.exit_code, 0) << fsck.out << fsck.err;
    const ProcessEnd report = Run({"report", to + "/" + run_id});
    EXPECT_EQ(report.exit_code, 0) << report.err;
    return Canonical(to + "/" + run_id);
  }

  std::string EmbeddedResults() {
    std::vector<std::string> arguments = Job("run");
    const std::string to = (scratch_.path() / "embedded").string();
    arguments.insert(arguments.end(), {"--run-id", "alone", "-o", to});
    const ProcessEnd end = Run(std::move(arguments));
    EXPECT_EQ(end.exit_code, 0) << end.err;
    return Canonical(to + "/alone");
  }

  ScratchFolder scratch_;
  std::unique_ptr<Simulator> simulator_;
  std::string address_;
  int started_ = 0;
};

TEST_F(ClusterTest, GivesTheResultsOfAnEmbeddedRun) {
  Serve(1);
  const auto coordinator = Coordinator();
  const auto worker1 = Agent("worker");
  const auto worker2 = Agent("worker");
  const auto judge = Agent("judge");

  ProcessEnd end = Submit("cluster");
  ASSERT_EQ(end.exit_code, 0) << end.err;
  EXPECT_EQ(end.out, "cluster\n");
  end = Submit("cluster");
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.err, HasSubstr("submitted before"));

  end = Run({"watch", "cluster", "--coordinator", address_});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.out, HasSubstr("sealed"));
  end = Run({"status", "cluster", "--scores", "--coordinator", address_});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.out, HasSubstr("generations  4/4"));
  EXPECT_THAT(end.out, HasSubstr("judged"));
  end = Run({"status", "--coordinator", address_});
  EXPECT_THAT(end.out, HasSubstr("cluster"));
  EXPECT_TRUE(Exported("cluster") == EmbeddedResults());

  EXPECT_EQ(Run({"status", "no-such-run", "--coordinator", address_}).exit_code, 2);
  EXPECT_EQ(Run({"cancel", "cluster", "--coordinator", address_}).exit_code, 2) << "it is sealed";
  EXPECT_EQ(worker1->Terminate().exit_code, 0) << worker1->log();
  EXPECT_EQ(worker2->Terminate().exit_code, 0) << worker2->log();
  EXPECT_EQ(judge->Terminate().exit_code, 0) << judge->log();
  EXPECT_EQ(coordinator->Terminate().exit_code, 0) << coordinator->log();
}

TEST_F(ClusterTest, PauseResumeAndCancel) {
  Serve(1);
  const auto coordinator = Coordinator();
  ASSERT_EQ(Submit("paused").exit_code, 0);
  const auto control = [&](const std::string& verb) {
    return Run({verb, "paused", "--coordinator", address_});
  };
  EXPECT_THAT(control("pause").out, HasSubstr("paused"));
  EXPECT_THAT(control("pause").out, HasSubstr("paused"));
  EXPECT_THAT(Run({"status", "paused", "--coordinator", address_}).out, HasSubstr("operator"));
  EXPECT_THAT(control("resume").out, HasSubstr("running"));
  EXPECT_EQ(control("cancel").exit_code, 0);
  const ProcessEnd watched = Run({"watch", "paused", "--coordinator", address_});
  EXPECT_EQ(watched.exit_code, 1) << watched.err;
  EXPECT_THAT(Exported("paused"), HasSubstr("cancelled"));
}

TEST_F(ClusterTest, SurvivesTheDeathOfEveryRole) {
  Serve(150);
  auto coordinator = Coordinator();
  auto worker = Agent("worker");
  auto judge = Agent("judge");
  ASSERT_EQ(Submit("killed").exit_code, 0);
  ASSERT_TRUE(WaitUntil([&] { return simulator_->Counts().Total() >= 2; }));
  worker->Kill();
  worker = Agent("worker");
  const std::string address = address_;
  coordinator->Kill();
  coordinator = Coordinator(address);
  ASSERT_EQ(address_, address) << "agents know this address only";
  judge->Kill();
  judge = Agent("judge");
  const ProcessEnd end = Run({"watch", "killed", "--coordinator", address_});
  EXPECT_EQ(end.exit_code, 0) << end.err << coordinator->log();
  EXPECT_TRUE(Exported("killed") == EmbeddedResults());
}

}  // namespace
}  // namespace assay
