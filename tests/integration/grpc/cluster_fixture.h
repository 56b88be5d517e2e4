// A cluster of real processes around a simulator, and what a user does with it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "simulator/simulator.h"
#include "tests/integration/grpc/cluster_processes.h"

namespace assay {

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
    EXPECT_THAT(address_, ::testing::HasSubstr("127.0.0.1:")) << coordinator->log();
    return coordinator;
  }

  // One of several coordinators that share a Redis server and the segment folder.
  std::unique_ptr<RoleProcess> Candidate(const std::string& redis, const std::string& writer,
                                         const std::string& listen = "127.0.0.1:0") {
    auto coordinator = std::make_unique<RoleProcess>(
        scratch_.path(), writer + "-" + std::to_string(++started_),
        std::vector<std::string>{"coordinator", "--redis", redis, "--listen", listen, "--blob-dir",
                                 (scratch_.path() / "blobs").string(), "--writer", writer,
                                 "--lease-s", "3", "--sync-hold-s", "0.5", "--election-ttl-s",
                                 "0.5", "--storage-retry-s", "0.1"});
    coordinator->FirstLine();
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
    return {verb, "starter", "--limit", "4", "--model", "openai/sim/strong", "--judge",
            "openai/sim/judge", "--base-url", simulator_->base_url(),
            // Four texts and their judgements, and no others.
            "--set", "judge_health.enabled=false", "--scorer", "length", "--scorer", "repetition",
            "--scorer", "rubric"};
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

}  // namespace assay
