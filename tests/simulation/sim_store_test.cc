// The run store that the simulation uses is the machine that Redis is held against in
// tests/integration/redis: the same 100,000 random transitions, replies and dumps equal after each,
// with no faults; and with answers lost, where the caller repeats.
#include <gtest/gtest.h>

#include "tests/integration/redis/model_store.h"
#include "tests/simulation/sim_run_store.h"

namespace assay {
namespace {

class SimStore : public testing::Test {
 protected:
  absl::StatusOr<StoreReply> Apply(const Transition& transition) {
    std::optional<absl::StatusOr<StoreReply>> answer;
    store_.Apply(transition, [&](absl::StatusOr<StoreReply> reply) { answer = std::move(reply); });
    loop_.RunUntil([&] { return answer.has_value(); }, absl::Minutes(1));
    return answer.has_value() ? *std::move(answer) : Internal("no answer");
  }
  std::string Dump(const ShardKey& shard) {
    std::optional<absl::StatusOr<ShardView>> answer;
    store_.ReadShard(shard, [&](absl::StatusOr<ShardView> view) { answer = std::move(view); });
    loop_.RunUntil([&] { return answer.has_value(); }, absl::Minutes(1));
    return answer.has_value() ? DumpOf(*answer) : "no answer";
  }

  SimLoop loop_{1};
  FaultPlan faults_;
  SimProcess process_{loop_, "c0", {}};
  SimRunServer server_{loop_, faults_, {}};
  SimRunStore store_{loop_, process_, server_, faults_, {}};
  ModelStore model_;
};

TEST_F(SimStore, HundredThousandRandomTransitions) {
  RandomTransitions random(1);
  for (int i = 0; i < 100'000; ++i) {
    const Transition transition = random.Next(model_.views());
    const ShardKey shard = std::visit([](const auto& t) { return t.shard; }, transition);
    const std::string expected = model_.Apply(transition);
    const absl::StatusOr<StoreReply> reply = Apply(transition);
    ASSERT_TRUE(reply.ok()) << reply.status();
    ASSERT_EQ(TextOf(*reply), expected) << "transition " << i;
    ASSERT_EQ(Dump(shard), model_.Dump(shard)) << "transition " << i;
  }
}

TEST_F(SimStore, RepeatedUntilAnsweredWhileAnswersAreLost) {
  faults_.store_lost = 0.2;
  faults_.store_reply_lost = 0.2;
  RandomTransitions random(77);
  int unknown = 0;
  for (int i = 0; i < 5'000; ++i) {
    const Transition transition = random.Next(model_.views());
    const ShardKey shard = std::visit([](const auto& t) { return t.shard; }, transition);
    const std::string first = model_.Apply(transition);
    std::string second = first;
    absl::StatusOr<StoreReply> reply = Apply(transition);
    while (absl::IsUnavailable(reply.status())) {
      ++unknown;
      second = model_.Apply(transition);
      reply = Apply(transition);
    }
    ASSERT_TRUE(reply.ok()) << reply.status();
    const std::string actual = TextOf(*reply);
    ASSERT_TRUE(actual == first || actual == second) << first << "\n" << second << "\n" << actual;
    ASSERT_EQ(Dump(shard), model_.Dump(shard)) << "transition " << i;
  }
  EXPECT_GT(unknown, 1000);
}

}  // namespace
}  // namespace assay
