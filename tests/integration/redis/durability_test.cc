// What a failover may take back, and what not: the durable mark over a master with replicas.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/log.h"
#include "tests/integration/redis/redis_store_fixture.h"

namespace assay {
namespace {

RedisServerOptions ReplicaOf(int port) {
  RedisServerOptions options;
  options.tcp = true;
  options.more = {"--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1",
                  std::to_string(port)};
  return options;
}

RedisServerOptions Master() {
  RedisServerOptions options;
  options.tcp = true;
  options.more = {"--repl-diskless-sync-delay", "0"};
  return options;
}

class DurabilityTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::Installed()) GTEST_SKIP() << RedisServer::kMissing;
    SetLogLevel(LogLevel::kError);
  }

  static RedisRunStoreOptions WithReplicas(int replicas) {
    RedisRunStoreOptions options;
    options.durability.wait.replicas = replicas;
    options.durability.wait.timeout = absl::Milliseconds(100);
    options.durability.retry = absl::Milliseconds(100);
    return options;
  }
  CreateShard NewShard(int units) const {
    CreateShard create{shard_, leader_, 0, {{"g.m.0", "cfg", {}}}, {}};
    for (int i = 0; i < units; ++i)
      create.stages[0].units.push_back({i, v1::UNIT_STATE_QUEUED, {}, ""});
    return create;
  }
  GrantUnits Grant(int unit) const { return {shard_, leader_, {{{"g.m.0", unit}, one_}}}; }
  CommitUnit Commit(int unit) const {
    return {shard_, leader_, {"g.m.0", unit}, one_, "cfg", "rec", {}, {{"n", 1}}};
  }
  static bool UntilDurable(RedisStoreRig& rig, int seconds = 20) {
    return rig.executor().RunInRealTime(
        [&] { return rig.store().durable() == rig.store().applied(); },
        std::chrono::seconds(seconds));
  }
  static absl::Status WaitAll(RedisStoreRig& rig) {
    std::optional<absl::Status> answer;
    rig.store().WaitAll([&](absl::Status status) { answer = std::move(status); });
    rig.executor().RunInRealTime([&] { return answer.has_value(); });
    return answer.value_or(Internal("no answer"));
  }
  static void AwaitReplica(const RedisServer& master) {
    while (master.Run({"WAIT", "1", "100"}).integer < 1) {
    }
  }
  static void AwaitKeys(const RedisServer& server, std::int64_t keys) {
    while (server.Run({"DBSIZE"}).integer < keys) std::this_thread::yield();
  }

  const ShardKey shard_{"run-a", 0};
  const LeaderToken leader_{1, "a"};
  const AttemptId one_{1, 1};
};

TEST_F(DurabilityTest, OneServerAloneIsDurableAtOnce) {
  RedisServer server;
  RedisStoreRig rig(server.address());
  int told = 0;
  rig.store().set_durable_listener([&] { ++told; });
  rig.Must(NewShard(1));
  EXPECT_EQ(rig.store().applied(), 1u);
  EXPECT_EQ(rig.store().durable(), 1u);
  EXPECT_EQ(told, 1);
  rig.Must(Commit(0));
  EXPECT_EQ(rig.store().applied(), 1u) << "a refusal writes nothing";
  EXPECT_TRUE(WaitAll(rig).ok());
}

TEST_F(DurabilityTest, TheMarkFollowsTheReplica) {
  RedisServer master(Master());
  RedisServer replica(ReplicaOf(master.port()));
  AwaitReplica(master);
  RedisStoreRig rig(master.address(), WithReplicas(1));
  rig.Must(NewShard(3));
  EXPECT_EQ(rig.store().durable(), 0u) << "one WAIT for all writes of 50 ms";
  ASSERT_TRUE(UntilDurable(rig));
  replica.Freeze();
  rig.Must(Grant(0));
  EXPECT_EQ(rig.Must(Commit(0)).code, StoreCode::kOk) << "commits go on";
  EXPECT_FALSE(UntilDurable(rig, 1));
  EXPECT_EQ(rig.store().durable(), 1u);
  EXPECT_TRUE(absl::IsUnavailable(WaitAll(rig)));
  replica.Thaw();
  EXPECT_TRUE(UntilDurable(rig));
  EXPECT_EQ(rig.store().durable(), 3u);
  EXPECT_TRUE(WaitAll(rig).ok());
}

// A replica that never saw the last writes is promoted: they are sent again before anything else.
TEST_F(DurabilityTest, WritesThatAFailoverLostAreSentAgain) {
  RedisServer old_master(Master());
  RedisServer heir(ReplicaOf(old_master.port()));
  AwaitReplica(old_master);
  RedisServer replica(ReplicaOf(heir.port()));
  RedisRunStoreOptions options = WithReplicas(1);
  InboxExecutor executor;
  RedisConnectionOptions connecting;
  connecting.servers = {old_master.address(), heir.address()};
  connecting.scripts = options.scripts->All();
  std::optional<RedisConnection> connection(std::in_place, executor, connecting);
  RedisRunStore store(executor, *connection, options);
  const auto must = [&](const Transition& transition) {
    std::optional<StoreReply> reply;
    while (!reply.has_value()) {
      bool answered = false;
      store.Apply(transition, [&](absl::StatusOr<StoreReply> r) {
        answered = true;
        if (r.ok()) reply = *r;
      });
      EXPECT_TRUE(executor.RunUntil([&] { return answered; }));
    }
    return reply->code;
  };
  const auto durable = [&] { return store.durable() == store.applied(); };
  must(NewShard(2));
  ASSERT_TRUE(executor.RunInRealTime(durable));
  heir.Run({"REPLICAOF", "NO", "ONE"});
  must(Grant(0));
  must(Commit(0));
  EXPECT_EQ(heir.Run({"HGET", "assay1:{run-a.0}:u:g.m.0", "0"}).text, "Q|0") << "nothing was lost";
  EXPECT_FALSE(durable()) << "published without waiting";
  old_master.Kill();
  // The grant of the next unit arrives after the writes that are sent again.
  EXPECT_EQ(must(Grant(1)), StoreCode::kOk);
  EXPECT_EQ(heir.Run({"HGET", "assay1:{run-a.0}:u:g.m.0", "0"}).text, "D|1.0000000000000001");
  EXPECT_EQ(heir.Run({"HGET", "assay1:{run-a.0}:a", "n"}).text, "1");
  ASSERT_TRUE(executor.RunInRealTime(durable));
  EXPECT_EQ(must(Commit(0)), StoreCode::kDuplicate);
  AwaitKeys(replica, 4);
  EXPECT_EQ(replica.Run({"HGET", "assay1:{run-a.0}:u:g.m.0", "0"}).text, "D|1.0000000000000001");
  connection.reset();
}

TEST_F(DurabilityTest, MoreThanIsKeptAndANewServerMeansDoubt) {
  RedisServer master(Master());
  RedisRunStoreOptions options = WithReplicas(1);
  options.durability.most_kept = 2;
  RedisStoreRig rig(master.address(), options);
  rig.Must(NewShard(4));
  for (int i = 0; i < 4; ++i) rig.Must(Grant(i));
  EXPECT_FALSE(rig.store().in_doubt());
  master.Run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  rig.Must(Grant(0));
  EXPECT_TRUE(rig.store().in_doubt());
  EXPECT_EQ(WaitAll(rig).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(rig.store().durable(), 0u);
}

}  // namespace
}  // namespace assay
