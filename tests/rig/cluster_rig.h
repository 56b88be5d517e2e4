// A whole cluster of real processes over a real redis-server: two coordinators, workers, judges and
// a simulator, each of which a test may kill, stop and start again. Time constants are short, so
// that every fault is over in seconds. What was paid for is read from the simulator's ledger.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "simulator/simulator.h"
#include "tests/fakes/redis_server.h"
#include "tests/integration/grpc/cluster_processes.h"

namespace assay {

using Words = std::vector<std::string>;

class ClusterRig : public ::testing::Test {
 protected:
  static constexpr int kSlots = 4;

  void SetUp() override {
    if (!RedisServer::Installed()) GTEST_SKIP() << RedisServer::kMissing;
    home_ = "ASSAY_HOME=" + (scratch_.path() / "home").string();
  }
  // Agents first: they know only the coordinators.
  void TearDown() override {
    agents_.clear();
    coordinators_.clear();
  }

  void Serve(SimulatorOptions options) {
    auto started = Simulator::Start(std::move(options));
    ASSERT_TRUE(started.ok()) << started.status();
    simulator_ = *std::move(started);
  }

  // With an fsync before every reply. Coordinators look for it at `redis_at_`.
  virtual void StartRedis() {
    RedisServerOptions options;
    options.appendfsync = "always";
    redis_ = std::make_unique<RedisServer>(options);
    redis_at_ = {"--redis", redis_->address()};
  }

  // Redis, and two coordinators of which "first" leads.
  void StartCoordinators() {
    StartRedis();
    StartCoordinator("first");
    ASSERT_TRUE(WaitUntil([&] { return Leads("first"); })) << LogOf("first");
    StartCoordinator("second");
    address_ = listen_["first"] + "," + listen_["second"];
  }
  void StartAgents(int workers, int judges) {
    for (int i = 1; i <= workers; ++i) StartAgent("worker" + std::to_string(i));
    for (int i = 1; i <= judges; ++i) StartAgent("judge" + std::to_string(i));
  }

  // Also after it was killed: under the same name, at the same address. `environment` is added.
  void StartCoordinator(const std::string& name, const Words& environment = {}) {
    const std::string listen = listen_.contains(name) ? listen_[name] : "127.0.0.1:0";
    Words arguments = {"coordinator",
                       "--listen",
                       listen,
                       "--blob-dir",
                       (scratch_.path() / "blobs").string(),
                       "--writer",
                       name,
                       "--lease-s",
                       "0.6",
                       "--lease-grace-s",
                       "0.2",
                       "--sync-hold-s",
                       "0.2",
                       "--election-ttl-s",
                       "0.5",
                       "--storage-retry-s",
                       "0.1"};
    arguments.insert(arguments.end(), redis_at_.begin(), redis_at_.end());
    AtPlaceOf(name, [&] { coordinators_[name] = Role(name, arguments, environment); });
    listen_[name] = coordinators_[name]->FirstLine();
    ASSERT_THAT(listen_[name], ::testing::HasSubstr(listen.substr(0, listen.find(':'))))
        << LogOf(name);
  }
  // Starts a process where coordinators of that name belong: on a machine of its own, say.
  virtual void AtPlaceOf(const std::string&, const std::function<void()>& start) { start(); }

  // "worker…" or "judge…". `at`: where it looks for coordinators; empty: at all of them.
  void StartAgent(const std::string& name, const Words& environment = {},
                  const std::string& at = "") {
    const std::string role = name.starts_with("worker") ? "worker" : "judge";
    agents_[name] = Role(name,
                         {role, "--id", name, "--coordinator", at.empty() ? address_ : at,
                          "--slots", std::to_string(slots_), "--wait-for", simulator_->base_url(),
                          "--sync-deadline-s", "2", "--rpc-deadline-s", "2"},
                         environment);
    agents_[name]->FirstLine();
  }

  std::string LogOf(const std::string& coordinator) { return coordinators_[coordinator]->log(); }

  // The newest of its terms is not over, as its log has it.
  bool Leads(const std::string& coordinator) {
    const std::string log = LogOf(coordinator);
    const std::size_t led = log.rfind(" leading ");
    if (led == std::string::npos) return false;
    const std::size_t demoted = log.rfind(" demoted ");
    return demoted == std::string::npos || demoted < led;
  }
  static std::string Other(const std::string& coordinator) {
    return coordinator == "first" ? "second" : "first";
  }
  std::string Leader() {
    std::string leader;
    EXPECT_TRUE(WaitUntil([&] {
      leader = Leads("first") ? "first" : Leads("second") ? "second" : "";
      return !leader.empty();
    })) << LogOf("first")
        << LogOf("second");
    return leader;
  }

  // SIGKILL; it starts again only when the other one leads.
  void ReplaceLeader() {
    const std::string leader = Leader();
    ASSERT_FALSE(leader.empty());
    coordinators_[leader]->Kill();
    ASSERT_TRUE(WaitUntil([&] { return Leads(Other(leader)); })) << LogOf(Other(leader));
    StartCoordinator(leader);
  }
  void ReplaceAgent(const std::string& name) {
    agents_[name]->Kill();
    StartAgent(name);
  }

  ProcessEnd Run(Words arguments, const Words& environment = {}) {
    const std::filesystem::path folder = scratch_.path() / ("verb" + std::to_string(++started_));
    std::filesystem::create_directories(folder);
    return AssayProcess(folder, std::move(arguments), With(environment)).Wait();
  }
  void Submit(const std::string& run_id, const Words& job) {
    Words arguments = {"submit", "--coordinator", address_, "--run-id", run_id};
    arguments.insert(arguments.begin() + 1, job.begin(), job.end());
    const ProcessEnd end = Run(std::move(arguments));
    ASSERT_EQ(end.exit_code, 0) << end.err;
  }
  ProcessEnd Watch(const std::string& run_id) {
    return Run({"watch", run_id, "--coordinator", address_});
  }

  // Copies a run out of the cluster, checks it, and gives its folder.
  std::string Exported(const std::string& run_id) {
    const std::string to = (scratch_.path() / "laptop").string();
    const ProcessEnd end = Run({"export", run_id, "--coordinator", address_, "--to", to});
    EXPECT_EQ(end.exit_code, 0) << end.err;
    const ProcessEnd fsck = Run({"fsck", to + "/" + run_id});
    EXPECT_EQ(fsck.exit_code, 0) << fsck.out << fsck.err;
    return to + "/" + run_id;
  }
  // Where the same run in one process puts its results. Nothing slows it down.
  std::string Embedded(const std::string& run_id, const Words& job) {
    FaultRule fast;
    fast.name = "fast";
    fast.action.latency_ms = 0;
    simulator_->SetFaults({fast});
    const std::string to = (scratch_.path() / "embedded").string();
    Words arguments = {"run", "--run-id", run_id, "-o", to};
    arguments.insert(arguments.begin() + 1, job.begin(), job.end());
    const ProcessEnd end = Run(std::move(arguments));
    EXPECT_THAT(end.exit_code, ::testing::AnyOf(0, 1)) << end.err;
    simulator_->SetFaults({});
    return to + "/" + run_id;
  }
  // Without the one thing that differs between two runs: the judges' nonce in the replies' digests.
  std::string Canonical(const std::string& folder) {
    const ProcessEnd end = Run({"results", folder, "--canonical"});
    EXPECT_EQ(end.exit_code, 0) << end.err;
    EXPECT_GT(end.out.size(), 100u);
    static const std::regex kReplyDigest("\"text_digest\":\"sha256:[0-9a-f]+\",\"try\"");
    return std::regex_replace(end.out, kReplyDigest, "\"try\"");
  }

  // A suite of its own with that many samples; a generation and a judgement each.
  Words SmallJob(int samples) {
    const std::filesystem::path suite = scratch_.path() / "suite";
    std::filesystem::create_directories(suite);
    std::ofstream(suite / "suite.yaml") << "name: small\ntitle: Small texts\nversion: \"1\"\n";
    std::ofstream lines(suite / "samples.jsonl");
    for (int i = 0; i < samples; ++i) {
      const int words = 60 + i;
      lines << R"({"id": "s)" << i << R"(", "prompt": "Write a )" << words
            << R"( word note about lighthouse number )" << i << R"(.", "required_words": )" << words
            << R"(, "language": "en"})"
            << "\n";
    }
    return {suite.string(),
            "--model",
            "openai/sim/strong",
            "--judge",
            "openai/sim/judge",
            "--scorer",
            "rubric",
            "--scorer",
            "length",
            "--set",
            "judge_health.enabled=false",
            "--base-url",
            simulator_->base_url()};
  }

  struct Bill {
    std::int64_t calls = 0;
    std::int64_t repeated = 0;  // calls that had been made before
  };
  // Of the requests after the first `since`.
  Bill Paid(std::int64_t since = 0) {
    Bill bill;
    std::set<std::string> seen;
    for (const LedgerEntry& entry : simulator_->LedgerEntries()) {
      if (entry.order <= since) continue;
      ++bill.calls;
      bill.repeated += !seen.insert(entry.body_sha256).second;
    }
    return bill;
  }

  // Returns when the simulator has served `calls` more than `since`.
  void WaitForCalls(std::int64_t calls, std::int64_t since = 0) {
    ASSERT_TRUE(WaitUntil([&] { return simulator_->Counts().Total() - since >= calls; }))
        << simulator_->Counts().Total() - since << " calls";
  }

  ScratchFolder scratch_;
  std::string home_;
  std::unique_ptr<Simulator> simulator_;
  std::unique_ptr<RedisServer> redis_;
  std::map<std::string, std::unique_ptr<RoleProcess>> coordinators_;
  std::map<std::string, std::unique_ptr<RoleProcess>> agents_;
  std::map<std::string, std::string> listen_;
  Words redis_at_;  // arguments of a coordinator
  std::string address_;
  int slots_ = kSlots;                 // of each agent
  std::map<std::string, Words> also_;  // further arguments of a role, by its name

 private:
  Words With(Words environment) const {
    environment.push_back(home_);
    return environment;
  }
  std::unique_ptr<RoleProcess> Role(const std::string& name, Words arguments,
                                    const Words& environment) {
    arguments.insert(arguments.end(), also_[name].begin(), also_[name].end());
    return std::make_unique<RoleProcess>(scratch_.path(), name + "-" + std::to_string(++started_),
                                         std::move(arguments), With(environment));
  }
  int started_ = 0;
};

}  // namespace assay
