// Coordinators that are killed, frozen and cut off from their store, under load.
#include <chrono>

#include "common/base/failpoint.h"
#include "tests/rig/cluster_rig.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

#ifdef ASSAY_FAILPOINTS
constexpr bool kFailpoints = true;
#else
constexpr bool kFailpoints = false;
#endif

class LeaderFaults : public ClusterRig {
 protected:
  void Begin(double latency_ms, int samples) {
    SimulatorOptions options;
    options.latency_ms = latency_ms;
    ASSERT_NO_FATAL_FAILURE(Serve(options));
    job_ = SmallJob(samples);
    samples_ = samples;
    reference_ = Canonical(Embedded("reference", job_));
    ASSERT_NO_FATAL_FAILURE(StartCoordinators());
    StartAgents(2, 2);
  }

  // The run has ended well and is the same as without faults. `lost`: calls that may have been made
  // twice since they were under way when a lease ended; on a busy machine a short lease may end.
  void ExpectWhole(const std::string& run_id, std::int64_t since, int lost = kSlots) {
    const ProcessEnd end = Watch(run_id);
    EXPECT_EQ(end.exit_code, 0) << end.err << LogOf("first") << LogOf("second");
    const Bill paid = Paid(since);
    EXPECT_LE(paid.repeated, lost);
    EXPECT_EQ(paid.calls - paid.repeated, 2 * samples_);
    EXPECT_TRUE(Canonical(Exported(run_id)) == reference_);
  }
  std::int64_t Served() { return simulator_->Counts().Total(); }

  Words job_;
  int samples_ = 0;
  std::string reference_;
};

// F3: at every step of the leader; also while a run is submitted.
TEST_F(LeaderFaults, KilledAtEveryStep) {
  if (!kFailpoints) GTEST_SKIP() << "the binary was built without failpoints";
  ASSERT_NO_FATAL_FAILURE(Begin(20, 3));
  const Words points = {"coordinator.granted:crash:1",   "coordinator.granted:crash:4",
                        "coordinator.committed:crash:1", "coordinator.envelope_verified:crash:2",
                        "coordinator.committed:crash:5", "coordinator.manifest_written:crash:1",
                        "blob.batch_written:crash:1",    "blob.batch_synced:crash:1",
                        "blob.batch_synced:crash:5"};
  for (const std::string& name : FailpointNames()) {
    if (!name.starts_with("coordinator.") && !name.starts_with("blob.")) continue;
    EXPECT_THAT(points, ::testing::Contains(::testing::StartsWith(name + ":")));
  }
  for (const std::string& point : points) {
    SCOPED_TRACE(point);
    const std::string old = Leader();
    const std::string doomed = Other(old);
    coordinators_[doomed]->Kill();
    StartCoordinator(doomed, {"ASSAY_FAILPOINT=" + point});
    EXPECT_EQ(coordinators_[old]->Terminate().exit_code, 0) << LogOf(old);
    ASSERT_TRUE(WaitUntil([&] { return Leads(doomed); })) << LogOf(doomed);
    StartCoordinator(old);
    const std::int64_t since = Served();
    std::string run_id = point;
    std::replace(run_id.begin(), run_id.end(), ':', '-');
    ASSERT_NO_FATAL_FAILURE(Submit(run_id, job_));
    ASSERT_TRUE(WaitUntil([&] { return !coordinators_[doomed]->process().Running(); }));
    ExpectWhole(run_id, since);
    StartCoordinator(doomed);
  }
}

// F4
TEST_F(LeaderFaults, BothKilled) {
  ASSERT_NO_FATAL_FAILURE(Begin(300, 12));
  ASSERT_NO_FATAL_FAILURE(Submit("cold", job_));
  ASSERT_NO_FATAL_FAILURE(WaitForCalls(30));
  coordinators_["first"]->Kill();
  coordinators_["second"]->Kill();
  StartCoordinator("second");
  StartCoordinator("first");
  ExpectWhole("cold", 24);
}

// F5: it wakes up in another's term.
TEST_F(LeaderFaults, FrozenLongerThanItsTerm) {
  ASSERT_NO_FATAL_FAILURE(Begin(150, 24));
  ASSERT_NO_FATAL_FAILURE(Submit("frozen", job_));
  for (int round = 0; round < 3; ++round) {
    ASSERT_NO_FATAL_FAILURE(WaitForCalls(50 + 10 * round));
    const std::string leader = Leader();
    coordinators_[leader]->process().Signal(SIGSTOP);
    ASSERT_TRUE(WaitUntil([&] { return Leads(Other(leader)); })) << LogOf(Other(leader));
    coordinators_[leader]->process().Signal(SIGCONT);
    EXPECT_TRUE(WaitUntil([&] { return !Leads(leader); })) << LogOf(leader);
    EXPECT_THAT(LogOf(leader), HasSubstr(" demoted "));
  }
  ExpectWhole("frozen", 48);
}

// F10
TEST_F(LeaderFaults, RedisKilledUnderLoad) {
  ASSERT_NO_FATAL_FAILURE(Begin(150, 30));
  ASSERT_NO_FATAL_FAILURE(Submit("redis", job_));
  for (int round = 0; round < 4; ++round) {
    ASSERT_NO_FATAL_FAILURE(WaitForCalls(63 + 9 * round));
    redis_->Kill();
    redis_->Start();
  }
  ExpectWhole("redis", 60);
}

// F15: what is in the segments is enough. Leases are nowhere else, so that what is under way is
// begun again, but nothing that was journaled.
TEST_F(LeaderFaults, RedisWiped) {
  ASSERT_NO_FATAL_FAILURE(Begin(150, 20));
  ASSERT_NO_FATAL_FAILURE(Submit("wiped", job_));
  ASSERT_NO_FATAL_FAILURE(WaitForCalls(55));
  redis_->Run({"FLUSHALL"});
  ExpectWhole("wiped", 40, 4 * kSlots);
}

// F37
TEST_F(LeaderFaults, KilledAgainAndAgain) {
  ASSERT_NO_FATAL_FAILURE(Begin(300, 30));
  ASSERT_NO_FATAL_FAILURE(Submit("loop", job_));
  for (int round = 0; round < 5; ++round) {
    ASSERT_NO_FATAL_FAILURE(WaitForCalls(62 + 8 * round));
    ASSERT_NO_FATAL_FAILURE(ReplaceLeader());
  }
  ExpectWhole("loop", 60, 2 * kSlots);
}

// From the death of a leader to the first call that the next one has handed out: calls are short,
// so that agents soon have nothing left that the old one gave them.
TEST_F(LeaderFaults, TimeToTakeOver) {
  using Clock = std::chrono::steady_clock;
  ASSERT_NO_FATAL_FAILURE(Begin(30, 150));
  ASSERT_NO_FATAL_FAILURE(Submit("takeover", job_));
  ASSERT_NO_FATAL_FAILURE(WaitForCalls(340));
  const auto killed = Clock::now();
  coordinators_["first"]->Kill();
  std::int64_t calls = Served();
  auto last = killed;
  ASSERT_TRUE(WaitUntil([&] {
    if (Served() != calls) last = Clock::now();
    calls = Served();
    return Clock::now() - last > std::chrono::milliseconds(200);
  }));
  ASSERT_NO_FATAL_FAILURE(WaitForCalls(1, calls));
  const std::chrono::duration<double> took = Clock::now() - killed;
  std::printf("takeover: %.2f s\n", took.count());
  EXPECT_LT(took.count(), 15);
  ExpectWhole("takeover", 300);
}

}  // namespace
}  // namespace assay
