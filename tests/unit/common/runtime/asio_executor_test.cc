#include "common/runtime/asio_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace assay {
namespace {

using testing::ElementsAre;

TEST(AsioExecutorTest, RunsTasksInTheOrderOfPosting) {
  AsioExecutor executor;
  std::vector<int> seen;
  executor.Post([&] {
    seen.push_back(1);
    executor.Post([&] { seen.push_back(3); });
  });
  executor.Post([&] { seen.push_back(2); });
  executor.Run();
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
}

TEST(AsioExecutorTest, NeverRunsATaskInsidePost) {
  AsioExecutor executor;
  bool inner = false;
  executor.Post([&] {
    executor.Post([&] { inner = true; });
    executor.RunAfter(absl::ZeroDuration(), [&] { inner = true; });
    EXPECT_FALSE(inner);
  });
  executor.Run();
  EXPECT_TRUE(inner);
}

TEST(AsioExecutorTest, TimersRunByDueTimeAndNotBeforeIt) {
  AsioExecutor executor;
  std::vector<std::string> seen;
  executor.RunAfter(absl::Milliseconds(20), [&] { seen.push_back("20"); });
  executor.RunAfter(absl::Milliseconds(5), [&] { seen.push_back("5"); });
  executor.RunAfter(-absl::Seconds(1), [&] { seen.push_back("past"); });
  executor.Run();
  EXPECT_THAT(seen, ElementsAre("past", "5", "20"));
}

TEST(AsioExecutorTest, ACancelledTimerNeverRunsEvenWhenItIsDue) {
  AsioExecutor executor;
  bool ran = false;
  const TimerId far = executor.RunAfter(absl::InfiniteDuration(), [&] { ran = true; });
  const TimerId due = executor.RunAfter(absl::ZeroDuration(), [&] { ran = true; });
  executor.Cancel(due);
  executor.Cancel(far);
  executor.Cancel(987654321);
  executor.Run();
  EXPECT_FALSE(ran);
}

TEST(AsioExecutorTest, OneTimerCanCancelAnotherThatIsDueAtTheSameTime) {
  AsioExecutor executor;
  int ran = 0;
  TimerId second = 0;
  executor.Post([&] {
    executor.RunAfter(absl::ZeroDuration(), [&] {
      ++ran;
      executor.Cancel(second);
    });
    second = executor.RunAfter(absl::ZeroDuration(), [&] { ++ran; });
  });
  executor.Run();
  EXPECT_EQ(ran, 1);
}

TEST(AsioExecutorTest, StopBeforeRunIsHonouredOnceAndKeepsTheTasks) {
  AsioExecutor executor;
  bool ran = false;
  executor.Post([&] { ran = true; });
  executor.Stop();
  executor.RunUntilStopped();
  EXPECT_FALSE(ran);
  executor.Run();
  EXPECT_TRUE(ran);
}

TEST(AsioExecutorTest, TasksOfOtherThreadsWakeALoopThatWaits) {
  AsioExecutor executor;
  std::thread loop([&] { executor.RunUntilStopped(); });
  std::atomic<int> ran{0};
  std::vector<std::thread> posters;
  for (int t = 0; t < 4; ++t) {
    posters.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        executor.Post([&] {
          EXPECT_TRUE(executor.InLoopThread());
          if (++ran == 400) executor.Stop();
        });
      }
    });
  }
  for (std::thread& poster : posters) poster.join();
  loop.join();
  EXPECT_EQ(ran, 400);
  EXPECT_FALSE(executor.InLoopThread());
}

TEST(AsioExecutorTest, DestroysWhatItNeverRan) {
  auto alive = std::make_shared<int>(1);
  {
    AsioExecutor executor;
    executor.Post([alive] {});
    executor.RunAfter(absl::Hours(1), [alive] {});
    EXPECT_EQ(alive.use_count(), 3);
  }
  EXPECT_EQ(alive.use_count(), 1);
}

}  // namespace
}  // namespace assay
