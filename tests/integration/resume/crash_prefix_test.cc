// A whole embedded run under virtual time, crashed after every record that ever became durable, and
// resumed: no journaled call is made again, and the results are those of the undisturbed run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/integration/resume/embedded_life.h"

namespace assay {
namespace {

TEST(CrashPrefixTest, UndisturbedRunMakesEachCallOnceAndSeals) {
  const v1::RunRecord record = SmallRun(5, /*repeats=*/2);
  Life life(record, 1);
  const EmbeddedResult result = life.RunToEnd();
  EXPECT_EQ(result.end, RunEnd::kSealed) << result.reason;
  EXPECT_EQ(result.progress.generations.expected, 10);
  EXPECT_EQ(result.progress.generations.succeeded, 10);
  EXPECT_EQ(result.progress.scorings.expected, 20);
  EXPECT_EQ(result.progress.scorings.succeeded + result.progress.scorings.lost, 20);
  EXPECT_EQ(result.progress.state, "sealed");
  EXPECT_GT(life.chat_.started(), 20);  // some judge replies are useless
  EXPECT_LE(life.chat_.most_in_flight, 4);
}

TEST(CrashPrefixTest, ResumeAfterEveryDurableRecord) {
  const v1::RunRecord record = SmallRun(3);
  Life whole(record, 1);
  ASSERT_EQ(whole.RunToEnd().end, RunEnd::kSealed);
  const std::string expected = whole.Canonical();
  const std::size_t records = whole.blobs_.log.size();
  const std::size_t calls = Bodies(whole.chat_).size();
  ASSERT_EQ(JournaledCalls(whole.blobs_, records), calls);
  ASSERT_GT(records, 20u);
  for (std::size_t prefix = 0; prefix <= records; ++prefix) {
    Life resumed(record, 100 + prefix);
    resumed.blobs_.CopyPrefix(whole.blobs_, prefix);
    EXPECT_EQ(resumed.RunToEnd().end, RunEnd::kSealed) << prefix;
    EXPECT_EQ(Bodies(resumed.chat_).size(), calls - JournaledCalls(whole.blobs_, prefix)) << prefix;
    EXPECT_EQ(resumed.Canonical(), expected) << prefix;
  }
}

// Crashes at seeded moments, several in a row. Returns how many more calls were made twice than
// were in flight at the crashes.
int RepeatedCalls(const v1::RunRecord& record, std::uint64_t seed, const std::string& expected) {
  Random random(seed);
  std::multiset<std::string> made;
  std::size_t in_flight_at_kills = 0;
  FakeExecutor unused;
  FakeBlobStore disk(unused);
  for (int life_number = 0;; ++life_number) {
    Life life(record, random.Next());
    life.blobs_.CopyPrefix(disk, disk.log.size());
    life.Begin();
    const int calls_wanted = life_number < 4 ? 1 + static_cast<int>(random.Below(4)) : 1 << 20;
    life.RunUntil([&] { return life.result_.has_value() || life.chat_.started() >= calls_wanted; });
    made.merge(Bodies(life.chat_));
    if (life.result_) {
      EXPECT_EQ(life.result_->end, RunEnd::kSealed);
      EXPECT_EQ(life.Canonical(), expected);
      break;
    }
    in_flight_at_kills += static_cast<std::size_t>(life.chat_.in_flight());
    disk.CopyPrefix(life.blobs_, life.blobs_.log.size());
  }
  const std::set<std::string> distinct(made.begin(), made.end());
  return static_cast<int>(made.size()) - static_cast<int>(distinct.size()) -
         static_cast<int>(in_flight_at_kills);
}

TEST(CrashPrefixTest, SeededCrashesInARowRepeatOnlyCallsInFlight) {
  const v1::RunRecord record = SmallRun(4);
  Life whole(record, 1);
  ASSERT_EQ(whole.RunToEnd().end, RunEnd::kSealed);
  const std::string expected = whole.Canonical();
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    EXPECT_LE(RepeatedCalls(record, seed, expected), 0) << seed;
  }
}

TEST(CrashPrefixTest, TheSameSeedGivesTheSameLog) {
  const v1::RunRecord record = SmallRun(4);
  Life first(record, 5);
  Life second(record, 5);
  first.RunToEnd();
  second.RunToEnd();
  ASSERT_EQ(first.blobs_.log.size(), second.blobs_.log.size());
  for (std::size_t i = 0; i < first.blobs_.log.size(); ++i) {
    EXPECT_EQ(first.blobs_.log[i].key, second.blobs_.log[i].key);
    EXPECT_EQ(first.blobs_.log[i].value, second.blobs_.log[i].value);
  }
}

TEST(CrashPrefixTest, DrainEndsEarlyAndGoesOn) {
  const v1::RunRecord record = SmallRun(6);
  Life whole(record, 1);
  ASSERT_EQ(whole.RunToEnd().end, RunEnd::kSealed);
  for (const bool at_once : {false, true}) {
    Life life(record, 9);
    life.Begin();
    life.RunUntil([&] { return life.chat_.started() >= 5; });
    life.session_->Drain(at_once ? absl::ZeroDuration() : absl::Seconds(30));
    ASSERT_TRUE(life.RunUntil([&] { return life.result_.has_value(); }));
    EXPECT_EQ(life.result_->end, RunEnd::kDrained);
    EXPECT_EQ(life.chat_.in_flight(), 0);
    EXPECT_EQ(life.chat_.cancelled > 0, at_once);
    Life resumed(record, 10);
    resumed.blobs_.CopyPrefix(life.blobs_, life.blobs_.log.size());
    EXPECT_EQ(resumed.RunToEnd().end, RunEnd::kSealed);
    EXPECT_EQ(resumed.Canonical(), whole.Canonical());
    EXPECT_EQ(life.chat_.started() + resumed.chat_.started() - life.chat_.cancelled,
              whole.chat_.started());
  }
}

TEST(CrashPrefixTest, StorageFailureEndsTheRunWithAReason) {
  const v1::RunRecord record = SmallRun(3);
  Life life(record, 1);
  life.Begin();
  life.RunUntil([&] { return life.chat_.started() >= 2; });
  life.blobs_.put_error = ResourceExhausted("no space left on device");
  ASSERT_TRUE(life.RunUntil([&] { return life.result_.has_value(); }));
  EXPECT_EQ(life.result_->end, RunEnd::kFailed);
  EXPECT_THAT(life.result_->reason, ::testing::HasSubstr("no space left"));
}

}  // namespace
}  // namespace assay
