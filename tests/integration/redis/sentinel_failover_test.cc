// Three servers and three sentinels: a planned failover (the worst case, reliability.md 1.5) and a
// crash of the master under load. Everything that was called durable is there afterwards, and
// everything that was answered becomes durable.
#include <gtest/gtest.h>

#include <memory>

#include "common/base/log.h"
#include "coordinator/store/redis_sentinel.h"
#include "tests/integration/redis/redis_store_fixture.h"

namespace assay {
namespace {

constexpr char kName[] = "assay-test";
constexpr int kUnits = 4000;

class SentinelFailoverTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::Installed()) GTEST_SKIP() << RedisServer::kMissing;
    if (!RedisSentinels::Installed()) GTEST_SKIP() << RedisSentinels::kMissing;
    SetLogLevel(LogLevel::kError);
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

    RedisRunStoreOptions options;
    options.durability.wait.replicas = 2;
    options.durability.retry = absl::Milliseconds(100);
    RedisConnectionOptions connecting;
    connecting.sentinels = sentinels_->addresses();
    connecting.master_name = kName;
    connecting.scripts = options.scripts->All();
    connection_ = std::make_unique<RedisConnection>(executor_, connecting);
    store_ = std::make_unique<RedisRunStore>(executor_, *connection_, options);
  }
  void TearDown() override { connection_.reset(); }

  std::string MasterAddress() const {
    const auto named = AskSentinels(sentinels_->addresses(), kName, {});
    return named.ok() ? named->front() : "";
  }
  RedisServer& ServerAt(const std::string& address) {
    for (const auto& server : servers_) {
      if (server->address() == address) return *server;
    }
    ADD_FAILURE() << "no server at " << address;
    return *servers_[0];
  }
  void Must(const Transition& transition) {
    bool done = false;
    while (!done) {
      bool answered = false;
      store_->Apply(transition, [&](absl::StatusOr<StoreReply> reply) {
        answered = true;
        done = reply.ok();
        EXPECT_TRUE(reply.ok() || absl::IsUnavailable(reply.status())) << reply.status();
      });
      ASSERT_TRUE(executor_.RunInRealTime([&] { return answered; }));
    }
  }
  // Grants and commits units one after another until `stop` says so.
  void Work(const std::function<bool()>& stop) {
    while (!stop() && next_ < kUnits) {
      const UnitAddress unit{"g.m.0", next_++};
      Must(GrantUnits{shard_, leader_, {{unit, one_}}});
      Must(CommitUnit{shard_, leader_, unit, one_, "cfg", "rec", {}, {{"n", 1}}});
    }
  }
  void ExpectAllDurableAndThere() {
    ASSERT_TRUE(executor_.RunInRealTime(
        [&] { return store_->durable() == store_->applied() && !store_->in_doubt(); },
        std::chrono::seconds(90)))
        << store_->durable() << " of " << store_->applied();
    std::optional<absl::StatusOr<ShardView>> view;
    store_->ReadShard(shard_, [&](absl::StatusOr<ShardView> v) { view = std::move(v); });
    ASSERT_TRUE(executor_.RunInRealTime([&] { return view.has_value(); }));
    ASSERT_TRUE(view->ok()) << view->status();
    EXPECT_EQ((*view)->counts.done, next_);
    EXPECT_EQ((*view)->sums.at("n"), next_);
  }

  const ShardKey shard_{"run-a", 0};
  const LeaderToken leader_{1, "a"};
  const AttemptId one_{1, 1};
  std::vector<std::unique_ptr<RedisServer>> servers_;
  std::unique_ptr<RedisSentinels> sentinels_;
  InboxExecutor executor_;
  std::unique_ptr<RedisConnection> connection_;
  std::unique_ptr<RedisRunStore> store_;
  int next_ = 0;
};

TEST_F(SentinelFailoverTest, PlannedFailoverAndCrash) {
  CreateShard create{shard_, leader_, 0, {{"g.m.0", "cfg", {}}}, {}};
  for (int i = 0; i < kUnits; ++i)
    create.stages[0].units.push_back({i, v1::UNIT_STATE_QUEUED, {}, ""});
  Must(create);
  Work([&] { return next_ >= 50; });

  const std::string first = MasterAddress();
  ASSERT_EQ(first, servers_[0]->address());
  const absl::StatusOr<std::unique_ptr<RedisSession>> sentinel =
      RedisSession::Open(sentinels_->addresses()[0], {});
  ASSERT_TRUE(sentinel.ok());
  ASSERT_TRUE((*sentinel)->Ask({"SENTINEL", "FAILOVER", kName}).ok());
  Work([&] { return next_ % 20 == 0 && MasterAddress() != first; });
  Work([until = next_ + 50, this] { return next_ >= until; });
  ExpectAllDurableAndThere();

  const std::string second = MasterAddress();
  ASSERT_NE(second, first);
  ServerAt(second).Kill();
  Work([&] { return MasterAddress() != second; });
  Work([until = next_ + 50, this] { return next_ >= until; });
  ServerAt(second).Start();
  ExpectAllDurableAndThere();
}

}  // namespace
}  // namespace assay
