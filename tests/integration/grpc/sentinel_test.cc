// Coordinators that find their Redis through sentinels and wait for its replicas, across the death
// of the server that they work with.
#include "coordinator/store/redis_sentinel.h"

#include "tests/fakes/redis_server.h"
#include "tests/integration/grpc/cluster_fixture.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

constexpr char kName[] = "assay-test";

class SentinelTest : public ClusterTest {
 protected:
  void SetUp() override {
    if (!RedisServer::Installed()) GTEST_SKIP() << RedisServer::kMissing;
    if (!RedisSentinels::Installed()) GTEST_SKIP() << RedisSentinels::kMissing;
    RedisServerOptions master;
    master.tcp = true;
    master.more = {"--repl-diskless-sync-delay", "0"};
    servers_.push_back(std::make_unique<RedisServer>(master));
    RedisServerOptions replica = master;
    replica.more.insert(replica.more.end(),
                        {"--replicaof", "127.0.0.1", std::to_string(servers_[0]->port())});
    for (int i = 0; i < 2; ++i) servers_.push_back(std::make_unique<RedisServer>(replica));
    while (servers_[0]->Run({"WAIT", "2", "100"}).integer < 2) {
    }
    sentinels_ = std::make_unique<RedisSentinels>(kName, servers_[0]->port(), 500, 2);
    Serve(100);
  }

  std::vector<std::string> RedisFlags() const {
    std::vector<std::string> flags = {"--redis-master",         kName, "--redis-wait-replicas", "2",
                                      "--redis-wait-timeout-s", "0.2"};
    for (const std::string& address : sentinels_->addresses()) {
      flags.insert(flags.end(), {"--redis-sentinel", address});
    }
    return flags;
  }

  std::unique_ptr<RoleProcess> Start(const std::string& writer) {
    std::vector<std::string> arguments = {
        "coordinator", "--listen",          "127.0.0.1:0", "--blob-dir",
        blobs(),       "--writer",          writer,        "--lease-s",
        "3",           "--sync-hold-s",     "0.5",         "--election-ttl-s",
        "1",           "--storage-retry-s", "0.1"};
    const std::vector<std::string> flags = RedisFlags();
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    auto coordinator = std::make_unique<RoleProcess>(scratch_.path(), writer, arguments);
    coordinator->FirstLine();
    return coordinator;
  }
  std::string blobs() const { return (scratch_.path() / "blobs").string(); }

  std::string MasterAddress() const {
    const auto named = AskSentinels(sentinels_->addresses(), kName, {});
    return named.ok() ? named->front() : "";
  }

  std::vector<std::unique_ptr<RedisServer>> servers_;
  std::unique_ptr<RedisSentinels> sentinels_;
};

TEST_F(SentinelTest, ARunGoesOnWhenItsRedisDies) {
  const auto first = Start("first");
  ASSERT_TRUE(WaitUntil([&] { return first->log().find(" leading ") != std::string::npos; }))
      << first->log();
  EXPECT_THAT(first->log(), HasSubstr("redis_not_durable"));
  EXPECT_THAT(first->log(), HasSubstr("appendonly is no, expected yes"));
  const auto second = Start("second");
  address_ = first->FirstLine() + "," + second->FirstLine();
  std::vector<std::unique_ptr<RoleProcess>> agents;
  agents.push_back(Agent("worker"));
  agents.push_back(Agent("judge"));
  ASSERT_EQ(Submit("job").exit_code, 0);
  ASSERT_TRUE(WaitUntil([&] { return simulator_->Counts().Total() >= 2; }));

  const std::string dead = MasterAddress();
  ASSERT_EQ(dead, servers_[0]->address());
  servers_[0]->Kill();
  ASSERT_TRUE(WaitUntil([&] { return MasterAddress() != dead; }));
  // One replica is left of the two that are waited for: nothing irrevocable happens until the dead
  // server is back as the other.
  servers_[0]->Start();
  const ProcessEnd end = Run({"watch", "job", "--coordinator", address_});
  EXPECT_EQ(end.exit_code, 0) << end.err << first->log() << second->log();
  EXPECT_TRUE(Exported("job") == EmbeddedResults());

  std::vector<std::string> fsck = {"fsck", "job", "--blob-dir", blobs()};
  const std::vector<std::string> flags = RedisFlags();
  fsck.insert(fsck.end(), flags.begin(), flags.end());
  const ProcessEnd checked = Run(fsck);
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("Redis is what the segments say"));
}

}  // namespace
}  // namespace assay
