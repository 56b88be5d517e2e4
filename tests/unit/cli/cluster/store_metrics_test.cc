// What a coordinator process counts of its store, and what it makes of it.
#include <gtest/gtest.h>

#include <deque>

#include "cli/cluster/coordinator_metrics.h"
#include "cli/cluster/metered_store.h"
#include "coordinator/store/memory_run_store.h"
#include "tests/fakes/fake_executor.h"
#include "tests/fakes/recorded_metrics.h"

namespace assay {
namespace {

// Answers what a test wants, when it wants.
class ScriptedClient : public RedisClient {
 public:
  void Send(RedisCommand command, RedisCallback done) override {
    requests.push_back({std::move(command), std::move(done)});
  }
  void OnConnect(ConnectHook given) override { hook = std::move(given); }
  void Recheck() override { ++rechecks; }

  void Answer(absl::StatusOr<RedisReply> reply) {
    RedisRequest request = std::move(requests.front());
    requests.pop_front();
    if (!reply.ok()) return std::move(request.done)(reply.status());
    std::move(request.done)(RedisAnswer{*std::move(reply), 1});
  }
  static RedisReply Number(std::int64_t value) {
    RedisReply reply;
    reply.kind = RedisReply::Kind::kInteger;
    reply.integer = value;
    return reply;
  }

  std::deque<RedisRequest> requests;
  ConnectHook hook;
  int rechecks = 0;
};

TEST(StoreMetricsTest, TransitionsAreCountedByTheirAnswers) {
  FakeExecutor executor;
  RecordedMetrics metrics;
  MemoryRunStore memory(executor);
  MeteredRunStore store(memory, metrics, executor.clock());
  const auto apply = [&](Transition transition) {
    StoreReply reply;
    store.Apply(std::move(transition), [&](absl::StatusOr<StoreReply> r) { reply = *r; });
    executor.RunReady();
    return reply.code;
  };
  EXPECT_EQ(metrics.Value("assay_store_replies_total code=fenced transition=commit"), 0)
      << "there before the first";
  EXPECT_EQ(metrics.Value("assay_fenced_writes_total"), 0);
  const ShardKey shard{"run", 0};
  const LeaderToken first{1, "a"}, second{2, "b"};
  CreateShard create{shard, first, 1, {}, {}};
  create.stages.push_back({"g.m.0", "sha256:c", {{0, v1::UNIT_STATE_QUEUED, {}, ""}}});
  EXPECT_EQ(apply(create), StoreCode::kOk);
  EXPECT_EQ(apply(AdoptShard{shard, second}), StoreCode::kOk);
  EXPECT_EQ(apply(AdoptShard{shard, second}), StoreCode::kDuplicate);
  EXPECT_EQ(apply(GrantUnits{shard, first, {{{"g.m.0", 0}, {1, 7}}}}), StoreCode::kFenced);
  EXPECT_EQ(apply(CancelShard{{"run", 9}, second}), StoreCode::kNoShard);
  EXPECT_EQ(metrics.Value("assay_store_replies_total code=ok transition=create"), 1);
  EXPECT_EQ(metrics.Value("assay_store_replies_total code=ok transition=adopt"), 1);
  EXPECT_EQ(metrics.Value("assay_store_replies_total code=dup transition=adopt"), 1);
  EXPECT_EQ(metrics.Value("assay_store_replies_total code=fenced transition=grant"), 1);
  EXPECT_EQ(metrics.Value("assay_store_replies_total code=noshard transition=cancel"), 1);
  EXPECT_EQ(metrics.Value("assay_fenced_writes_total"), 1);
  EXPECT_EQ(metrics.Observations("assay_store_seconds transition=adopt"), 2);
  EXPECT_EQ(metrics.Observations("assay_store_seconds transition=seal_check"), 0);
}

TEST(StoreMetricsTest, ErrorsAreCountedByScriptAndKind) {
  FakeExecutor executor;
  RecordedMetrics metrics;
  ScriptedClient redis;
  MeteredRedisClient client(redis, metrics, executor.clock());
  const RedisScripts& scripts = RedisScripts::BuiltIn();
  EXPECT_EQ(metrics.Value("assay_redis_errors_total error=defect script=seal_check"), 0)
      << "there before the first";
  int answered = 0;
  const auto send = [&](const RedisScript* script, absl::StatusOr<RedisReply> reply) {
    client.Send({script, {}, {"GET", "k"}}, [&](absl::StatusOr<RedisAnswer>) { ++answered; });
    redis.Answer(std::move(reply));
  };
  send(&scripts.commit, StatusOfRedisError("OOM command not allowed"));
  send(&scripts.commit, StatusOfRedisError("READONLY you can't write"));
  send(&scripts.grant, StatusOfRedisError("ERR user_script:7: nil value"));
  send(&scripts.grant, StatusOfRedisError("<script>alert(1)</script> is no word of ours"));
  send(&scripts.renew, Unavailable("the server closed the connection"));
  send(nullptr, Unavailable("stopping"));
  send(&scripts.commit, ScriptedClient::Number(1));
  EXPECT_EQ(answered, 7);
  EXPECT_EQ(metrics.Value("assay_redis_errors_total error=oom script=commit"), 1);
  EXPECT_EQ(metrics.Value("assay_redis_errors_total error=readonly script=commit"), 1);
  EXPECT_EQ(metrics.Value("assay_redis_errors_total error=defect script=grant"), 2);
  EXPECT_EQ(metrics.Value("assay_redis_errors_total error=connection script=renew"), 1);
  EXPECT_EQ(metrics.Value("assay_redis_errors_total error=connection script=none"), 1);
  client.Recheck();
  EXPECT_EQ(redis.rechecks, 1);
}

TEST(StoreMetricsTest, WhatIsSentAgainAfterAReconnectCountsToo) {
  FakeExecutor executor;
  RecordedMetrics metrics;
  ScriptedClient redis;
  MeteredRedisClient client(redis, metrics, executor.clock());
  int answered = 0;
  client.OnConnect([&](std::uint64_t connection) {
    EXPECT_EQ(connection, 3u);
    std::vector<RedisRequest> first;
    first.push_back({{&RedisScripts::BuiltIn().fail, {}, {}},
                     [&](absl::StatusOr<RedisAnswer>) { ++answered; }});
    return first;
  });
  std::vector<RedisRequest> first = redis.hook(3);
  ASSERT_EQ(first.size(), 1u);
  std::move(first[0].done)(StatusOfRedisError("BUSY running a script"));
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(metrics.Value("assay_redis_errors_total error=busy script=fail"), 1);
}

TEST(StoreMetricsTest, WaitsAreTimedAndThoseThatFallShortCounted) {
  FakeExecutor executor;
  RecordedMetrics metrics;
  ScriptedClient redis;
  MeteredRedisClient client(redis, metrics, executor.clock());
  EXPECT_EQ(metrics.Value("assay_redis_wait_shortfalls_total"), 0);
  int ok = 0, failed = 0;
  const auto wait = [&](std::int64_t confirmed) {
    WaitForReplicas(client, {2, absl::Milliseconds(100)},
                    [&](absl::StatusOr<std::uint64_t> c) { c.ok() ? ++ok : ++failed; });
    redis.Answer(ScriptedClient::Number(0));  // its own write
    executor.Advance(absl::Milliseconds(80));
    redis.Answer(ScriptedClient::Number(confirmed));
  };
  wait(2);
  EXPECT_EQ(metrics.Observations("assay_redis_wait_seconds"), 1);
  EXPECT_NEAR(metrics.Value("assay_redis_wait_seconds"), 0.08, 1e-9);
  EXPECT_EQ(metrics.Value("assay_redis_wait_shortfalls_total"), 0);
  wait(1);
  EXPECT_EQ(metrics.Observations("assay_redis_wait_seconds"), 2);
  EXPECT_EQ(metrics.Value("assay_redis_wait_shortfalls_total"), 1);
  EXPECT_EQ(ok, 1);
  EXPECT_EQ(failed, 1);
}

TEST(StoreMetricsTest, TheLagIsThatOfTheOldestWrite) {
  WriteLag lag;
  const auto at = [](int seconds) { return absl::Seconds(seconds); };
  EXPECT_EQ(lag.Sample(0, 0, at(100)), at(0));
  EXPECT_EQ(lag.Sample(5, 5, at(101)), at(0));
  EXPECT_EQ(lag.Sample(8, 5, at(102)), at(0)) << "seen for the first time";
  EXPECT_EQ(lag.Sample(9, 5, at(110)), at(8));
  EXPECT_EQ(lag.Sample(9, 7, at(111)), at(9)) << "the eighth is not";
  EXPECT_EQ(lag.Sample(9, 8, at(112)), at(2)) << "the ninth was seen at 110";
  EXPECT_EQ(lag.Sample(9, 9, at(113)), at(0));
  EXPECT_EQ(lag.Sample(9, 9, at(500)), at(0));
}

TEST(StoreMetricsTest, ACoordinatorShowsItsTermAndItsRedis) {
  FakeExecutor executor;
  RecordedMetrics metrics;
  ScriptedClient redis;
  RedisRunStoreOptions storing;
  storing.durability.wait.replicas = 1;
  CoordinatorMetrics figures(metrics, executor.clock());
  RedisRunStore store(executor, redis, storing);
  figures.WatchRedis(store, redis);
  EXPECT_EQ(metrics.Value("assay_leader"), 0);
  EXPECT_EQ(metrics.Value("assay_leader_epoch"), 0);
  figures.OnElected(7);
  EXPECT_EQ(metrics.Value("assay_leader"), 1);
  EXPECT_EQ(metrics.Value("assay_leader_epoch"), 7);
  figures.OnDemoted();
  EXPECT_EQ(metrics.Value("assay_leader"), 0);
  EXPECT_EQ(metrics.Value("assay_leader_epoch"), 7) << "of its last term";

  figures.Publish(nullptr);
  ASSERT_EQ(redis.requests.size(), 1u);
  EXPECT_EQ(redis.requests[0].command.args, (std::vector<std::string>{"INFO", "memory"}));
  RedisReply info;
  info.kind = RedisReply::Kind::kText;
  info.text = "# Memory\r\nused_memory:1234567\r\nused_memory_human:1.18M\r\n";
  redis.Answer(info);
  EXPECT_EQ(metrics.Value("assay_redis_memory_bytes"), 1234567);
  executor.Advance(absl::Seconds(1));
  figures.Publish(nullptr);
  EXPECT_TRUE(redis.requests.empty()) << "not every second";
  EXPECT_EQ(metrics.Value("assay_undurable_writes"), 0);
  EXPECT_EQ(metrics.Value("assay_durable_lag_seconds"), 0);
}

}  // namespace
}  // namespace assay
