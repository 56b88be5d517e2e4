// F37: the leader dies twenty times in one run, at moments that a seed gives; every fourth time it
// is asked to go.
#include <chrono>

#include "common/base/random.h"
#include "tests/rig/fault_run.h"

namespace assay {
namespace {

constexpr std::uint64_t kSeed = 37;
constexpr int kRounds = 20;

class LeaderLoop : public FaultRun {
 protected:
  // How long nobody leads.
  std::chrono::duration<double> Replace(bool graceful) {
    const std::string leader = Leader();
    const auto begun = std::chrono::steady_clock::now();
    if (graceful) {
      EXPECT_EQ(coordinators_[leader]->Terminate().exit_code, 0) << LogOf(leader);
    } else {
      coordinators_[leader]->Kill();
    }
    EXPECT_TRUE(WaitUntil([&] { return Leads(Other(leader)); })) << LogOf(Other(leader));
    const auto took = std::chrono::steady_clock::now() - begun;
    StartCoordinator(leader);
    return took;
  }
};

TEST_F(LeaderLoop, TwentyFailoversInOneRun) {
  ASSERT_NO_FATAL_FAILURE(Begin(300, 220));
  StartAgents(2, 2);
  ASSERT_NO_FATAL_FAILURE(Submit("loop", job_));
  Random random(kSeed);
  double longest_s = 0;
  for (int round = 1; round <= kRounds; ++round) {
    SCOPED_TRACE(round);
    const std::int64_t calls = 1 + static_cast<std::int64_t>(random.Below(10));
    ASSERT_NO_FATAL_FAILURE(WaitForCalls(calls, Served()));
    const bool graceful = round % 4 == 0;
    const double took_s = Replace(graceful).count();
    EXPECT_LT(took_s, graceful ? 5 : 15);
    longest_s = std::max(longest_s, took_s);
  }
  const std::int64_t before_end = Served();
  ExpectWhole("loop", served_, kRounds * kSlots);
  EXPECT_GT(Served(), before_end) << "the run ended before the last failover";
  std::printf("longest failover %.2f s; calls %d, repeated %d\n", longest_s,
              static_cast<int>(Paid(served_).calls), static_cast<int>(Paid(served_).repeated));
}

}  // namespace
}  // namespace assay
