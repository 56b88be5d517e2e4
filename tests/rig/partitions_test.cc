// F7, F8 with a network that says nothing: each coordinator and Redis have machines of their own
// (network namespaces), agents, the simulator and the test share the hub.
#include "tests/rig/fault_run.h"
#include "tests/rig/netns.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

class Partitions : public FaultRun {
 protected:
  void SetUp() override {
    FaultRun::SetUp();
    if (IsSkipped()) return;
    network_ = std::make_unique<NetworkNamespaces>(Words{"first", "second", "redis"});
    if (!network_->problem().empty()) GTEST_SKIP() << network_->problem();
    for (const char* name : {"first", "second"}) listen_[name] = network_->AddressOf(name) + ":0";
  }
  void TearDown() override {
    FaultRun::TearDown();
    redis_.reset();
    simulator_.reset();
    network_.reset();
  }

  // The test itself asks it over a unix socket, which knows no networks.
  void StartRedis() override {
    RedisServerOptions options;
    options.appendfsync = "always";
    const std::string port = std::to_string(FreeLowPort());
    options.more = {"--port",           port, "--bind", network_->AddressOf("redis"),
                    "--protected-mode", "no"};
    network_->On("redis", [&] { redis_ = std::make_unique<RedisServer>(options); });
    redis_at_ = {"--redis", network_->AddressOf("redis") + ":" + port, "--insecure-listen"};
  }
  void AtPlaceOf(const std::string& name, const std::function<void()>& start) override {
    network_->On(name, start);
  }

  void CutBoth(const std::string& a, const std::string& b) {
    network_->Cut(a, b);
    network_->Cut(b, a);
  }
  void HealBoth(const std::string& a, const std::string& b) {
    network_->Heal(a, b);
    network_->Heal(b, a);
  }

  std::unique_ptr<NetworkNamespaces> network_;
};

// F8: in both directions, commands lost, replies lost. The other one leads; the old one steps down
// by its own clock, for nobody can tell it, and leads nothing when it is back.
TEST_F(Partitions, LeaderWithoutRedis) {
  ASSERT_NO_FATAL_FAILURE(Begin(150, 40));
  StartAgents(2, 2);
  ASSERT_NO_FATAL_FAILURE(Submit("redis", job_));
  for (const auto& [commands, replies] : {std::pair{true, true}, {true, false}, {false, true}}) {
    ASSERT_NO_FATAL_FAILURE(WaitForCalls(6, Served()));
    const std::string leader = Leader();
    if (commands) network_->Cut(leader, "redis");
    if (replies) network_->Cut("redis", leader);
    ASSERT_TRUE(WaitUntil([&] { return Leads(Other(leader)); })) << LogOf(Other(leader));
    EXPECT_TRUE(WaitUntil([&] { return !Leads(leader); })) << LogOf(leader);
    EXPECT_THAT(LogOf(leader), HasSubstr(" demoted "));
    ASSERT_NO_FATAL_FAILURE(WaitForCalls(6, Served()));
    HealBoth(leader, "redis");
  }
  ExpectWhole("redis", served_, 3 * kSlots);
}

// F7: it goes on leading, and nobody hears it. Leases end meanwhile; what agents have is offered
// and taken when they are heard again.
TEST_F(Partitions, LeaderWithoutAgents) {
  ASSERT_NO_FATAL_FAILURE(Begin(400, 24));
  StartAgents(2, 2);
  ASSERT_NO_FATAL_FAILURE(Submit("agents", job_));
  int cuts = 0;
  for (const auto& [requests, replies] : {std::pair{true, true}, {true, false}, {false, true}}) {
    ASSERT_NO_FATAL_FAILURE(WaitForCalls(4, Served()));
    const std::string leader = Leader();
    const std::size_t seen = LogOf(leader).size();
    if (requests) network_->Cut(NetworkNamespaces::kHub, leader);
    if (replies) network_->Cut(leader, NetworkNamespaces::kHub);
    EXPECT_TRUE(WaitUntil([&] {
      return LogOf(leader).find("lease_lost", seen) != std::string::npos;
    })) << LogOf(leader);
    EXPECT_TRUE(Leads(leader));
    HealBoth(NetworkNamespaces::kHub, leader);
    ++cuts;
  }
  ExpectWhole("agents", served_, cuts * 2 * kSlots);
}

}  // namespace
}  // namespace assay
