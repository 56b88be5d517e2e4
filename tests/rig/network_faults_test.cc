// Networks that hold up, repeat and reorder what passes, between agents and coordinators and
// between coordinators and Redis.
#include <chrono>

#include "tests/rig/fault_run.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class NetworkFaults : public FaultRun {
 protected:
  void StartRedis() override {
    FaultRun::StartRedis();
    if (!redis_behind_proxy_) return;
    before_redis_ = std::make_unique<FaultProxy>(redis_->address(), 31);
    redis_at_ = {"--redis", before_redis_->address()};
  }
  void TearDown() override {
    FaultRun::TearDown();
    before_redis_.reset();
  }

  // The coordinators' commands arrive twice, late and after later ones.
  void BeginBeforeAStutteringRedis(const std::string& mutant) {
    redis_behind_proxy_ = true;
    ASSERT_NO_FATAL_FAILURE(Prepare(50, 16));
    StartRedis();
    before_redis_->DelayUpTo(milliseconds(5));
    before_redis_->RepeatRequests(milliseconds(60));
    for (const char* name : {"first", "second"}) {
      ASSERT_NO_FATAL_FAILURE(StartCoordinator(name, {"ASSAY_MUTANT=" + mutant}));
    }
    address_ = listen_["first"] + "," + listen_["second"];
    StartAgents(2, 2);
  }

  // A run without a guard stops instead of being sealed.
  void ExpectPaused(const std::string& run_id) {
    ProcessEnd status;
    EXPECT_TRUE(WaitUntil([&] {
      status = Run({"status", run_id, "--coordinator", address_});
      return status.out.find("paused") != std::string::npos ||
             status.out.find("sealed") != std::string::npos;
    })) << status.out;
    EXPECT_THAT(status.out, HasSubstr("paused: integrity")) << "the check cannot fail";
    EXPECT_THAT(status.out, Not(HasSubstr("sealed")));
  }

  bool redis_behind_proxy_ = false;
  std::unique_ptr<FaultProxy> before_redis_;
};

// F30: every message of agents may arrive twice, the second time late. Nothing but calls that
// were under way when a short lease ended is paid for again.
TEST_F(NetworkFaults, AgentsAreHeardTwiceAndLate) {
  ASSERT_NO_FATAL_FAILURE(Begin(100, 24));
  const std::string through = Proxied(30);
  for (const auto& proxy : proxies_) {
    proxy->DelayUpTo(milliseconds(20));
    proxy->RepeatRequests(milliseconds(250));
  }
  for (const char* name : {"worker1", "worker2", "judge1", "judge2"}) StartAgent(name, {}, through);
  ASSERT_NO_FATAL_FAILURE(Submit("twice", job_));
  ASSERT_NO_FATAL_FAILURE(WaitForCalls(12, served_));
  ASSERT_NO_FATAL_FAILURE(ReplaceLeader());
  ExpectWhole("twice", served_, 2 * kSlots);
  EXPECT_GT(proxies_[0]->repeated_bytes() + proxies_[1]->repeated_bytes(), 10'000);
}

// F31: every transition is applied twice, the second time after others; in the middle the leader
// dies, and what it has sent arrives in its successor's term. A commit counts once all the same.
TEST_F(NetworkFaults, RedisHearsTwiceAndLate) {
  ASSERT_NO_FATAL_FAILURE(BeginBeforeAStutteringRedis(""));
  ASSERT_NO_FATAL_FAILURE(Submit("stutter", job_));
  ASSERT_NO_FATAL_FAILURE(WaitForCalls(16, served_));
  ASSERT_NO_FATAL_FAILURE(ReplaceLeader());
  ExpectWhole("stutter", served_, 2 * kSlots);
  EXPECT_GT(before_redis_->repeated_bytes(), 10'000);
}

// The same without the guard: the sums in Redis are not those of the results, and the run is not
// sealed.
TEST_F(NetworkFaults, DoubleCountIsSeen) {
  if (!kTestBuild) GTEST_SKIP() << kNotTestBuild;
  ASSERT_NO_FATAL_FAILURE(BeginBeforeAStutteringRedis("double_count"));
  ASSERT_NO_FATAL_FAILURE(Submit("stutter", job_));
  ExpectPaused("stutter");
}

// F2 without the guard: what a killed worker had is queued nowhere, and cannot be granted again.
TEST_F(NetworkFaults, LostRequeueIsSeen) {
  if (!kTestBuild) GTEST_SKIP() << kNotTestBuild;
  ASSERT_NO_FATAL_FAILURE(Prepare(200, 8));
  StartRedis();
  for (const char* name : {"first", "second"}) {
    ASSERT_NO_FATAL_FAILURE(StartCoordinator(name, {"ASSAY_MUTANT=lost_requeue"}));
  }
  address_ = listen_["first"] + "," + listen_["second"];
  StartAgents(2, 1);
  ASSERT_NO_FATAL_FAILURE(Submit("requeue", job_));
  ASSERT_NO_FATAL_FAILURE(WaitForCalls(6, served_));
  ASSERT_NO_FATAL_FAILURE(ReplaceAgent("worker1"));
  ExpectPaused("requeue");
}

// F25: an endpoint that asks for a wait gets no call before it is over. Without the guard the wait
// is the coordinator's own, which is shorter.
TEST_F(NetworkFaults, AWaitThatAServerAskedForIsKept) {
  slots_ = 1;
  ASSERT_NO_FATAL_FAILURE(Prepare(5, 3));
  StartRedis();
  for (const std::string mutant : {"", "ignore_retry_after"}) {
    SCOPED_TRACE(mutant);
    if (!mutant.empty() && !kTestBuild) break;
    ASSERT_NO_FATAL_FAILURE(StartCoordinator("first", {"ASSAY_MUTANT=" + mutant}));
    address_ = listen_["first"];
    StartAgents(1, 1);
    const std::int64_t since = Served();
    FaultRule throttle;
    throttle.name = "throttle";
    throttle.match.nth = 1;
    throttle.action.status = 429;
    throttle.action.retry_after = "3";
    simulator_->SetFaults({throttle});
    const std::string run_id = "wait" + mutant;
    ASSERT_NO_FATAL_FAILURE(Submit(run_id, job_));
    ASSERT_NO_FATAL_FAILURE(WaitForCalls(1, since));
    const auto asked = std::chrono::steady_clock::now();
    ASSERT_NO_FATAL_FAILURE(WaitForCalls(2, since));
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - asked;
    if (mutant.empty()) {
      EXPECT_GE(waited.count(), 2.95);
    } else {
      EXPECT_LT(waited.count(), 2.95) << "the check cannot fail";
    }
    ExpectWhole(run_id, since, 1);
    agents_.clear();
    coordinators_["first"]->Kill();
  }
}

// F31: connections to Redis end after some replies, the last of which is lost.
TEST_F(NetworkFaults, RepliesOfRedisAreLost) {
  redis_behind_proxy_ = true;
  ASSERT_NO_FATAL_FAILURE(Begin(60, 32));
  StartAgents(2, 2);
  before_redis_->CutRepliesAfter(1600);
  ASSERT_NO_FATAL_FAILURE(ReplaceLeader());
  ASSERT_NO_FATAL_FAILURE(Submit("lost", job_));
  EXPECT_TRUE(WaitUntil([&] { return before_redis_->cuts() > 3; }));
  // What a new leader has to read would never come through at this rate.
  before_redis_->CutRepliesAfter(0);
  ExpectWhole("lost", served_, 2 * kSlots);
}

}  // namespace
}  // namespace assay
