// Real processes against a real server: killed at every protocol step and at seeded moments, then
// resumed. Against the server's ledger, only calls in flight at the kill are made again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include "common/base/failpoint.h"
#include "common/base/random.h"
#include "tests/integration/resume/kill_rig.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

#ifdef ASSAY_FAILPOINTS
#define SKIP_WITHOUT_FAILPOINTS()
#else
#define SKIP_WITHOUT_FAILPOINTS() GTEST_SKIP() << "the binary was built without failpoints"
#endif

// What a run that nobody disturbs does, and its results.
struct Reference {
  std::size_t calls = 0;
  std::string canonical;
};

Reference RunUndisturbed(KillRig& rig) {
  rig.Copy("reference");
  const LedgerSlice ledger(rig.simulator());
  const ProcessEnd end = rig.Resume("reference");
  EXPECT_THAT(end.exit_code, ::testing::AnyOf(0, 1)) << end.err;
  Reference reference;
  reference.calls = ledger.Entries().size();
  EXPECT_EQ(DistinctBodies(ledger.Entries()).size(), reference.calls) << "a call was made twice";
  reference.canonical = rig.Canonical("reference");
  EXPECT_THAT(reference.canonical, HasSubstr("s0"));
  rig.ExpectClean("reference");
  return reference;
}

// Finishes the killed run `name` and checks it. Returns how many calls were made twice.
std::int64_t FinishAndCheck(KillRig& rig, const Reference& reference, const std::string& name,
                            const LedgerSlice& ledger) {
  const std::int64_t before = ledger.count();
  const std::size_t journaled = rig.Journaled(name);
  const ProcessEnd end = rig.Resume(name);
  EXPECT_THAT(end.exit_code, ::testing::AnyOf(0, 1)) << name << "\n" << end.err;
  EXPECT_EQ(static_cast<std::size_t>(ledger.count() - before), reference.calls - journaled)
      << name << ": a journaled call was made again, or one was left out";
  EXPECT_EQ(DistinctBodies(ledger.Entries()).size(), reference.calls) << name;
  EXPECT_EQ(rig.Canonical(name), reference.canonical) << name;
  rig.ExpectClean(name);
  return ledger.count() - static_cast<std::int64_t>(reference.calls);
}

TEST(KillTest, AtEveryFailpoint) {
  SKIP_WITHOUT_FAILPOINTS();
  KillRig rig({.samples = 3});
  const Reference reference = RunUndisturbed(rig);
  for (const std::string& point : FailpointNames()) {
    if (point == "run.record_stored") continue;  // the rig starts from there
    for (const int hit : {1, 2, 5, 9}) {
      const std::string name = point + "-" + std::to_string(hit);
      rig.Copy(name);
      const LedgerSlice ledger(rig.simulator());
      const ProcessEnd end =
          rig.Resume(name, {"ASSAY_FAILPOINT=" + point + ":crash:" + std::to_string(hit)});
      if (!end.killed()) {
        EXPECT_GT(hit, 1) << point << " is never reached\n" << end.err;
        EXPECT_THAT(end.exit_code, ::testing::AnyOf(0, 1)) << end.err;
        continue;
      }
      // One call at a time: at most that one is lost.
      EXPECT_LE(FinishAndCheck(rig, reference, name, ledger), 1) << name;
    }
  }
}

TEST(KillTest, WhileTheRunIsAccepted) {
  SKIP_WITHOUT_FAILPOINTS();
  KillRig rig({.samples = 2});
  const Reference reference = RunUndisturbed(rig);
  for (const std::string point : {"run.record_stored", "blob.batch_written", "blob.batch_synced"}) {
    const LedgerSlice ledger(rig.simulator());
    const ProcessEnd end = rig.RunNew(point, {"ASSAY_FAILPOINT=" + point + ":crash"});
    ASSERT_TRUE(end.killed()) << point;
    EXPECT_EQ(ledger.count(), 0);
    const ProcessEnd resumed = rig.Resume(point);
    EXPECT_THAT(resumed.exit_code, ::testing::AnyOf(0, 1)) << resumed.err;
    // Another secret than the reference: other nonces, and so other calls.
    EXPECT_EQ(DistinctBodies(ledger.Entries()).size(), ledger.Entries().size());
    rig.ExpectClean(point);
  }
}

std::string CrashAfterStep(int hit) {
  return "ASSAY_FAILPOINT=agent.step_taken:crash:" + std::to_string(hit);
}

// One call at a time, and the kill comes when none is under way: nothing may be made twice.
TEST(KillTest, NothingIsLostAfterAStepAndTheMutantLosesSomething) {
  SKIP_WITHOUT_FAILPOINTS();
  KillRig rig({.samples = 3, .rule_scorers = false});
  const Reference reference = RunUndisturbed(rig);
  std::int64_t twice_by_mutant = 0;
  for (int hit = 1; hit <= 6; ++hit) {
    const std::string right = "right-" + std::to_string(hit);
    rig.Copy(right);
    const LedgerSlice ledger(rig.simulator());
    ASSERT_TRUE(rig.Resume(right, {CrashAfterStep(hit)}).killed());
    EXPECT_EQ(FinishAndCheck(rig, reference, right, ledger), 0) << hit;

    const std::string wrong = "mutant-" + std::to_string(hit);
    rig.Copy(wrong);
    const LedgerSlice mutant_ledger(rig.simulator());
    const std::string mutant = "ASSAY_MUTANT=journal_after_step";
    ASSERT_TRUE(rig.Resume(wrong, {CrashAfterStep(hit), mutant}).killed());
    rig.Resume(wrong);
    twice_by_mutant += mutant_ledger.count() - static_cast<std::int64_t>(reference.calls);
  }
  EXPECT_GT(twice_by_mutant, 0) << "the check cannot fail";
}

TEST(KillTest, AtTwentySeededMoments) {
  SKIP_WITHOUT_FAILPOINTS();
  constexpr int kMaxInFlight = 4;
  KillRig rig({.samples = 8, .max_in_flight = kMaxInFlight, .latency_ms = 4});
  const Reference reference = RunUndisturbed(rig);
  Random random(20);
  for (int moment = 0; moment < 20; ++moment) {
    const std::string name = "moment-" + std::to_string(moment);
    rig.Copy(name);
    const std::int64_t at = 1 + static_cast<std::int64_t>(random.Below(reference.calls));
    const LedgerSlice ledger(rig.simulator());
    const auto process = rig.Launch(name);
    while (ledger.count() < at && process->Running()) ::sched_yield();
    process->Kill();
    process->Wait();
    EXPECT_LE(FinishAndCheck(rig, reference, name, ledger), kMaxInFlight) << name << " at " << at;
  }
}

TEST(KillTest, SeveralKillsInARow) {
  SKIP_WITHOUT_FAILPOINTS();
  KillRig rig({.samples = 6, .max_in_flight = 2});
  const Reference reference = RunUndisturbed(rig);
  rig.Copy("row");
  const LedgerSlice ledger(rig.simulator());
  for (int kill = 0; kill < 4; ++kill) {
    const std::int64_t at = ledger.count() + 3;
    const auto process = rig.Launch("row");
    while (ledger.count() < at && process->Running()) ::sched_yield();
    process->Kill();
    process->Wait();
  }
  EXPECT_LE(FinishAndCheck(rig, reference, "row", ledger), 8);
}

TEST(KillTest, InterruptDrainsAndSaysHowToGoOn) {
  SKIP_WITHOUT_FAILPOINTS();
  KillRig rig({.samples = 6, .latency_ms = 30});
  const Reference reference = RunUndisturbed(rig);
  rig.Copy("interrupted");
  const LedgerSlice ledger(rig.simulator());
  const auto process = rig.Launch("interrupted");
  while (ledger.count() < 3 && process->Running()) ::sched_yield();
  process->Signal(SIGINT);
  const ProcessEnd end = process->Wait();
  EXPECT_EQ(end.exit_code, 130) << end.err;
  EXPECT_THAT(end.err, HasSubstr("--resume"));
  EXPECT_EQ(FinishAndCheck(rig, reference, "interrupted", ledger), 0);
}

TEST(KillTest, ASecondProcessIsRefused) {
  SKIP_WITHOUT_FAILPOINTS();
  KillRig rig({.samples = 4, .latency_ms = 50});
  rig.Copy("shared");
  const LedgerSlice ledger(rig.simulator());
  const auto first = rig.Launch("shared");
  while (ledger.count() < 2 && first->Running()) ::sched_yield();
  ASSERT_TRUE(first->Running());
  const std::filesystem::path elsewhere = rig.Output("second");
  std::filesystem::create_directories(elsewhere);
  const ProcessEnd second =
      AssayProcess(elsewhere, {"run", "--resume", KillRig::kRunId, "-o", rig.Output("shared")})
          .Wait();
  EXPECT_EQ(second.exit_code, 3) << second.err;
  EXPECT_THAT(second.err, HasSubstr("used by another assay process"));
  EXPECT_THAT(first->Wait().exit_code, ::testing::AnyOf(0, 1));
  rig.ExpectClean("shared");
}

}  // namespace
}  // namespace assay
