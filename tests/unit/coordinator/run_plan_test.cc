#include "coordinator/core/run_plan.h"

#include <malloc.h>

#include "coordinator/core/fold.h"
#include "coordinator/core/ready_queue.h"
#include "tests/unit/coordinator/test_run.h"

namespace assay {
namespace {

TEST(RunPlan, EnumeratesUnitsWithStagesAndUpstream) {
  const v1::RunRecord record = TestRun({.samples = 300, .models = 2, .repeats = 2});
  const RunPlan plan = RunPlan::Make(record, NeedsCallsInTests).value();
  EXPECT_EQ(plan.unit_count(), 300u * 2 * 2 * 3);
  EXPECT_EQ(plan.shard_count(), 2);
  std::set<std::string> ids;
  std::map<std::string, int> stages;
  for (UnitIndex u = 0; u < plan.unit_count(); ++u) {
    const v1::Unit unit = plan.UnitOf(u);
    EXPECT_TRUE(ids.insert(unit.id()).second);
    EXPECT_EQ(plan.Find(unit.id()), u);
    ++stages[unit.stage()];
    EXPECT_EQ(plan.ShardOf(u), unit.sample_index() / 256);
    if (unit.kind() == v1::UNIT_KIND_GENERATE) {
      EXPECT_TRUE(unit.upstream_id().empty());
      EXPECT_EQ(plan.ScoringsOf(u).size(), 2u);
      EXPECT_EQ(unit.endpoint(), "gen");
    } else {
      const v1::Unit upstream = plan.UnitOf(plan.GenerationOf(u));
      EXPECT_EQ(unit.upstream_id(), upstream.id());
      EXPECT_EQ(upstream.sample_index(), unit.sample_index());
      EXPECT_EQ(upstream.model_id(), unit.model_id());
      EXPECT_EQ(upstream.repeat(), unit.repeat());
      EXPECT_EQ(unit.endpoint(), unit.kind() == v1::UNIT_KIND_SCORE_RULES ? "" : "jud");
    }
  }
  EXPECT_EQ(stages.size(), 12u);
  EXPECT_EQ(stages["g.m1.0"], 300);
  EXPECT_EQ(stages["s.rules.m0.1"], 300);
  EXPECT_EQ(stages["s.rubric.m1.1"], 300);
  EXPECT_FALSE(plan.Find(std::string(64, '0')).has_value());
  EXPECT_FALSE(plan.Find("zz").has_value());
}

TEST(RunPlan, IdsFollowContentAndNotTheEndpoint) {
  const v1::RunRecord record = TestRun({.samples = 2});
  const auto id = [](const v1::RunRecord& r, UnitIndex u) {
    return RunPlan::Make(r, NeedsCallsInTests).value().IdOf(u);
  };
  const std::string base = id(record, 0);
  v1::RunRecord other = record;
  other.mutable_spec()->mutable_endpoints(0)->set_base_url("http://elsewhere");
  EXPECT_EQ(id(other, 0), base);
  other = record;
  other.mutable_spec()->mutable_models(0)->mutable_sampling()->set_temperature(1);
  EXPECT_NE(id(other, 0), base);
  EXPECT_EQ(id(other, 2), id(record, 2)) << "a scoring does not depend on the model's sampling";
  other = record;
  other.set_run_id("run-9");
  EXPECT_NE(id(other, 0), base);
  other = record;
  other.mutable_suites(0)->set_digest("sha256:x");
  EXPECT_NE(id(other, 0), base);
}

TEST(RunPlan, RefusesWhatCannotBePlanned) {
  const auto status = [](const std::function<void(v1::RunRecord&)>& spoil) {
    v1::RunRecord record = TestRun({.samples = 2});
    spoil(record);
    return RunPlan::Make(record, NeedsCallsInTests).status();
  };
  const std::vector<std::pair<std::function<void(v1::RunRecord&)>, const char*>> cases = {
      {[](auto& r) { r.mutable_spec()->clear_models(); }, "at least one"},
      {[](auto& r) { *r.mutable_spec()->add_models() = r.spec().models(0); }, "two models"},
      {[](auto& r) { r.clear_suites(); }, "no sample"},
      {[](auto& r) { r.mutable_suites(0)->mutable_samples(1)->set_id("s0"); }, "two samples"},
      {[](auto& r) { r.mutable_spec()->mutable_models(0)->set_endpoint("x"); }, "no endpoint"},
      {[](auto& r) { r.mutable_spec()->mutable_scorers(2)->set_judge("x"); }, "no judge"},
      {[](auto& r) { r.mutable_spec()->clear_judges(); }, "no judge"},
      {[](auto& r) { r.mutable_spec()->mutable_scorers(1)->set_id("length"); }, "two scorers"},
      {[](auto& r) { *r.add_suites() = r.suites(0); }, "twice"},
      {[](auto& r) { r.mutable_spec()->set_repeats(2'000'000'000); }, "more than"},
  };
  for (const auto& [spoil, why] : cases) {
    const absl::Status s = status(spoil);
    EXPECT_TRUE(absl::IsInvalidArgument(s)) << why;
    EXPECT_THAT(std::string(s.message()), testing::HasSubstr(why));
  }
}

TEST(ReadyQueue, OrderIsScoringsThenLongestThenRetries) {
  const v1::RunRecord record = TestRun({.samples = 4, .rules = false});
  const RunPlan plan = RunPlan::Make(record, NeedsCallsInTests).value();
  ReadyQueue queue(plan);
  const absl::Duration now = absl::Seconds(5);
  queue.Push(0, false, now, now);
  queue.Push(3, true, now, now);
  queue.Push(1, false, now, now);
  queue.Push(2, false, now + absl::Seconds(1), now);
  queue.Push(plan.ScoringsOf(0)[0], true, now, now);
  const std::vector<v1::UnitKind> kinds = {v1::UNIT_KIND_GENERATE, v1::UNIT_KIND_SCORE_JUDGED};
  const auto all = [](const CallLane&, UnitIndex) { return true; };
  const auto but_gen = [](const CallLane& lane, UnitIndex) { return lane.endpoint != "gen"; };
  EXPECT_EQ(queue.Pop(kinds, now, all), plan.ScoringsOf(0)[0]);
  EXPECT_EQ(queue.Pop(kinds, now, but_gen), std::nullopt);
  EXPECT_EQ(queue.Pop(kinds, now, all), 1u);
  EXPECT_EQ(queue.NextDue(now), now + absl::Seconds(1));
  EXPECT_EQ(queue.Pop(kinds, now + absl::Seconds(1), all), 2u);
  EXPECT_EQ(queue.Pop(kinds, now, all), 0u);
  EXPECT_EQ(queue.Pop(kinds, now, all), 3u) << "a retry after fresh work though it is the longest";
  EXPECT_TRUE(queue.empty());
}

TEST(ReadyQueue, KnowsSinceWhenEachKindWaits) {
  const v1::RunRecord record = TestRun({.samples = 4, .rules = false});
  const RunPlan plan = RunPlan::Make(record, NeedsCallsInTests).value();
  ReadyQueue queue(plan);
  const auto at = [](double seconds) { return absl::Seconds(seconds); };
  const auto since = [&] { return queue.OldestSince(v1::UNIT_KIND_GENERATE); };
  EXPECT_EQ(since(), std::nullopt);
  queue.Push(0, false, at(90), at(5.5));  // delayed
  queue.Push(1, false, at(7), at(7));
  queue.Push(2, true, at(7), at(7));
  EXPECT_EQ(since(), at(5));
  EXPECT_EQ(queue.OldestSince(v1::UNIT_KIND_SCORE_JUDGED), std::nullopt);
  queue.Remove(0, false);
  EXPECT_EQ(since(), at(7));
  queue.Remove(3, false);
  const auto all = [](const CallLane&, UnitIndex) { return true; };
  EXPECT_EQ(queue.Pop({v1::UNIT_KIND_GENERATE}, at(8), all), 1u);
  EXPECT_EQ(since(), at(7)) << "the retry";
  queue.Push(1, true, at(20), at(9));
  EXPECT_EQ(queue.Pop({v1::UNIT_KIND_GENERATE}, at(10), all), 2u);
  EXPECT_EQ(since(), at(9));
  EXPECT_EQ(queue.Pop({v1::UNIT_KIND_GENERATE}, at(30), all), 1u) << "ripe";
  EXPECT_EQ(since(), std::nullopt);
}

TEST(Memory, AHundredThousandUnitsStayWithin500BytesEach) {
  const TestRunShape shape{.samples = 33'334, .max_in_flight = 1000};
  const v1::RunRecord record = TestRun(shape);
  TestProcess process;
  const auto used = [] {
    const struct mallinfo2 info = mallinfo2();
    return static_cast<std::int64_t>(info.uordblks + info.hblkhd);
  };
  std::int64_t of_record = used();
  {
    const v1::RunRecord copy = record;
    of_record = used() - of_record;
  }
  const std::int64_t before = used();
  ASSERT_TRUE(process.AddRun(record).ok());
  const std::int64_t units = 100'002;
  const std::int64_t started = (used() - before - of_record) / units;
  EXPECT_LE(started, 250) << "bytes a unit when everything is open";

  HandAgent agent(process, "agent", 1000);
  std::int64_t envelopes = 0;
  for (int i = 0; i < 3; ++i) {
    agent.Sync();
    for (const v1::Assignment& start : agent.Running()) agent.Finish(start);
  }
  for (const BlobRecord& blob : process.blobs.log) {
    envelopes += static_cast<std::int64_t>(2 * (blob.key.size() + blob.value.size()));
  }
  EXPECT_LE((used() - before - of_record - envelopes * 2) / units, 500) << "and while work goes on";
  std::printf("coordinator and store: %lld bytes a unit\n", static_cast<long long>(started));
}

}  // namespace
}  // namespace assay
