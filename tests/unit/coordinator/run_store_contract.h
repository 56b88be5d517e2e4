// What every RunStore must do (run_store.h, reliability.md 3.6), written once: a store is held to
// it by instantiating RunStoreContract with a factory of fixtures.
//
//   INSTANTIATE_TEST_SUITE_P(Memory, RunStoreContract, testing::Values(MakeMemoryFixture));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/store/run_store.h"

namespace assay {

// A fresh store, and a way to let its completions run.
class RunStoreFixture {
 public:
  virtual ~RunStoreFixture() = default;
  virtual RunStore& store() = 0;
  // Returns when `done()`, which only completions make true.
  virtual void RunUntil(const std::function<bool()>& done) = 0;
};
using RunStoreFixtureFactory = std::function<std::unique_ptr<RunStoreFixture>()>;

class RunStoreContract : public testing::TestWithParam<RunStoreFixtureFactory> {
 protected:
  const ShardKey shard_{"run-a", 0};
  const LeaderToken leader_{3, "aaaa"};
  const LeaderToken older_{2, "bbbb"};
  const LeaderToken twin_{3, "cccc"};
  const UnitAddress gen_{"g.m.0", 7};
  const UnitAddress rules_{"s.rules.m.0", 7};
  const UnitAddress judged_{"s.rubric.m.0", 7};
  const AttemptId one_{1, 0x11};
  const AttemptId two_{2, 0x22};
  std::unique_ptr<RunStoreFixture> fixture_ = GetParam()();

  StoreReply Apply(Transition transition) {
    std::optional<absl::StatusOr<StoreReply>> answer;
    fixture_->store().Apply(std::move(transition),
                            [&](absl::StatusOr<StoreReply> r) { answer = std::move(r); });
    EXPECT_FALSE(answer.has_value()) << "completed inside the call";
    fixture_->RunUntil([&] { return answer.has_value(); });
    EXPECT_TRUE(answer->ok()) << answer->status();
    return answer->ok() ? **answer : StoreReply{};
  }
  StoreCode Code(Transition transition) { return Apply(std::move(transition)).code; }

  ShardView View() {
    std::optional<absl::StatusOr<ShardView>> answer;
    fixture_->store().ReadShard(shard_,
                                [&](absl::StatusOr<ShardView> v) { answer = std::move(v); });
    fixture_->RunUntil([&] { return answer.has_value(); });
    EXPECT_TRUE(answer->ok()) << answer->status();
    return answer->ok() ? **answer : ShardView{};
  }
  v1::UnitState StateOf(const UnitAddress& unit) {
    for (const StoredUnitState& stored : View().units) {
      if (stored.unit == unit) return stored.state;
    }
    return v1::UNIT_STATE_UNSPECIFIED;
  }
  // Everything about the shard as text, to show that a refusal changed nothing.
  std::string Everything() {
    const ShardView view = View();
    std::string text = std::to_string(view.leader.epoch) + view.leader.nonce +
                       std::to_string(static_cast<int>(view.state));
    for (const StoredUnitState& u : view.units) {
      text += "|" + u.unit.stage + std::to_string(u.unit.sample_index) +
              v1::UnitState_Name(u.state) + u.attempt.ToString() + u.record;
    }
    for (const auto& [name, value] : view.sums) text += "|" + name + std::to_string(value);
    return text;
  }

  CreateShard NewShard(int revision = 0) const {
    CreateShard create;
    create.shard = shard_;
    create.leader = leader_;
    create.revision = revision;
    create.stages = {{"g.m.0",
                      "cfg-g",
                      {{7, v1::UNIT_STATE_QUEUED, {}, ""}, {9, v1::UNIT_STATE_QUEUED, {}, ""}}},
                     {"s.rules.m.0", "cfg-r", {{7, v1::UNIT_STATE_BLOCKED, {}, ""}}},
                     {"s.rubric.m.0", "cfg-j", {{7, v1::UNIT_STATE_BLOCKED, {}, ""}}}};
    return create;
  }
  GrantUnits Grant(UnitAddress unit, AttemptId attempt) const {
    return {shard_, leader_, {{std::move(unit), attempt}}};
  }
  CommitUnit Commit(AttemptId attempt, std::string record = "rec-1") const {
    return {shard_,
            leader_,
            gen_,
            attempt,
            "cfg-g",
            std::move(record),
            {rules_, judged_},
            {{"words", 1200}, {"x", -5}}};
  }
  FailUnit Fail(AttemptId attempt, v1::UnitState state = v1::UNIT_STATE_FAILED) const {
    return {shard_, leader_, gen_, attempt, state, "lost", {rules_, judged_}};
  }
  RequeueUnits Requeue(AttemptId attempt) const { return {shard_, leader_, {{gen_, attempt}}}; }
  void CreateAndGrant() {
    ASSERT_EQ(Code(NewShard()), StoreCode::kOk);
    ASSERT_THAT(Apply(Grant(gen_, one_)).units, testing::ElementsAre(StoreCode::kOk));
  }
  void ExpectRefused(Transition transition, StoreCode code) {
    const std::string before = Everything();
    EXPECT_EQ(Code(std::move(transition)), code);
    EXPECT_EQ(Everything(), before) << "a refused transition wrote";
  }
};

TEST_P(RunStoreContract, CommitUnblocksDependentsAndAddsSumsOnce) {
  CreateAndGrant();
  EXPECT_EQ(Code(Commit(one_)), StoreCode::kOk);
  EXPECT_EQ(StateOf(gen_), v1::UNIT_STATE_DONE);
  EXPECT_EQ(StateOf(rules_), v1::UNIT_STATE_QUEUED);
  EXPECT_EQ(StateOf(judged_), v1::UNIT_STATE_QUEUED);
  EXPECT_EQ(View().sums, (IntegerSums{{"words", 1200}, {"x", -5}}));
  ExpectRefused(Commit(one_), StoreCode::kDuplicate);
}

TEST_P(RunStoreContract, SecondRecordOfADoneUnitIsRefused) {
  CreateAndGrant();
  ASSERT_EQ(Code(Commit(one_)), StoreCode::kOk);
  ExpectRefused(Commit(two_, "rec-2"), StoreCode::kAlready);
  ExpectRefused(Commit(one_, "rec-2"), StoreCode::kAlready);
  ExpectRefused(Fail(one_), StoreCode::kAlready);
}

TEST_P(RunStoreContract, OtherLeadersAreFenced) {
  CreateAndGrant();
  for (const LeaderToken& other : {older_, twin_}) {
    CommitUnit commit = Commit(one_);
    commit.leader = other;
    ExpectRefused(commit, StoreCode::kFenced);
    FailUnit fail = Fail(one_);
    fail.leader = other;
    ExpectRefused(fail, StoreCode::kFenced);
    RequeueUnits requeue = Requeue(one_);
    requeue.leader = other;
    ExpectRefused(requeue, StoreCode::kFenced);
    GrantUnits grant = Grant({"g.m.0", 9}, one_);
    grant.leader = other;
    ExpectRefused(grant, StoreCode::kFenced);
    ExpectRefused(UnblockUnits{shard_, other, {rules_}}, StoreCode::kFenced);
    ExpectRefused(CancelShard{shard_, other}, StoreCode::kFenced);
    ExpectRefused(SealCheck{shard_, other, true}, StoreCode::kFenced);
    ExpectRefused(AdoptShard{shard_, other}, StoreCode::kFenced);
  }
}

TEST_P(RunStoreContract, HigherEpochAdopts) {
  CreateAndGrant();
  const LeaderToken next{4, "dddd"};
  EXPECT_EQ(Code(AdoptShard{shard_, next}), StoreCode::kOk);
  EXPECT_EQ(Code(AdoptShard{shard_, next}), StoreCode::kDuplicate);
  ExpectRefused(Commit(one_), StoreCode::kFenced);
  CommitUnit commit = Commit(one_);
  commit.leader = next;
  EXPECT_EQ(Code(commit), StoreCode::kOk) << "attempts survive a change of leader";
}

TEST_P(RunStoreContract, OlderAttemptIsStaleWhileTheUnitIsLeasedAgain) {
  CreateAndGrant();
  ASSERT_THAT(Apply(Requeue(one_)).units, testing::ElementsAre(StoreCode::kOk));
  ASSERT_THAT(Apply(Grant(gen_, two_)).units, testing::ElementsAre(StoreCode::kOk));
  ExpectRefused(Commit(one_), StoreCode::kStale);
  ExpectRefused(Fail(one_), StoreCode::kStale);
  const std::string before = Everything();
  EXPECT_THAT(Apply(Requeue(one_)).units, testing::ElementsAre(StoreCode::kStale));
  EXPECT_EQ(Everything(), before);
  EXPECT_EQ(Code(Commit(two_)), StoreCode::kOk);
}

TEST_P(RunStoreContract, LateAttemptIsTakenWhileQueued) {
  CreateAndGrant();
  ASSERT_THAT(Apply(Requeue(one_)).units, testing::ElementsAre(StoreCode::kOk));
  EXPECT_THAT(Apply(Requeue(one_)).units, testing::ElementsAre(StoreCode::kDuplicate));
  EXPECT_EQ(Code(Commit(one_)), StoreCode::kOk);
}

TEST_P(RunStoreContract, CancelEndsOpenUnitsOnly) {
  ASSERT_EQ(Code(NewShard()), StoreCode::kOk);
  ASSERT_EQ(Apply(Grant({"g.m.0", 9}, one_)).units[0], StoreCode::kOk);
  ASSERT_EQ(Apply(Grant(gen_, one_)).units[0], StoreCode::kOk);
  ASSERT_EQ(Code(Commit(one_)), StoreCode::kOk);
  EXPECT_EQ(Code(CancelShard{shard_, leader_}), StoreCode::kOk);
  EXPECT_EQ(Code(CancelShard{shard_, leader_}), StoreCode::kDuplicate);
  EXPECT_EQ(StateOf(gen_), v1::UNIT_STATE_DONE);
  EXPECT_EQ(StateOf({"g.m.0", 9}), v1::UNIT_STATE_CANCELLED);
  EXPECT_EQ(StateOf(rules_), v1::UNIT_STATE_CANCELLED);
  CommitUnit late = Commit(one_);
  late.unit = {"g.m.0", 9};
  ExpectRefused(late, StoreCode::kNotOpen);
}

TEST_P(RunStoreContract, SealWaitsForOpenUnitsThenClosesCommits) {
  ASSERT_EQ(Code(NewShard()), StoreCode::kOk);
  StoreReply early = Apply(SealCheck{shard_, leader_, true});
  EXPECT_EQ(early.code, StoreCode::kNotOpen);
  EXPECT_EQ(early.counts.total, 4);
  EXPECT_EQ(early.counts.queued, 2);
  EXPECT_EQ(early.counts.blocked, 2);
  ASSERT_EQ(Apply(Grant(gen_, one_)).units[0], StoreCode::kOk);
  ASSERT_EQ(Code(Commit(one_)), StoreCode::kOk);
  ASSERT_EQ(Code(CancelShard{shard_, leader_}), StoreCode::kOk);
  const StoreReply sealed = Apply(SealCheck{shard_, leader_, true});
  EXPECT_EQ(sealed.code, StoreCode::kOk);
  EXPECT_EQ(sealed.counts.done, 1);
  EXPECT_EQ(sealed.counts.cancelled, 3);
  EXPECT_EQ(sealed.sums.at("words"), 1200);
  EXPECT_EQ(Code(SealCheck{shard_, leader_, true}), StoreCode::kOk);
  ExpectRefused(Commit(one_), StoreCode::kClosed);
}

TEST_P(RunStoreContract, OtherConfigurationIsSkew) {
  CreateAndGrant();
  CommitUnit commit = Commit(one_);
  commit.config_digest = "cfg-other";
  ExpectRefused(commit, StoreCode::kSkew);
}

TEST_P(RunStoreContract, BadArgumentsWriteNothing) {
  CreateAndGrant();
  CommitUnit commit = Commit(one_);
  commit.sums["y"] = kMaxSumAddend + 1;
  ExpectRefused(commit, StoreCode::kBadArgument);
  ExpectRefused(Commit(one_, ""), StoreCode::kBadArgument);
  ExpectRefused(Commit(one_, std::string(kMaxRecordBytes + 1, 'r')), StoreCode::kBadArgument);
  ExpectRefused(Fail(one_, v1::UNIT_STATE_DONE), StoreCode::kBadArgument);
}

TEST_P(RunStoreContract, UnknownShardAndUnit) {
  EXPECT_EQ(Code(Commit(one_)), StoreCode::kNoShard);
  ASSERT_EQ(Code(NewShard()), StoreCode::kOk);
  CommitUnit commit = Commit(one_);
  commit.unit = {"g.m.0", 8};
  ExpectRefused(commit, StoreCode::kNoUnit);
  commit.unit = {"g.other.0", 7};
  ExpectRefused(commit, StoreCode::kNoUnit);
}

TEST_P(RunStoreContract, GrantsAreJudgedOneByOne) {
  CreateAndGrant();
  GrantUnits grants{shard_, leader_, {}};
  grants.grants = {
      {gen_, two_}, {gen_, one_}, {{"g.m.0", 9}, one_}, {rules_, one_}, {{"g.m.0", 1}, one_}};
  EXPECT_THAT(Apply(grants).units,
              testing::ElementsAre(StoreCode::kNotOpen, StoreCode::kDuplicate, StoreCode::kOk,
                                   StoreCode::kNotOpen, StoreCode::kNoUnit));
  ASSERT_EQ(Apply(Requeue(one_)).units[0], StoreCode::kOk);
  EXPECT_EQ(Apply(Grant(gen_, {1, 0x99})).units[0], StoreCode::kStale) << "numbers must grow";
}

TEST_P(RunStoreContract, FailUnblocksAndIsFinal) {
  CreateAndGrant();
  EXPECT_EQ(Code(Fail(one_, v1::UNIT_STATE_QUARANTINED)), StoreCode::kOk);
  EXPECT_EQ(StateOf(gen_), v1::UNIT_STATE_QUARANTINED);
  EXPECT_EQ(StateOf(rules_), v1::UNIT_STATE_QUEUED);
  ExpectRefused(Fail(one_, v1::UNIT_STATE_QUARANTINED), StoreCode::kDuplicate);
  ExpectRefused(Fail(one_), StoreCode::kNotOpen);
  ExpectRefused(Commit(one_), StoreCode::kNotOpen);
  EXPECT_EQ(Apply(Grant(gen_, two_)).units[0], StoreCode::kNotOpen);
}

TEST_P(RunStoreContract, UnblockMovesBlockedUnitsOnly) {
  CreateAndGrant();
  EXPECT_THAT(Apply(UnblockUnits{shard_, leader_, {rules_, rules_, gen_}}).units,
              testing::ElementsAre(StoreCode::kOk, StoreCode::kDuplicate, StoreCode::kNotOpen));
}

TEST_P(RunStoreContract, ShardIsMadeOnceARevision) {
  ASSERT_EQ(Code(NewShard()), StoreCode::kOk);
  EXPECT_EQ(Code(NewShard()), StoreCode::kExists);
  CreateShard next = NewShard(1);
  next.stages[0].units[0] = {7, v1::UNIT_STATE_DONE, two_, "rec"};
  next.sums = {{"words", 10}};
  EXPECT_EQ(Code(next), StoreCode::kOk);
  EXPECT_EQ(StateOf(gen_), v1::UNIT_STATE_DONE);
  EXPECT_EQ(View().sums.at("words"), 10);
  CreateShard stale = NewShard(2);
  stale.leader = twin_;
  ExpectRefused(stale, StoreCode::kFenced);
}

}  // namespace assay
