// RedisRunStore held to the contract of RunStore on a real server, and what only it can get wrong:
// damaged values, lost scripts, changed stages, the index of shards.
#include "coordinator/store/redis_run_store.h"

#include <gmock/gmock.h>

#include "coordinator/store/redis_codec.h"
#include "coordinator/store/redis_layout.h"
#include "coordinator/store/redis_schema.h"
#include "tests/integration/redis/redis_store_fixture.h"
#include "tests/unit/coordinator/run_store_contract.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

RedisServer& SharedServer() {
  static RedisServer server;
  return server;
}

class RedisFixture : public RunStoreFixture {
 public:
  RedisFixture() {
    if (!RedisServer::Installed()) return;
    SharedServer().Run({"FLUSHALL"});
    rig_.emplace(SharedServer().address());
  }
  RunStore& store() override { return rig_->store(); }
  void RunUntil(const std::function<bool()>& done) override {
    ASSERT_TRUE(rig_->executor().RunUntil(done));
  }

 private:
  std::optional<RedisStoreRig> rig_;
};

std::vector<RunStoreFixtureFactory> Fixtures() {
  if (RedisServer::Installed()) return {[] { return std::make_unique<RedisFixture>(); }};
  return {};
}

INSTANTIATE_TEST_SUITE_P(Redis, RunStoreContract, testing::ValuesIn(Fixtures()));
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RunStoreContract);

class RedisRunStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::Installed()) GTEST_SKIP() << RedisServer::kMissing;
    SharedServer().Run({"FLUSHALL"});
    SharedServer().Run({"SCRIPT", "FLUSH"});
    rig_.emplace(SharedServer().address());
  }

  CreateShard NewShard(std::int32_t shard = 0, std::int32_t revision = 0) const {
    return {{"run-a", shard},
            leader_,
            revision,
            {{"g.m.0", "cfg", {{0, v1::UNIT_STATE_QUEUED, {}, ""}}},
             {"s.rules.m.0", "cfg-r", {{0, v1::UNIT_STATE_BLOCKED, {}, ""}}}},
            {}};
  }
  CommitUnit Commit() const {
    return {shard_, leader_, {"g.m.0", 0}, one_, "cfg", "rec", {{"s.rules.m.0", 0}}, {{"w", 7}}};
  }
  void CreateAndGrant() {
    ASSERT_EQ(rig_->Must(NewShard()).code, StoreCode::kOk);
    ASSERT_THAT(rig_->Must(GrantUnits{shard_, leader_, {{{"g.m.0", 0}, one_}}}).units,
                ElementsAre(StoreCode::kOk));
  }

  const ShardKey shard_{"run-a", 0};
  const LeaderToken leader_{3, "aaaa"};
  const AttemptId one_{1, 0x11};
  std::optional<RedisStoreRig> rig_;
};

TEST_F(RedisRunStoreTest, LayoutIsAsDocumented) {
  CreateAndGrant();
  ASSERT_EQ(rig_->Must(Commit()).code, StoreCode::kOk);
  RedisServer& redis = SharedServer();
  EXPECT_EQ(redis.Run({"HGET", "assay1:{run-a.0}:m", "leader"}).text, "3:aaaa");
  EXPECT_EQ(redis.Run({"HGET", "assay1:{run-a.0}:m", "state"}).text, "RUNNING");
  EXPECT_EQ(redis.Run({"HGET", "assay1:{run-a.0}:m", "rev"}).text, "0");
  EXPECT_EQ(redis.Run({"HGET", "assay1:{run-a.0}:m", "cfg:g.m.0"}).text, "cfg");
  EXPECT_EQ(redis.Run({"HGET", "assay1:{run-a.0}:u:g.m.0", "0"}).text, "D|1.0000000000000011");
  EXPECT_EQ(redis.Run({"HGET", "assay1:{run-a.0}:r:g.m.0", "0"}).text, "rec");
  EXPECT_EQ(redis.Run({"HGET", "assay1:{run-a.0}:u:s.rules.m.0", "0"}).text, "Q|0");
  EXPECT_EQ(redis.Run({"HGET", "assay1:{run-a.0}:a", "w"}).text, "7");
  EXPECT_EQ(redis.Run({"SISMEMBER", "assay1:{run-a}:shards", "0"}).integer, 1);
  EXPECT_EQ(redis.Run({"DBSIZE"}).integer, 6);
  EXPECT_EQ(redis.Run({"OBJECT", "ENCODING", "assay1:{run-a.0}:u:g.m.0"}).text, "listpack");
}

TEST_F(RedisRunStoreTest, FailuresStandApart) {
  CreateAndGrant();
  const FailUnit fail{shard_, leader_, {"g.m.0", 0}, one_, v1::UNIT_STATE_FAILED, "why", {}};
  ASSERT_EQ(rig_->Must(fail).code, StoreCode::kOk);
  EXPECT_EQ(SharedServer().Run({"HGET", "assay1:{run-a.0}:x", "g.m.0/0"}).text, "why");
  EXPECT_EQ(SharedServer().Run({"EXISTS", "assay1:{run-a.0}:r:g.m.0"}).integer, 0);
  EXPECT_EQ(rig_->Read(shard_)->units[0].record, "why");
}

TEST_F(RedisRunStoreTest, ListsShardsThatExist) {
  for (int shard : {11, 2, 0}) ASSERT_EQ(rig_->Must(NewShard(shard)).code, StoreCode::kOk);
  SharedServer().Run({"SADD", "assay1:{run-a}:shards", "5"});
  std::optional<absl::StatusOr<std::vector<ShardKey>>> keys;
  rig_->store().ListShards("run-a", [&](auto answer) { keys = std::move(answer); });
  ASSERT_TRUE(rig_->executor().RunUntil([&] { return keys.has_value(); }));
  ASSERT_TRUE(keys->ok());
  EXPECT_THAT(**keys,
              ElementsAre(ShardKey{"run-a", 0}, ShardKey{"run-a", 2}, ShardKey{"run-a", 11}));
  keys.reset();
  rig_->store().ListShards("run-b", [&](auto answer) { keys = std::move(answer); });
  ASSERT_TRUE(rig_->executor().RunUntil([&] { return keys.has_value(); }));
  EXPECT_TRUE((*keys)->empty());
}

TEST_F(RedisRunStoreTest, LostScriptsAreLoadedAgain) {
  CreateAndGrant();
  SharedServer().Run({"SCRIPT", "FLUSH"});
  EXPECT_EQ(rig_->Must(Commit()).code, StoreCode::kOk);
  EXPECT_EQ(rig_->Must(Commit()).code, StoreCode::kDuplicate);
}

TEST_F(RedisRunStoreTest, AnotherProcessMayHaveChangedTheStages) {
  CreateAndGrant();
  RedisStoreRig other(SharedServer().address());
  CreateShard next = NewShard(0, 1);
  next.leader = {4, "bbbb"};
  next.stages[1].stage = "s.other.m.0";
  ASSERT_EQ(other.Must(next).code, StoreCode::kOk) << "removes a stage it has to be told of";
  EXPECT_EQ(SharedServer().Run({"EXISTS", "assay1:{run-a.0}:u:s.rules.m.0"}).integer, 0);
  const absl::StatusOr<ShardView> view = rig_->Read(shard_);
  ASSERT_TRUE(view.ok()) << view.status();
  ASSERT_EQ(view->units.size(), 2u);
  EXPECT_EQ(view->units[1].unit.stage, "s.other.m.0");
  EXPECT_EQ(rig_->Must(SealCheck{shard_, {4, "bbbb"}, true}).counts.total, 2);
  EXPECT_EQ(rig_->Must(CancelShard{shard_, {4, "bbbb"}}).code, StoreCode::kOk);
}

// A store that has not met the shard has to learn its stages first; nothing may overtake.
TEST_F(RedisRunStoreTest, OrderHoldsWhileStagesAreLearnt) {
  ASSERT_EQ(rig_->Must(NewShard()).code, StoreCode::kOk);
  RedisStoreRig fresh(SharedServer().address());
  std::vector<std::string> order;
  fresh.store().Apply(CancelShard{shard_, leader_}, [&](absl::StatusOr<StoreReply> reply) {
    order.push_back(StoreCodeName(reply->code));
  });
  fresh.store().Apply(GrantUnits{shard_, leader_, {{{"g.m.0", 0}, one_}}},
                      [&](absl::StatusOr<StoreReply> reply) {
                        order.push_back(StoreCodeName(reply->units.at(0)));
                      });
  ASSERT_TRUE(fresh.executor().RunUntil([&] { return order.size() == 2; }));
  EXPECT_THAT(order, ElementsAre("OK", "NOTOPEN"));
}

TEST_F(RedisRunStoreTest, DamagedValuesAreNamedAndNotTouched) {
  CreateAndGrant();
  SharedServer().Run({"HSET", "assay1:{run-a.0}:u:g.m.0", "0", "L1.0000"});
  for (const Transition& transition :
       {Transition(Commit()), Transition(CancelShard{shard_, leader_}),
        Transition(SealCheck{shard_, leader_, true}),
        Transition(GrantUnits{shard_, leader_, {{{"g.m.0", 0}, {2, 2}}}})}) {
    const absl::StatusOr<StoreReply> reply = rig_->Apply(transition);
    EXPECT_EQ(reply.status().code(), absl::StatusCode::kDataLoss) << reply.status();
  }
  EXPECT_EQ(rig_->Read(shard_).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(SharedServer().Run({"HGET", "assay1:{run-a.0}:u:g.m.0", "0"}).text, "L1.0000");
}

TEST_F(RedisRunStoreTest, ASumThatIsNoIntegerStopsACommitBeforeItsFirstWrite) {
  CreateAndGrant();
  for (const char* sum : {"1.5", "", "9999999999999999999"}) {
    SharedServer().Run({"HSET", "assay1:{run-a.0}:a", "w", sum});
    EXPECT_EQ(rig_->Apply(Commit()).status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(SharedServer().Run({"HGET", "assay1:{run-a.0}:u:g.m.0", "0"}).text,
              "L|1.0000000000000011");
  }
}

TEST_F(RedisRunStoreTest, AKeyOfAnotherTypeIsADefectAndNothingIsWritten) {
  CreateAndGrant();
  SharedServer().Run({"SET", "assay1:{run-a.0}:a", "x"});
  EXPECT_EQ(rig_->Apply(Commit()).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(SharedServer().Run({"HGET", "assay1:{run-a.0}:u:g.m.0", "0"}).text,
            "L|1.0000000000000011");
}

TEST_F(RedisRunStoreTest, FullMemoryIsWaitedOutWithoutHalfAWrite) {
  CreateAndGrant();
  SharedServer().Run({"CONFIG", "SET", "maxmemory", "1"});
  const absl::StatusOr<StoreReply> refused = rig_->Apply(Commit());
  SharedServer().Run({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("OOM"));
  EXPECT_EQ(rig_->Read(shard_)->counts.leased, 1);
  EXPECT_EQ(rig_->Must(Commit()).code, StoreCode::kOk);
}

TEST_F(RedisRunStoreTest, LargeShardsPassThroughInPieces) {
  CreateShard create = NewShard();
  create.stages[0].units.clear();
  for (int i = 0; i < 20000; ++i) {
    create.stages[0].units.push_back({i, v1::UNIT_STATE_DONE, {1, 1}, "r" + std::to_string(i)});
  }
  ASSERT_EQ(rig_->Must(create).code, StoreCode::kOk);
  const absl::StatusOr<ShardView> view = rig_->Read(shard_);
  ASSERT_TRUE(view.ok());
  ASSERT_EQ(view->counts.done, 20000);
  EXPECT_EQ(view->units[12345].record, "r12345");
}

TEST_F(RedisRunStoreTest, AnEpochIsComparedAsANumberOfAnyLength) {
  ASSERT_EQ(rig_->Must(NewShard()).code, StoreCode::kOk);
  EXPECT_EQ(rig_->Must(AdoptShard{shard_, {10, "x"}}).code, StoreCode::kOk);
  EXPECT_EQ(rig_->Must(AdoptShard{shard_, {9, "y"}}).code, StoreCode::kFenced);
  const std::uint64_t huge = (std::uint64_t{1} << 60) + 1;
  EXPECT_EQ(rig_->Must(AdoptShard{shard_, {huge, "x"}}).code, StoreCode::kOk);
  EXPECT_EQ(rig_->Must(AdoptShard{shard_, {huge - 1, "y"}}).code, StoreCode::kFenced);
}

// The commit script itself, as a client of another make would call it (reliability.md 3.6).
TEST_F(RedisRunStoreTest, TwelveCasesOfTheCommitScript) {
  RedisServer& redis = SharedServer();
  const std::string tag = "assay1:{r.0}:";
  const std::string held = "1.00000000000000aa";
  const auto reset = [&](const std::string& cell, const std::string& record,
                         const std::string& state) {
    redis.Run({"FLUSHALL"});
    redis.Run({"HSET", tag + "m", "leader", "3:aa", "state", state, "cfg:g", "c"});
    redis.Run({"HSET", tag + "u:g", "7", cell});
    redis.Run({"HSET", tag + "u:s", "7", "B|0"});
    if (!record.empty()) redis.Run({"HSET", tag + "r:g", "7", record});
  };
  const auto dump = [&] {
    std::string text;
    for (const char* key : {"m", "u:g", "u:s", "r:g", "a"}) {
      for (const RedisReply& part : redis.Run({"HGETALL", tag + key}).elements) {
        text += part.text + ";";
      }
    }
    return text;
  };
  struct Call {
    std::string leader = "3:aa";
    std::string sample = "7";
    std::string attempt = "1.00000000000000aa";
    std::string config = "c";
    std::string metric = "1200";
  };
  const auto commit = [&](const Call& call) {
    return redis
        .Run({"EVAL", RedisScripts::BuiltIn().commit.text, "5", tag + "m", tag + "u:g", tag + "r:g",
              tag + "a", tag + "u:s", call.leader, call.sample, call.attempt, "g", call.config,
              "rec", "1", "5", "7", "words", call.metric})
        .elements.at(0)
        .text;
  };
  struct Case {
    const char* name;
    std::string cell;
    std::string record;
    Call call;
    const char* expected;
    std::string state = "RUNNING";
  };
  const std::vector<Case> cases = {
      {"ok", "L|" + held, "", {}, "OK"},
      {"duplicate", "D|" + held, "rec", {}, "DUP"},
      {"other attempt after done", "D|2.00000000000000bb", "rec2", {}, "ALREADY"},
      {"old leader", "L|" + held, "", {.leader = "2:zz"}, "FENCED"},
      {"same epoch, other nonce", "L|" + held, "", {.leader = "3:bb"}, "FENCED"},
      {"older attempt while leased again", "L|2.00000000000000bb", "", {}, "STALE"},
      {"late attempt while queued", "Q|" + held, "", {}, "OK"},
      {"cancelled unit", "C|" + held, "", {}, "NOTOPEN"},
      {"sealed", "L|" + held, "", {}, "CLOSED", "SEALING"},
      {"other configuration", "L|" + held, "", {.config = "d"}, "SKEW"},
      {"metric that is no integer", "L|" + held, "", {.metric = "1.5"}, "BADARG"},
      {"unknown unit", "L|" + held, "", {.sample = "8"}, "NOUNIT"},
  };
  for (const Case& c : cases) {
    reset(c.cell, c.record, c.state);
    const std::string before = dump();
    EXPECT_EQ(commit(c.call), c.expected) << c.name;
    if (std::string(c.expected) != "OK") {
      EXPECT_EQ(dump(), before) << c.name;
      continue;
    }
    EXPECT_EQ(redis.Run({"HGET", tag + "u:g", "7"}).text, "D|" + held) << c.name;
    EXPECT_EQ(redis.Run({"HGET", tag + "u:s", "7"}).text, "Q|0") << c.name;
    EXPECT_EQ(redis.Run({"HGET", tag + "a", "words"}).text, "1200") << c.name;
  }
}

TEST_F(RedisRunStoreTest, DataOfAnotherLayoutIsRefused) {
  InboxExecutor executor;
  RedisConnection connection(executor, RedisStoreRig::ConnectionTo(SharedServer().address()));
  const auto check = [&](int schema) {
    std::optional<absl::Status> answer;
    CheckRedisSchema(
        connection, [&](absl::Status status) { answer = std::move(status); }, schema);
    EXPECT_TRUE(executor.RunUntil([&] { return answer.has_value(); }));
    return answer.value_or(Internal("no answer"));
  };
  EXPECT_TRUE(check(1).ok()) << "an empty Redis is claimed";
  EXPECT_TRUE(check(1).ok());
  EXPECT_EQ(check(2).code(), absl::StatusCode::kFailedPrecondition);
  SharedServer().Run({"SET", "assay1:{ctl}:schema", "2 3"});
  EXPECT_THAT(std::string(check(1).message()), HasSubstr("layouts 2 to 3"));
  EXPECT_TRUE(check(3).ok());
  SharedServer().Run({"SET", "assay1:{ctl}:schema", "new"});
  EXPECT_EQ(check(1).code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace assay
