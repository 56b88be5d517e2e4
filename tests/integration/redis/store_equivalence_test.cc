// MemoryRunStore and RedisRunStore are the same machine: after every one of 100,000 random
// transitions the reply and everything in the shard are equal, with the scripts flushed and the
// connection killed in between. Mutants of the scripts show that a difference would be seen.
#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <thread>

#include "common/base/log.h"
#include "tests/integration/redis/model_store.h"
#include "tests/integration/redis/random_transitions.h"
#include "tests/integration/redis/redis_store_fixture.h"

namespace assay {
namespace {

class StoreEquivalence : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::Installed()) GTEST_SKIP() << RedisServer::kMissing;
    server_.emplace();
  }

  // Applies `count` transitions, pipelined; answers how many replies and dumps differ, and reports
  // the first. Flushes the scripts now and then.
  int Differences(int count, std::uint64_t seed, const RedisScripts& scripts, bool report) {
    server_->Run({"FLUSHALL"});
    RedisRunStoreOptions options;
    options.scripts = &scripts;
    RedisStoreRig rig(server_->address(), options);
    ModelStore model;
    RandomTransitions random(seed);
    std::map<std::string, int> seen;
    int differences = 0;
    int answered = 0;
    const auto compare = [&](const std::string& expected, const std::string& actual) {
      ++answered;
      if (expected == actual) return;
      if (differences++ == 0 && report) {
        ADD_FAILURE() << "seed " << seed << "\nexpected: " << expected << "\nactual:   " << actual;
      }
    };
    for (int applied = 0; applied < count;) {
      for (int i = 0; i < 250 && applied < count; ++i, ++applied) {
        const Transition transition = random.Next(model.views());
        const ShardKey shard = std::visit([](const auto& t) { return t.shard; }, transition);
        const std::string reply = model.Apply(transition);
        ++seen[std::to_string(transition.index()) + reply.substr(0, reply.find(' '))];
        rig.store().Apply(transition, [&, reply](absl::StatusOr<StoreReply> r) {
          compare(reply, r.ok() ? TextOf(*r) : r.status().ToString());
        });
        rig.store().ReadShard(shard, [&, dump = model.Dump(shard)](absl::StatusOr<ShardView> v) {
          compare(dump, DumpOf(v));
        });
      }
      if (applied % 10'000 == 0) server_->Run({"SCRIPT", "FLUSH"});
      EXPECT_TRUE(rig.executor().RunUntil([&] { return answered == 2 * applied; }));
      if (differences > 0) break;
    }
    if (report && count >= 100'000) {
      EXPECT_GT(seen.size(), 40u) << "the transitions are not as varied as they were";
    }
    return differences;
  }

  std::optional<RedisServer> server_;
};

TEST_F(StoreEquivalence, HundredThousandRandomTransitions) {
  EXPECT_EQ(Differences(100'000, 1, RedisScripts::BuiltIn(), true), 0);
}

TEST_F(StoreEquivalence, OtherSeeds) {
  for (std::uint64_t seed = 2; seed < 12; ++seed) {
    EXPECT_EQ(Differences(1000, seed, RedisScripts::BuiltIn(), true), 0);
  }
}

// The reply is that of the first time, or that of a repetition; the dump is the same either way.
TEST_F(StoreEquivalence, RepeatedUntilAnsweredWhileConnectionsAreKilled) {
  RedisStoreRig rig(server_->address());
  ModelStore model;
  RandomTransitions random(77);
  SetLogLevel(LogLevel::kError);
  std::atomic<bool> stop = false;
  std::counting_semaphore<> wanted{0};
  std::thread killer([&] {
    while (wanted.acquire(), !stop) {
      server_->Run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    }
  });
  // Whether a kill falls between a command and its reply is the system's choice: it goes on until
  // enough have.
  constexpr int kHitsWanted = 21;
  int hits = 0;
  for (int i = 0; i < 50'000 && (i < 2000 || hits < kHitsWanted) && !HasFailure(); ++i) {
    if (i % 5 == 0) wanted.release();
    const Transition transition = random.Next(model.views());
    const ShardKey shard = std::visit([](const auto& t) { return t.shard; }, transition);
    const std::string first = model.Apply(transition);
    absl::StatusOr<StoreReply> reply = rig.Apply(transition);
    std::string second = first;
    if (absl::IsUnavailable(reply.status())) ++hits;
    for (int k = 0; k < 1000 && absl::IsUnavailable(reply.status()); ++k) {
      second = model.Apply(transition);
      reply = rig.Apply(transition);
    }
    ASSERT_TRUE(reply.ok()) << reply.status();
    const std::string actual = TextOf(*reply);
    EXPECT_TRUE(actual == first || actual == second) << first << "\n" << second << "\n" << actual;
    absl::StatusOr<ShardView> view = rig.Read(shard);
    for (int k = 0; k < 1000 && absl::IsUnavailable(view.status()); ++k) view = rig.Read(shard);
    EXPECT_EQ(DumpOf(view), model.Dump(shard));
  }
  stop = true;
  wanted.release();
  killer.join();
  EXPECT_GE(hits, kHitsWanted) << "the kills did not hit";
}

struct Mutant {
  const char* name;
  RedisScript RedisScripts::*script;
  const char* from;
  const char* to;
};

TEST_F(StoreEquivalence, EveryMutantIsSeen) {
  const Mutant mutants[] = {
      {"no fence", &RedisScripts::commit, "m[1] ~= ARGV[1]", "false"},
      {"no fence on grants", &RedisScripts::grant, "m[1] ~= ARGV[1]", "false"},
      {"no fence on cancel", &RedisScripts::cancel, "m[1] ~= ARGV[1]", "false"},
      {"no nonce in the leader token", &RedisScripts::commit, "m[1] ~= ARGV[1]",
       "string.match(m[1], '^%d+') ~= string.match(ARGV[1], '^%d+')"},
      {"no nonce in the attempt", &RedisScripts::commit, "held ~= ARGV[3]",
       "string.match(held, '^%d+') ~= string.match(ARGV[3], '^%d+')"},
      {"an equal epoch adopts", &RedisScripts::adopt, "held >= asked", "held > asked"},
      {"double count", &RedisScripts::commit, "if state == 'D' then", "if false then"},
      {"committed by a cancelled unit", &RedisScripts::commit, "state ~= 'L' and state ~= 'Q'",
       "state ~= 'L' and state ~= 'Q' and state ~= 'C'"},
      {"lost requeue", &RedisScripts::requeue, "cell = 'Q|' .. held", "cell = 'L|' .. held"},
      {"requeue of another's lease", &RedisScripts::requeue, "held ~= attempt", "false"},
      {"late results refused", &RedisScripts::commit, "state ~= 'L' and state ~= 'Q'",
       "state ~= 'L'"},
      {"commits after the seal", &RedisScripts::commit, "m[2] ~= 'RUNNING'", "false"},
      {"other configuration taken", &RedisScripts::commit, "m[3] ~= ARGV[5]", "false"},
      {"dependents stay blocked", &RedisScripts::commit, "'Q|' .. attempt", "'B|' .. attempt"},
      {"attempt numbers may shrink", &RedisScripts::grant, "<= tonumber", "< tonumber"},
      {"seal over open units", &RedisScripts::seal_check, "count.B + count.Q + count.L > 0",
       "count.Q + count.L > 0"},
      {"revision replaced twice", &RedisScripts::create, "tonumber(m[2]) >= ", "tonumber(m[2]) > "},
      {"addend too long", &RedisScripts::commit, "#digits > 11", "#digits > 12"},
  };
  for (const Mutant& mutant : mutants) {
    RedisScripts scripts = RedisScripts::BuiltIn();
    std::string& text = (scripts.*mutant.script).text;
    const std::size_t at = text.find(mutant.from);
    ASSERT_NE(at, std::string::npos) << mutant.name;
    text.replace(at, std::string(mutant.from).size(), mutant.to);
    EXPECT_GT(Differences(20'000, 1, scripts, false), 0) << "survived: " << mutant.name;
  }
}

}  // namespace
}  // namespace assay
