// What is learned of servers, and shares between runs: the pure parts, in virtual time.
#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "common/base/random.h"
#include "coordinator/core/aimd_limit.h"
#include "coordinator/core/breaker.h"
#include "coordinator/core/call_lanes.h"
#include "coordinator/core/fair_share.h"
#include "coordinator/core/token_bucket.h"

namespace assay {
namespace {

absl::Duration At(double seconds) { return absl::Seconds(seconds); }

TEST(AimdLimit, TheOperatorsCapHoldsUntilTheFirstRefusal) {
  AimdLimit limit(64);
  EXPECT_EQ(limit.limit(), 64);
  EXPECT_TRUE(limit.MayStart(63, 63));
  EXPECT_FALSE(limit.MayStart(64, 0));
  limit.OnTransient();
  EXPECT_TRUE(limit.MayStart(63, 63)) << "5xx is the breaker's";
}

TEST(AimdLimit, ABurstOfRefusalsCutsOnce) {
  AimdLimit limit(64);
  for (int i = 0; i < 64; ++i) limit.OnThrottle(64 - i, At(1), At(2 + 0.01 * i), {});
  EXPECT_EQ(limit.limit(), 51);
  EXPECT_EQ(limit.ramp(), 1);
  // Nothing was accepted since: the same episode, however long it lasts.
  for (int i = 0; i < 20; ++i) limit.OnThrottle(1, At(20 + 20 * i), At(21 + 20 * i), {});
  EXPECT_EQ(limit.limit(), 51);
}

TEST(AimdLimit, CutsAreFifteenSecondsOrRetryAfterApart) {
  AimdLimit limit(100);
  limit.OnThrottle(100, At(1), At(2), At(40));
  EXPECT_EQ(limit.limit(), 80);
  limit.OnAccepted(80, At(3));
  limit.OnThrottle(80, At(20), At(21), {});
  EXPECT_EQ(limit.limit(), 80) << "within Retry-After";
  limit.OnAccepted(80, At(30));
  limit.OnThrottle(80, At(43), At(44), {});
  EXPECT_EQ(limit.limit(), 64);
  limit.OnAccepted(64, At(50));
  limit.OnThrottle(64, At(51), At(52), {});
  EXPECT_EQ(limit.limit(), 64) << "within 15 s";
}

TEST(AimdLimit, RampDoublesARoundAndOldCallsSayNothing) {
  AimdLimit limit(64);
  limit.OnThrottle(64, At(10), At(11), {});
  for (int i = 0; i < 30; ++i) limit.OnAccepted(40, At(9));
  EXPECT_EQ(limit.ramp(), 1) << "they began before the refusal";
  int round = 1;
  for (; limit.ramp() < limit.limit(); ++round) {
    const int before = limit.ramp();
    for (int i = 0; i < before; ++i) limit.OnAccepted(before, At(12 + round));
    EXPECT_GE(limit.ramp(), std::min(2 * before, limit.limit()));
  }
  EXPECT_LE(round, 8);
}

TEST(AimdLimit, GrowsByATwentiethForACleanRoundThatUsesIt) {
  AimdLimit limit(200);
  limit.OnThrottle(200, At(1), At(2), {});
  ASSERT_EQ(limit.limit(), 160);
  for (int i = 0; i < 160; ++i) limit.OnAccepted(10, At(3));
  EXPECT_EQ(limit.limit(), 160) << "hardly used";
  for (int i = 0; i < 160; ++i) limit.OnAccepted(160, At(4));
  EXPECT_EQ(limit.limit(), 168);
  for (int i = 0; i < 167; ++i) limit.OnAccepted(168, At(5));
  limit.OnTransient();
  limit.OnAccepted(168, At(5));
  EXPECT_EQ(limit.limit(), 168) << "not a clean round";
  for (int i = 0; i < 2000; ++i) limit.OnAccepted(200, At(6));
  EXPECT_EQ(limit.limit(), 200) << "never above the cap";
}

TEST(AimdLimit, NeverBelowOneAndSettlesNearWhatTheServerTakes) {
  AimdLimit limit(64);
  Random random(3);
  constexpr int kTakes = 9;
  double now = 1;
  std::vector<int> seen;
  int refused = 0, accepted = 0;
  for (int step = 0; step < 2000; ++step, now += 1) {
    const int wanted = std::min(limit.limit(), limit.ramp() + kTakes);
    for (int i = 1; i <= wanted; ++i) {
      if (i <= kTakes) {
        limit.OnAccepted(wanted, At(now));
        ++accepted;
      } else {
        limit.OnThrottle(wanted, At(now), At(now + 0.5), {});
        ++refused;
      }
    }
    ASSERT_GE(limit.limit(), 1);
    if (step > 300) seen.push_back(limit.limit());
  }
  double mean = 0;
  for (const int l : seen) mean += l;
  mean /= static_cast<double>(seen.size());
  EXPECT_GE(mean, kTakes * 0.7);
  EXPECT_LE(mean, kTakes * 1.7);
  EXPECT_LE(refused, accepted / 5);
}

TEST(TokenBucket, NoMinuteHoldsMoreThanTheLimit) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    const auto per_minute = static_cast<std::int64_t>(1 + random.Below(5000));
    TokenBucket bucket(per_minute);
    std::deque<std::pair<absl::Duration, std::int64_t>> taken;
    absl::Duration now = At(1000);
    std::int64_t total = 0;
    for (int i = 0; i < 3000; ++i) {
      now += absl::Milliseconds(random.Below(2000));
      const auto amount =
          1 + static_cast<std::int64_t>(random.Below(static_cast<std::uint64_t>(per_minute)));
      const absl::Duration free_at = bucket.FreeAt(amount, now);
      ASSERT_EQ(bucket.MayTake(amount, now), free_at <= now);
      if (free_at > now) {
        ASSERT_LE(free_at, now + At(60));
        continue;
      }
      const TokenBucket::Ticket ticket = bucket.Take(amount, now);
      std::int64_t actual = amount;
      if (random.Below(2) == 0) {
        actual = static_cast<std::int64_t>(random.Below(static_cast<std::uint64_t>(amount) + 1));
        bucket.Settle(ticket, actual);
      }
      taken.emplace_back(now, actual);
      total += actual;
      std::int64_t in_minute = 0;
      while (taken.front().first + At(60) <= now) taken.pop_front();
      for (const auto& [at, spent] : taken) in_minute += spent;
      ASSERT_LE(in_minute, per_minute) << "seed " << seed;
      ASSERT_EQ(in_minute, bucket.spent(now));
    }
    EXPECT_GT(total, per_minute * 20) << "and it is used, seed " << seed;
  }
}

TEST(TokenBucket, MoreThanAMinutesWorthPassesAlone) {
  TokenBucket bucket(100);
  const auto ticket = bucket.Take(10, At(0));
  EXPECT_FALSE(bucket.MayTake(5000, At(59)));
  EXPECT_EQ(bucket.FreeAt(5000, At(59)), At(60));
  EXPECT_TRUE(bucket.MayTake(5000, At(60)));
  bucket.Settle(ticket, 1000);
  EXPECT_EQ(bucket.spent(At(60)), 0) << "it has left the minute";
  TokenBucket none(0);
  EXPECT_EQ(none.Take(1 << 30, At(1)), 0u);
  EXPECT_TRUE(none.MayTake(1 << 30, At(1)));
  none.Lower(50);
  none.Lower(70);
  EXPECT_EQ(none.per_minute(), 50);
}

TEST(Breaker, OpensAfterSixInARow) {
  Breaker breaker;
  for (int i = 0; i < 5; ++i) breaker.OnFailure(At(0), At(1), 0);
  breaker.OnSuccess(At(0), At(1));
  for (int i = 0; i < 5; ++i) breaker.OnFailure(At(0), At(2), 0);
  EXPECT_TRUE(breaker.MayStart(At(2)));
  breaker.OnFailure(At(0), At(2), 0);
  EXPECT_TRUE(breaker.open());
  EXPECT_FALSE(breaker.MayStart(At(6.9)));
  EXPECT_TRUE(breaker.MayStart(At(7)));
  EXPECT_EQ(breaker.next_probe(), At(7));
}

TEST(Breaker, OpensWhenHalfOfTwentyFailWithinThirtySeconds) {
  Breaker slow, quick;
  for (int i = 0; i < 40; ++i) {
    i % 2 == 0 ? slow.OnSuccess(At(0), At(2 * i)) : slow.OnFailure(At(0), At(2 * i), 0);
  }
  EXPECT_FALSE(slow.open()) << "no 20 ends in 30 s";
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(quick.open());
    i % 2 == 0 ? quick.OnSuccess(At(0), At(i)) : quick.OnFailure(At(0), At(i), 0);
  }
  EXPECT_TRUE(quick.open());
}

TEST(Breaker, ProbesOneAtATimeEverMoreSeldom) {
  Breaker breaker;
  for (int i = 0; i < 6; ++i) breaker.OnFailure(At(0), At(100), 0);
  breaker.OnFailure(At(50), At(101), 0);
  breaker.OnSuccess(At(50), At(101));
  ASSERT_TRUE(breaker.open()) << "calls from before say nothing";
  absl::Duration now = At(101);
  std::vector<double> waits;
  for (int i = 0; i < 9; ++i) {
    waits.push_back(absl::ToDoubleSeconds(breaker.next_probe() - now));
    now = breaker.next_probe();
    ASSERT_TRUE(breaker.MayStart(now));
    breaker.OnStarted(now);
    ASSERT_FALSE(breaker.MayStart(now + At(1000))) << "one probe";
    breaker.OnFailure(now, now, 0);
  }
  EXPECT_EQ(waits, (std::vector<double>{4, 10, 20, 40, 60, 60, 60, 60, 60}));
  EXPECT_TRUE(breaker.gone(now)) << "no success for five minutes";
  EXPECT_FALSE(breaker.gone(breaker.next_probe())) << "time to look again";
  breaker.ProbeNow(now);
  EXPECT_FALSE(breaker.gone(now));
  breaker.OnStarted(now);
  breaker.OnNoAnswer(now, now + At(1), 0);
  EXPECT_EQ(breaker.next_probe(), now + At(6));
  breaker.OnStarted(now + At(6));
  breaker.OnSuccess(now + At(6), now + At(7));
  EXPECT_FALSE(breaker.open());
  EXPECT_TRUE(breaker.MayStart(now + At(7)));
}

TEST(CallLanes, JudgingAndWritingLearnApart) {
  CallLanes lanes;
  v1::Endpoint endpoint;
  endpoint.set_id("e");
  endpoint.set_max_in_flight(10);
  lanes.Register(endpoint);
  Random random(1);
  const CallLane writing{"e", v1::UNIT_KIND_GENERATE, "m"};
  const CallLane judging{"e", v1::UNIT_KIND_SCORE_JUDGED, "m"};
  for (int i = 0; i < 6; ++i) {
    const LaneCall call = lanes.OnStarted(judging, 1, false, At(1));
    lanes.OnEnded(judging, call, {CallEnd::kTransient, 0, {}}, At(2), random);
  }
  EXPECT_FALSE(lanes.MayStart(judging, 1, false, At(3)));
  EXPECT_TRUE(lanes.MayStart(writing, 1, false, At(3)));
  EXPECT_GE(lanes.NextChange(At(3)), At(7));
  EXPECT_LE(lanes.NextChange(At(3)), At(8));
  EXPECT_EQ(lanes.Learned("e"), 20);
  lanes.Resume("e", At(4));
  EXPECT_TRUE(lanes.MayStart(judging, 1, false, At(4)));
  EXPECT_TRUE(lanes.MayStart({}, 0, true, At(3))) << "no calls, no limits";
}

TEST(CallLanes, ASpentRetryBudgetLeavesFewUnansweredRetries) {
  CallLanes lanes;
  v1::Endpoint endpoint;
  endpoint.set_id("e");
  endpoint.set_max_in_flight(40);
  lanes.Register(endpoint);
  const CallLane lane{"e", v1::UNIT_KIND_GENERATE, "m"};
  Random random(1);
  for (int i = 0; i < 12; ++i) {
    const LaneCall call = lanes.OnStarted(lane, 1, false, At(1));
    const bool good = i % 3 == 0;
    lanes.OnEnded(lane, call, {good ? CallEnd::kAnswered : CallEnd::kTransient, 0, {}}, At(2),
                  random);
  }
  std::vector<LaneCall> retries;
  while (lanes.MayStart(lane, 1, true, At(3)) && retries.size() < 40) {
    retries.push_back(lanes.OnStarted(lane, 1, true, At(3)));
  }
  EXPECT_EQ(retries.size(), 4u) << "a tenth of the limit";
  EXPECT_TRUE(lanes.MayStart(lane, 1, false, At(3))) << "fresh work goes on";
  EXPECT_TRUE(lanes.OnProven(lane, retries[0]));
  EXPECT_FALSE(lanes.OnProven(lane, retries[0]));
  EXPECT_TRUE(lanes.MayStart(lane, 1, true, At(3)));
}

TEST(FairShare, TokensFollowTheWeights) {
  FairShare shares;
  shares.Add(1);
  shares.Add(4);
  Random random(5);
  std::vector<std::int64_t> used(2);
  for (int i = 0; i < 20000; ++i) {
    ASSERT_TRUE(shares.Turn([&](int run) -> std::int64_t {
      // The light run's units are ten times as long, and all estimates are wrong by up to half.
      const auto tokens = static_cast<std::int64_t>((run == 0 ? 20000 : 2000) + random.Below(1000));
      const std::int64_t guess =
          tokens / 2 + static_cast<std::int64_t>(random.Below(static_cast<std::uint64_t>(tokens)));
      shares.Charge(run, tokens - guess);
      used[static_cast<std::size_t>(run)] += tokens;
      return guess;
    }));
  }
  const double ratio = static_cast<double>(used[1]) / static_cast<double>(used[0]);
  EXPECT_NEAR(ratio, 4.0, 0.4);
}

TEST(FairShare, WaitingPaysNoDebtAndIdlenessSavesNothing) {
  FairShare shares;
  shares.Add(1);
  shares.Add(1);
  ASSERT_TRUE(shares.Turn([](int) { return std::int64_t{50000}; }));
  const std::int64_t debt = std::min(shares.credit(0), shares.credit(1));
  EXPECT_LT(debt, -40000);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(shares.Turn([](int) { return std::int64_t{-1}; }));
  }
  EXPECT_EQ(std::min(shares.credit(0), shares.credit(1)), debt);
  // Run 1 has nothing for long; then both have work, and the shares are equal from then on.
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(shares.Turn([](int run) { return std::int64_t{run == 0 ? 1000 : -1}; }));
  }
  std::vector<int> turns(2);
  for (int i = 0; i < 1000; ++i) {
    shares.Turn([&](int run) {
      ++turns[static_cast<std::size_t>(run)];
      return std::int64_t{1000};
    });
  }
  EXPECT_NEAR(turns[0], 500, 55);
}

}  // namespace
}  // namespace assay
