#include "common/base/failpoint.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <set>

namespace assay {
namespace {

TEST(FailpointTest, NamesAreListedOnce) {
  const std::vector<std::string> names = FailpointNames();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  EXPECT_TRUE(std::set<std::string>(names.begin(), names.end()).contains("blob.batch_synced"));
}

#ifdef ASSAY_FAILPOINTS
// The plan is read once in a process, so that each case has a process of its own.
class FailpointDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

void Plan(const char* plan) { setenv("ASSAY_FAILPOINT", plan, 1); }

TEST_F(FailpointDeathTest, CrashesAtTheFirstHit) {
  EXPECT_EXIT(
      {
        Plan("blob.batch_written:crash");
        ASSAY_FAILPOINT("blob.batch_synced");
        ASSAY_FAILPOINT("blob.batch_written");
        std::exit(0);
      },
      testing::KilledBySignal(SIGKILL), "");
}

TEST_F(FailpointDeathTest, CrashesAtTheHitAskedFor) {
  const auto hit = [](int times) {
    Plan("blob.batch_written:crash:3");
    for (int i = 0; i < times; ++i) ASSAY_FAILPOINT("blob.batch_written");
    std::exit(0);
  };
  EXPECT_EXIT(hit(2), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(hit(3), testing::KilledBySignal(SIGKILL), "");
}

TEST_F(FailpointDeathTest, ReportsAnErrorOnce) {
  EXPECT_EXIT(
      {
        Plan("blob.batch_synced:error:2");
        const bool first = HitFailpoint("blob.batch_synced");
        const bool other = HitFailpoint("blob.batch_written");
        const bool second = HitFailpoint("blob.batch_synced");
        const bool third = HitFailpoint("blob.batch_synced");
        std::exit(!first && !other && second && !third ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(FailpointDeathTest, NoPlanDoesNothing) {
  EXPECT_EXIT(
      {
        unsetenv("ASSAY_FAILPOINT");
        for (const std::string& name : FailpointNames()) {
          if (HitFailpoint(name.c_str())) std::exit(1);
        }
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(FailpointDeathTest, UnlistedNameIsADefect) {
  EXPECT_DEATH((void)HitFailpoint("no.such_point"), "");
}
#endif

}  // namespace
}  // namespace assay
