// Storms, broken servers, providers' rates and shares, through a whole coordinator in virtual time
// (reliability.md 2.4, F25 to F27; 3.9 to 3.11).
#include "coordinator/core/unit_cost.h"
#include "tests/unit/coordinator/scripted_servers.h"

namespace assay {
namespace {

absl::Duration At(double seconds) { return absl::Seconds(seconds); }

v1::RunRecord Texts(int samples, int max_in_flight, int words, const std::string& id = "run-1") {
  v1::RunRecord record = TestRun(
      {.samples = samples, .rules = false, .judged = false, .max_in_flight = max_in_flight}, id);
  for (v1::Sample& sample : *record.mutable_suites(0)->mutable_samples()) {
    sample.set_required_words(words);
  }
  record.mutable_spec()->mutable_retry()->set_infra_attempts(5);
  return record;
}

ScriptedReply Fails(v1::ErrorClass error_class, std::int64_t retry_after_ms = 0) {
  return {error_class, retry_after_ms, absl::Milliseconds(100), 0};
}

class ThrottleStorm : public testing::TestWithParam<std::int64_t> {};

// F25.
TEST_P(ThrottleStorm, EndsWithinThirtySecondsAndCostsFewCalls) {
  constexpr int kUnits = 1500;
  TestProcess process;
  ASSERT_TRUE(process.AddRun(Texts(kUnits, 32, 1000)).ok());
  ScriptedServers servers(process, 2, [](const v1::Assignment&, absl::Duration now) {
    if (now >= At(20) && now < At(80)) return Fails(v1::ERROR_CLASS_THROTTLE, GetParam());
    return ScriptedReply{.latency = At(2)};
  });
  servers.RunUntil(At(400), [&] { return process.Sealed(); });
  ASSERT_TRUE(process.Sealed());
  const RunProgress progress = process.Progress();
  EXPECT_EQ(progress.generations.done, kUnits) << "no attempt was spent for good";
  const auto before = static_cast<double>(servers.Ended(At(10), At(20)));
  EXPECT_GT(before, 100);
  EXPECT_GE(static_cast<double>(servers.Ended(At(110), At(120))), 0.9 * before);
  EXPECT_LE(static_cast<double>(servers.calls.size()), 1.1 * kUnits);
  EXPECT_LE(servers.most_in_flight, 32);
}

INSTANTIATE_TEST_SUITE_P(RetryAfter, ThrottleStorm, testing::Values(0, -1, 700, 20'000));

TEST(Scheduling, AServerThatTakesFewIsNotAskedForMany) {
  constexpr int kTakes = 9;
  constexpr int kUnits = 1500;
  TestProcess process;
  ASSERT_TRUE(process.AddRun(Texts(kUnits, 64, 1000)).ok());
  std::vector<absl::Duration> taken;  // when calls end that were taken
  ScriptedServers servers(process, 3, [&](const v1::Assignment&, absl::Duration now) {
    std::erase_if(taken, [&](absl::Duration ends) { return ends <= now; });
    if (taken.size() >= kTakes) return Fails(v1::ERROR_CLASS_THROTTLE);
    taken.push_back(now + At(2));
    return ScriptedReply{.latency = At(2)};
  });
  servers.RunUntil(At(2000), [&] { return process.Sealed(); });
  ASSERT_TRUE(process.Sealed());
  EXPECT_LE(static_cast<double>(servers.calls.size()), 1.2 * kUnits);
  EXPECT_LE(servers.Now(), At(2.5 * 2 * kUnits / kTakes)) << "and it is kept busy";
}

// F26.
TEST(Scheduling, ADeadServerIsLeftAloneAndTheQueueStays) {
  constexpr int kUnits = 1000;
  TestProcess process;
  ASSERT_TRUE(process.AddRun(Texts(kUnits, 32, 1000)).ok());
  ScriptedServers servers(process, 2, [](const v1::Assignment&, absl::Duration now) {
    if (now >= At(20) && now < At(80)) return Fails(v1::ERROR_CLASS_INFRA);
    return ScriptedReply{.latency = At(2)};
  });
  servers.RunUntil(At(400), [&] { return process.Sealed(); });
  ASSERT_TRUE(process.Sealed());
  EXPECT_EQ(process.Progress().generations.done, kUnits);
  std::vector<absl::Duration> probes;
  for (const auto& call : servers.calls) {
    if (call.begun >= At(30) && call.begun < At(80)) probes.push_back(call.begun);
  }
  ASSERT_GE(probes.size(), 1u);
  for (std::size_t i = 1; i < probes.size(); ++i) EXPECT_GE(probes[i] - probes[i - 1], At(5));
  EXPECT_GT(servers.Ended(At(110), At(120)), 100u) << "closed again";
  EXPECT_TRUE(process.observer.pauses.empty());
}

TEST(Scheduling, AServerThatIsGonePausesTheRunAndItsReturnResumesIt) {
  TestProcess process;
  v1::RunRecord record = Texts(200, 32, 1000);
  ASSERT_TRUE(process.AddRun(record).ok());
  bool dead = true;
  ScriptedServers servers(process, 1, [&](const v1::Assignment&, absl::Duration) {
    return dead ? Fails(v1::ERROR_CLASS_INFRA) : ScriptedReply{};
  });
  servers.RunUntil(At(420), [&] { return !process.observer.pauses.empty(); });
  ASSERT_FALSE(process.observer.pauses.empty());
  EXPECT_EQ(process.observer.pauses[0], PauseReason::kInfra);
  EXPECT_THAT(process.observer.details[0], testing::HasSubstr("endpoint gen: infra"));
  EXPECT_GE(servers.Now(), At(300));
  EXPECT_EQ(process.Progress().generations.failed, 0) << "the queue is intact";
  dead = false;
  servers.RunUntil(At(600), [&] { return process.Sealed(); });
  EXPECT_TRUE(process.Sealed()) << "it looks again by itself";
  EXPECT_EQ(process.Progress().generations.done, 200);
}

// F27.
TEST(Scheduling, AFlappingServerIsStillUsed) {
  constexpr int kUnits = 600;
  TestProcess process;
  ASSERT_TRUE(process.AddRun(Texts(kUnits, 8, 1000)).ok());
  ScriptedServers servers(process, 2, [](const v1::Assignment&, absl::Duration now) {
    const bool dead = now < At(300) && absl::ToInt64Seconds(now) % 4 >= 2;
    return dead ? Fails(v1::ERROR_CLASS_INFRA) : ScriptedReply{};
  });
  servers.RunUntil(At(1000), [&] { return process.Sealed(); });
  ASSERT_TRUE(process.Sealed());
  EXPECT_GT(servers.Ended(At(0), At(150)), 20u);
  EXPECT_GT(servers.Ended(At(150), At(300)), 20u);
  EXPECT_EQ(process.Progress().generations.done, kUnits);
}

TEST(Scheduling, NoMinuteHasMoreRequestsOrTokensThanTheProviderAllows) {
  for (const bool by_tokens : {false, true}) {
    TestProcess process;
    v1::RunRecord record = Texts(150, 32, 1500);
    v1::Endpoint& endpoint = *record.mutable_spec()->mutable_endpoints(0);
    endpoint.set_requests_per_minute(by_tokens ? 0 : 25);
    endpoint.set_tokens_per_minute(by_tokens ? 60'000 : 0);
    ASSERT_TRUE(process.AddRun(record).ok());
    Random random(11);
    ScriptedServers servers(process, 2, [&](const v1::Assignment&, absl::Duration) {
      const auto tokens = 1000 + static_cast<std::int64_t>(random.Below(1000));
      return ScriptedReply{.latency = At(1 + static_cast<double>(random.Below(20))),
                           .tokens = tokens};
    });
    servers.RunUntil(At(2000), [&] { return process.Sealed(); });
    ASSERT_TRUE(process.Sealed());
    const std::int64_t requests = servers.MostInAMinute([](const auto&) { return 1; });
    const std::int64_t tokens =
        servers.MostInAMinute([](const auto& call) { return call.reply.tokens; });
    if (by_tokens) {
      EXPECT_LE(tokens, 60'000);
      EXPECT_GT(tokens, 40'000) << "and it is used";
    } else {
      EXPECT_EQ(requests, 25);
    }
  }
}

TEST(Scheduling, RunsShareTokensByWeight) {
  TestProcess process;
  v1::RunRecord light = Texts(300, 8, 4500, "run-1");
  v1::RunRecord heavy = Texts(1200, 8, 1500, "run-2");
  heavy.mutable_spec()->set_weight(4);
  ASSERT_TRUE(process.AddRun(light).ok());
  ASSERT_TRUE(process.AddRun(heavy).ok());
  std::map<std::string, std::int64_t> tokens;
  Random random(2);
  ScriptedServers servers(process, 2, [&](const v1::Assignment& start, absl::Duration) {
    const std::string& run = start.unit().run_id();
    const auto used =
        (run == "run-1" ? 4000 : 1000) + static_cast<std::int64_t>(random.Below(2000));
    tokens[run] += used;
    return ScriptedReply{.latency = At(0.5 + 0.1 * static_cast<double>(random.Below(10))),
                         .tokens = used};
  });
  servers.RunUntil(At(600), [&] { return process.Progress("run-2").generations.queued < 20; });
  ASSERT_GT(process.Progress("run-1").generations.queued, 20) << "both have work all the time";
  EXPECT_NEAR(static_cast<double>(tokens["run-2"]) / static_cast<double>(tokens["run-1"]), 4, 0.4);
  servers.RunUntil(At(2000), [&] { return process.Sealed("run-1") && process.Sealed("run-2"); });
  EXPECT_TRUE(process.Sealed("run-1"));
}

TEST(Scheduling, AUnitThatSawTwoDeathsRunsAlone) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(Texts(3, 8, 1000)).ok());
  for (const char* incarnation : {"i1", "i2"}) {
    HandAgent dying(process, "agent", 2, incarnation);
    dying.Sync();
    ASSERT_EQ(dying.Running().size(), 2u);
    dying.Sync();
  }
  HandAgent agent(process, "agent", 100, "i3");
  HandAgent other(process, "other", 100);
  std::size_t most = 0;
  for (int i = 0; i < 50 && !process.Sealed(); ++i) {
    agent.Sync(At(1));
    agent.Sync();
    most = std::max(most, agent.running.size());
    if (!agent.running.empty()) agent.Finish(agent.Running().at(0));
    other.Sync(At(1));
    for (const auto& start : other.Running()) other.Finish(start);
  }
  EXPECT_TRUE(process.Sealed());
  EXPECT_EQ(process.Progress().generations.done, 3);
  EXPECT_LE(most, 1u);
}

TEST(Scheduling, WhatAUnitIsExpectedToCost) {
  v1::RunRecord record = TestRun({.samples = 2});
  record.mutable_spec()->mutable_models(0)->mutable_sampling()->set_max_tokens(2000);
  record.mutable_suites(0)->mutable_samples(0)->set_prompt(std::string(399, 'p'));
  const RunPlan plan = RunPlan::Make(record, NeedsCallsInTests).value();
  for (UnitIndex unit = 0; unit < plan.unit_count(); ++unit) {
    const bool first = plan.SampleIndexOf(unit) == 0;
    const std::int64_t made = first ? 100 + 1333 : 2 + 2000;
    switch (plan.RangeOf(unit).kind) {
      case v1::UNIT_KIND_GENERATE:
        EXPECT_EQ(ExpectedTokens(plan, unit), made);
        break;
      case v1::UNIT_KIND_SCORE_JUDGED:
        EXPECT_EQ(ExpectedTokens(plan, unit), made + 512);
        break;
      default:
        EXPECT_EQ(ExpectedTokens(plan, unit), 0);
    }
  }
}

}  // namespace
}  // namespace assay
