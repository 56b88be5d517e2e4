// What each error class does to a unit, its run and its endpoint (reliability.md 1.9, 3.3).
#include "coordinator/core/retry_rules.h"

#include "coordinator/core/endpoint_limits.h"
#include "tests/unit/coordinator/test_run.h"

namespace assay {
namespace {

v1::Error ErrorOf(v1::ErrorClass error_class) {
  v1::Error error;
  error.set_error_class(error_class);
  return error;
}

struct ClassCase {
  v1::ErrorClass error_class;
  int failures_until_end;  // 0: never ends by itself
  v1::Outcome generation, scoring;
  PauseReason pause;
};

class ErrorClasses : public testing::TestWithParam<ClassCase> {};

TEST_P(ErrorClasses, FollowTheTable) {
  const ClassCase& c = GetParam();
  RetryPolicy policy;
  policy.infra_attempts = 5;
  Random random(1);
  for (const v1::UnitKind kind : {v1::UNIT_KIND_GENERATE, v1::UNIT_KIND_SCORE_JUDGED}) {
    UnitCell cell;
    for (int i = 1; i <= 20; ++i) {
      const RetryDecision d =
          DecideRetry(ErrorOf(c.error_class), kind, false, policy, cell, random);
      EXPECT_EQ(d.pause, c.pause);
      EXPECT_EQ(d.throttled, c.error_class == v1::ERROR_CLASS_THROTTLE);
      if (c.failures_until_end == 0 || i < c.failures_until_end) {
        ASSERT_FALSE(d.outcome.has_value()) << i;
        continue;
      }
      ASSERT_TRUE(d.outcome.has_value()) << i;
      EXPECT_EQ(*d.outcome, kind == v1::UNIT_KIND_GENERATE ? c.generation : c.scoring);
      break;
    }
    UnitCell late;
    const RetryDecision d = DecideRetry(ErrorOf(c.error_class), kind, true, policy, late, random);
    EXPECT_TRUE(d.outcome.has_value()) << "past the unit's deadline nothing is tried again";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, ErrorClasses,
    testing::Values(ClassCase{v1::ERROR_CLASS_INFRA, 5, v1::OUTCOME_INFRA_LOST,
                              v1::OUTCOME_INFRA_LOST, PauseReason::kNone},
                    ClassCase{v1::ERROR_CLASS_PROTOCOL, 2, v1::OUTCOME_INFRA_LOST,
                              v1::OUTCOME_INFRA_LOST, PauseReason::kNone},
                    ClassCase{v1::ERROR_CLASS_UNKNOWN, 2, v1::OUTCOME_INFRA_LOST,
                              v1::OUTCOME_INFRA_LOST, PauseReason::kNone},
                    ClassCase{v1::ERROR_CLASS_UNSPECIFIED, 2, v1::OUTCOME_INFRA_LOST,
                              v1::OUTCOME_INFRA_LOST, PauseReason::kNone},
                    ClassCase{v1::ERROR_CLASS_THROTTLE, 0, {}, {}, PauseReason::kNone},
                    ClassCase{v1::ERROR_CLASS_PREEMPTED, 0, {}, {}, PauseReason::kNone},
                    ClassCase{v1::ERROR_CLASS_CANCELLED, 0, {}, {}, PauseReason::kNone},
                    ClassCase{v1::ERROR_CLASS_QUOTA, 0, {}, {}, PauseReason::kQuota},
                    ClassCase{v1::ERROR_CLASS_AUTH, 0, {}, {}, PauseReason::kAuth},
                    ClassCase{v1::ERROR_CLASS_CONFIG, 0, {}, {}, PauseReason::kConfig},
                    ClassCase{v1::ERROR_CLASS_REQUEST, 1, v1::OUTCOME_FAILED, v1::OUTCOME_FAILED,
                              PauseReason::kNone},
                    ClassCase{v1::ERROR_CLASS_INTERNAL, 1, v1::OUTCOME_FAILED, v1::OUTCOME_FAILED,
                              PauseReason::kNone},
                    ClassCase{v1::ERROR_CLASS_TOO_SLOW, 1, v1::OUTCOME_TOO_SLOW,
                              v1::OUTCOME_UNJUDGED, PauseReason::kNone}),
    [](const auto& param) { return v1::ErrorClass_Name(param.param.error_class); });

TEST(Backoff, IsJitteredDoublesAndIsCapped) {
  Random random(3);
  for (int failures = 1; failures < 12; ++failures) {
    absl::Duration longest, shortest = absl::Hours(1);
    for (int i = 0; i < 200; ++i) {
      const absl::Duration d =
          FullJitterBackoff(failures, absl::Seconds(1), absl::Seconds(60), random);
      longest = std::max(longest, d);
      shortest = std::min(shortest, d);
    }
    const absl::Duration ceiling =
        std::min(absl::Seconds(60), absl::Seconds(1) * (1 << (failures - 1)));
    EXPECT_LE(longest, ceiling);
    EXPECT_GT(longest, ceiling * 0.9);
    EXPECT_LT(shortest, ceiling * 0.1);
  }
}

// The whole way through a coordinator: the attempts that each class costs.
TEST(Retries, InfraEndsAsLostAndSettlesTheScorings) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1})).ok());
  HandAgent agent(process);
  int attempts = 0;
  for (int i = 0; i < 50 && !process.Sealed(); ++i) {
    agent.Sync(absl::Seconds(70));
    for (const v1::Assignment& start : agent.Running()) {
      ++attempts;
      EXPECT_EQ(start.attempt().substr(0, 2), std::to_string(attempts) + ".");
      agent.Fail(start, v1::ERROR_CLASS_INFRA);
    }
  }
  EXPECT_TRUE(process.Sealed());
  EXPECT_EQ(attempts, 3);
  const RunProgress p = process.Progress();
  EXPECT_EQ(p.generations.failed, 1);
  EXPECT_EQ(p.generation_outcomes.at(v1::OUTCOME_INFRA_LOST), 1);
  EXPECT_EQ(p.scoring_outcomes.at(v1::OUTCOME_NOT_APPLICABLE), 3);
  EXPECT_EQ(p.retries, 2);
  ASSERT_EQ(p.recent_errors.size(), 1u);
  EXPECT_EQ(process.blobs.List("run/run-1/envelope/").size(), 3u) << "every unit has an envelope";
}

TEST(Retries, ARepeatedReportSpendsOneFailure) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1})).ok());
  HandAgent agent(process);
  agent.Sync();
  const v1::Assignment start = agent.Running().at(0);
  for (int i = 0; i < 6; ++i) {
    agent.Fail(start, v1::ERROR_CLASS_INFRA);
    agent.kinds.clear();
    agent.Sync();
  }
  EXPECT_EQ(process.Progress().retries, 1);
  EXPECT_EQ(process.Progress().generations.queued, 1);
}

TEST(Retries, ThrottleSpendsNothingAndHonoursRetryAfter) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1, .rules = false, .judged = false})).ok());
  HandAgent agent(process);
  for (int i = 0; i < 10; ++i) {
    agent.Sync(absl::Seconds(200));
    ASSERT_EQ(agent.Running().size(), 1u) << i;
    agent.Fail(agent.Running().at(0), v1::ERROR_CLASS_THROTTLE, 30'000);
    agent.Sync();
    const absl::Duration told = process.executor.clock().SteadyNow();
    EXPECT_EQ(process.Progress().endpoints.at(0).wait, absl::Seconds(30));
    process.executor.Advance(absl::Seconds(29));
    agent.Sync();
    EXPECT_TRUE(agent.Running().empty()) << "granted before Retry-After had passed";
    agent.Sync(absl::Seconds(5));
    ASSERT_EQ(agent.Running().size(), 1u);
    EXPECT_GE(process.executor.clock().SteadyNow(), told + absl::Seconds(30));
  }
  agent.Complete();
  EXPECT_EQ(process.Progress().throttles, 10);
  EXPECT_EQ(process.Progress().generations.done, 1);
}

TEST(Retries, LongRetryAfterParksTheEndpointAndTheRunGoesOnByItself) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1, .rules = false, .judged = false})).ok());
  HandAgent agent(process);
  agent.Sync();
  agent.Fail(agent.Running().at(0), v1::ERROR_CLASS_THROTTLE, 600'000);
  agent.Sync();
  agent.Sync();
  EXPECT_THAT(process.observer.pauses, testing::ElementsAre(PauseReason::kThrottle));
  EXPECT_EQ(process.Progress().phase, RunPhase::kPaused);
  process.executor.Advance(absl::Seconds(601));
  EXPECT_EQ(process.Progress().phase, RunPhase::kRunning);
  agent.Complete();
}

TEST(Retries, QuotaPausesTheRunOnceNoEndpointIsLeft) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 2, .rules = false})).ok());
  HandAgent agent(process);
  agent.Sync();
  auto starts = agent.Running();
  ASSERT_EQ(starts.size(), 2u);
  agent.Finish(starts[0]);
  agent.Fail(starts[1], v1::ERROR_CLASS_QUOTA);
  for (int i = 0; i < 4; ++i) agent.Sync();
  EXPECT_TRUE(process.observer.pauses.empty()) << "the judge's endpoint still has work";
  ASSERT_EQ(agent.Running().size(), 1u);
  agent.Finish(agent.Running().at(0));
  agent.Sync();
  agent.Sync();
  EXPECT_THAT(process.observer.pauses, testing::ElementsAre(PauseReason::kQuota));
  EXPECT_THAT(process.observer.details.at(0), testing::HasSubstr("endpoint gen: quota"));
  EXPECT_EQ(process.Progress().generations.queued, 1);
  ASSERT_TRUE(process.coordinator->Resume("run-1").ok());
  agent.Complete();
  EXPECT_EQ(process.Progress().generations.done, 2);
}

TEST(Retries, UnitDeadlineEndsEndlessThrottling) {
  TestProcess process;
  v1::RunRecord record = TestRun({.samples = 1, .rules = false, .judged = false});
  record.mutable_spec()->mutable_retry()->set_unit_deadline_s(300);
  ASSERT_TRUE(process.AddRun(record).ok());
  HandAgent agent(process);
  for (int i = 0; i < 100 && !process.Sealed(); ++i) {
    agent.Sync(absl::Seconds(200));
    for (const auto& start : agent.Running()) {
      agent.Fail(start, v1::ERROR_CLASS_THROTTLE, 60'000);
    }
  }
  EXPECT_TRUE(process.Sealed());
  EXPECT_EQ(process.Progress().generation_outcomes.at(v1::OUTCOME_INFRA_LOST), 1);
}

TEST(Retries, PreemptedWorkGoesToAnotherAgentAtOnce) {
  TestProcess process;
  ASSERT_TRUE(process.AddRun(TestRun({.samples = 1})).ok());
  HandAgent draining(process, "draining");
  draining.Sync();
  const v1::Assignment start = draining.Running().at(0);
  draining.Fail(start, v1::ERROR_CLASS_PREEMPTED);
  v1::SyncRequest last = draining.Request();
  last.set_draining(true);
  ASSERT_TRUE(process.Sync(last).ok());
  HandAgent next(process, "next");
  next.Sync();
  ASSERT_EQ(next.Running().size(), 1u);
  EXPECT_EQ(process.Progress().retries, 0);
  EXPECT_TRUE(process.Progress().recent_errors.empty());
}

TEST(States, TableOfTransitions) {
  using S = v1::UnitState;
  const std::map<std::pair<S, UnitEvent>, S> legal = {
      {{v1::UNIT_STATE_BLOCKED, UnitEvent::kUnblock}, v1::UNIT_STATE_QUEUED},
      {{v1::UNIT_STATE_BLOCKED, UnitEvent::kCancel}, v1::UNIT_STATE_CANCELLED},
      {{v1::UNIT_STATE_QUEUED, UnitEvent::kGrant}, v1::UNIT_STATE_LEASED},
      {{v1::UNIT_STATE_QUEUED, UnitEvent::kCommit}, v1::UNIT_STATE_DONE},
      {{v1::UNIT_STATE_QUEUED, UnitEvent::kFail}, v1::UNIT_STATE_FAILED},
      {{v1::UNIT_STATE_QUEUED, UnitEvent::kQuarantine}, v1::UNIT_STATE_QUARANTINED},
      {{v1::UNIT_STATE_QUEUED, UnitEvent::kCancel}, v1::UNIT_STATE_CANCELLED},
      {{v1::UNIT_STATE_LEASED, UnitEvent::kRequeue}, v1::UNIT_STATE_QUEUED},
      {{v1::UNIT_STATE_LEASED, UnitEvent::kCommit}, v1::UNIT_STATE_DONE},
      {{v1::UNIT_STATE_LEASED, UnitEvent::kFail}, v1::UNIT_STATE_FAILED},
      {{v1::UNIT_STATE_LEASED, UnitEvent::kQuarantine}, v1::UNIT_STATE_QUARANTINED},
      {{v1::UNIT_STATE_LEASED, UnitEvent::kCancel}, v1::UNIT_STATE_CANCELLED}};
  for (int s = v1::UNIT_STATE_BLOCKED; s <= v1::UNIT_STATE_CANCELLED; ++s) {
    for (int e = 0; e <= static_cast<int>(UnitEvent::kCancel); ++e) {
      const auto state = static_cast<S>(s);
      const auto event = static_cast<UnitEvent>(e);
      const auto found = legal.find({state, event});
      const auto next = NextState(state, event);
      EXPECT_EQ(next.has_value(), found != legal.end()) << s << " " << e;
      if (next.has_value() && found != legal.end()) {
        EXPECT_EQ(*next, found->second);
      }
    }
  }
}

TEST(EndpointLimits, SillyRetryAfterMeansOwnBackoffAndEpisodesCountOnce) {
  Random random(1);
  EndpointLimits limits(absl::Seconds(120));
  v1::Endpoint endpoint;
  endpoint.set_id("e");
  endpoint.set_max_in_flight(4);
  limits.Register(endpoint);
  absl::Duration now = absl::Seconds(10);
  v1::Error error = ErrorOf(v1::ERROR_CLASS_THROTTLE);
  error.set_retry_after_ms(-5000);
  limits.OnThrottle("e", error, now, random);
  const absl::Duration first = limits.NextChange(now) - now;
  EXPECT_GE(first, absl::Milliseconds(500));
  EXPECT_LE(first, absl::Seconds(1));
  for (int i = 0; i < 10; ++i) limits.OnThrottle("e", error, now, random);
  EXPECT_EQ(limits.NextChange(now) - now, first) << "one episode";
  EXPECT_FALSE(limits.MayLease("e", now));
  for (int i = 0; i < 20; ++i) {
    now = limits.NextChange(now);
    EXPECT_TRUE(limits.MayLease("e", now));
    limits.OnThrottle("e", error, now, random);
    EXPECT_LE(limits.NextChange(now) - now, absl::Seconds(16));
  }
  EXPECT_GE(limits.NextChange(now) - now, absl::Seconds(8)) << "doubled up to the cap";
  limits.OnSuccess("e");
  now = limits.NextChange(now);
  limits.OnThrottle("e", error, now, random);
  EXPECT_LE(limits.NextChange(now) - now, absl::Seconds(1)) << "a success starts anew";
}

TEST(EndpointLimits, SharesNeverAddUpToMoreThanTheLimit) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Random random(seed);
    EndpointLimits limits(absl::Seconds(120));
    v1::Endpoint endpoint;
    endpoint.set_id("e");
    endpoint.set_max_in_flight(1 + static_cast<int>(random.Below(8)));
    limits.Register(endpoint);
    std::map<std::string, int> leased;
    int total = 0;
    for (int step = 0; step < 500; ++step) {
      const std::string agent = "a" + std::to_string(random.Below(4));
      switch (random.Below(4)) {
        case 0:
          if (limits.MayLease("e", absl::ZeroDuration())) {
            limits.OnLeased("e", agent);
            ++leased[agent];
            ++total;
          }
          break;
        case 1:
          if (leased[agent] > 0) {
            limits.OnReleased("e", agent);
            --leased[agent];
            --total;
          }
          break;
        case 2:
          limits.OnSyncFrom(agent);
          break;
        default:
          for (const auto& limit : limits.Tell(agent, absl::ZeroDuration())) {
            EXPECT_GE(limit.max_in_flight(), 0);
          }
      }
      ASSERT_LE(total, endpoint.max_in_flight());
      ASSERT_LE(limits.BelievedInFlight("e"), endpoint.max_in_flight());
    }
    // Once everybody has heard, every agent may make as many calls as it has units.
    for (int round = 0; round < 4; ++round) {
      for (const auto& [agent, units] : leased) {
        limits.OnSyncFrom(agent);
        limits.Tell(agent, absl::ZeroDuration());
      }
    }
    for (const auto& [agent, units] : leased) {
      limits.OnSyncFrom(agent);
      int calls = 0;
      for (const auto& limit : limits.Tell(agent, absl::ZeroDuration())) {
        calls = limit.max_in_flight();
      }
      EXPECT_GE(calls, units) << "seed " << seed << " " << agent;
    }
  }
}

}  // namespace
}  // namespace assay
