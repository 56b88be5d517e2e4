#include "common/agent/task_agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/fakes/fake_executor.h"
#include "tests/fakes/fake_work_client.h"
#include "tests/fakes/scripted_chat_client.h"
#include "tests/unit/common/agent/round_machine.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

v1::SyncResponse MakeResponse() {
  v1::SyncResponse response;
  response.set_lease_ms(45000);
  return response;
}

class TaskAgentTest : public ::testing::Test {
 protected:
  void SetUp() override {
    chat_.set_delay([this](const LlmCall&, int) { return call_time_; });
  }

  void StartAgent(TaskAgentOptions options = {}) {
    options.agent_id = "w";
    options.kinds = {v1::UNIT_KIND_GENERATE};
    agent_ = std::make_unique<TaskAgent>(
        TaskAgentSeams{
            .executor = executor_,
            .clock = executor_.clock(),
            .work = work_,
            .chat = chat_,
            .factory =
                [this](const v1::UnitInputs&) { return std::make_unique<RoundMachine>(rounds_); },
            .random = Random(1)},
        options);
    agent_->Start([this](absl::Status status) {
      EXPECT_FALSE(ended_.has_value());
      ended_ = std::move(status);
    });
    Settle();
  }

  // Lets everything happen that needs no more than a few milliseconds.
  void Settle() { executor_.Advance(absl::Milliseconds(10)); }

  void Grant(v1::SyncResponse& response, const std::string& unit, const std::string& attempt) {
    *response.add_start() = MakeAssignment(unit, attempt);
    work_.inputs[unit].mutable_unit()->set_id(unit);
  }

  // Answers the newest held Sync; those before it are answered with nothing, as a coordinator does.
  void Answer(const v1::SyncResponse& response) {
    ASSERT_FALSE(work_.held.empty());
    while (work_.held.size() > 1) work_.Answer(MakeResponse());
    work_.Answer(response);
    Settle();
  }

  const v1::SyncRequest& LastSync() const { return work_.syncs.back(); }

  FakeExecutor executor_;
  FakeWorkClient work_{executor_};
  ScriptedChatClient chat_{executor_, [](const LlmCall&, int) { return MakeReply("text"); }};
  std::vector<int> rounds_{1};
  absl::Duration call_time_ = absl::Seconds(1);
  std::unique_ptr<TaskAgent> agent_;
  std::optional<absl::Status> ended_;
};

TEST_F(TaskAgentTest, TellsWhoItIsAndAsksForWork) {
  StartAgent({.slots = 5});
  ASSERT_EQ(work_.syncs.size(), 1u);
  EXPECT_EQ(LastSync().agent_id(), "w");
  EXPECT_EQ(LastSync().incarnation().size(), 16u);
  EXPECT_EQ(LastSync().protocol_version(), 1);
  EXPECT_EQ(LastSync().free_slots(), 5);
  ASSERT_EQ(LastSync().kinds_size(), 1);
}

TEST_F(TaskAgentTest, RunsReportsUntilSettledAndAsksAgain) {
  StartAgent({.slots = 2});
  v1::SyncResponse grant = MakeResponse();
  Grant(grant, "u1", "1.a");
  Answer(grant);
  EXPECT_EQ(LastSync().running_size(), 1);
  EXPECT_EQ(LastSync().free_slots(), 1);
  executor_.Advance(absl::Seconds(2));
  ASSERT_EQ(LastSync().finished_size(), 1);
  EXPECT_EQ(LastSync().finished(0).attempt(), "1.a");
  EXPECT_EQ(LastSync().finished(0).outcome(), v1::OUTCOME_GENERATED);
  EXPECT_EQ(LastSync().running_size(), 0);
  EXPECT_EQ(LastSync().free_slots(), 2);
  EXPECT_EQ(LastSync().generated_tokens(), 5);

  Answer(MakeResponse());  // not settled yet: reported again
  EXPECT_EQ(LastSync().finished_size(), 1);
  v1::SyncResponse settled = MakeResponse();
  settled.add_settled()->set_attempt("1.a");
  Answer(settled);
  EXPECT_EQ(LastSync().finished_size(), 0);
}

TEST_F(TaskAgentTest, RepeatedAndLateGrantsStartNothingTwice) {
  StartAgent();
  v1::SyncResponse grant = MakeResponse();
  Grant(grant, "u1", "1.a");
  Answer(grant);
  Answer(grant);  // while it runs
  executor_.Advance(absl::Seconds(2));
  ASSERT_EQ(LastSync().finished_size(), 1);
  Answer(grant);  // while it is not settled
  v1::SyncResponse settled = MakeResponse();
  settled.add_settled()->set_attempt("1.a");
  settled.add_settled()->set_attempt("9.unknown");
  Answer(settled);
  Answer(settled);
  Answer(grant);  // long after
  executor_.Advance(absl::Seconds(5));
  EXPECT_EQ(chat_.started(), 1);
  EXPECT_EQ(agent_->running(), 0);
  EXPECT_EQ(agent_->unsettled(), 0);
}

TEST_F(TaskAgentTest, NewsDoesNotWaitForTheLongPoll) {
  StartAgent();
  v1::SyncResponse grant = MakeResponse();
  Grant(grant, "u1", "1.a");
  Answer(grant);
  ASSERT_EQ(work_.held.size(), 1u);  // held by the coordinator
  executor_.Advance(absl::Seconds(2));
  ASSERT_EQ(work_.held.size(), 2u);
  EXPECT_EQ(work_.held.back().request.finished_size(), 1);
}

TEST_F(TaskAgentTest, AnswersOutOfOrderAreHarmless) {
  StartAgent();
  v1::SyncResponse grant = MakeResponse();
  Grant(grant, "u1", "1.a");
  Answer(grant);
  executor_.Advance(absl::Seconds(2));
  ASSERT_EQ(work_.held.size(), 2u);
  // The answer to the newer Sync comes first, the older one repeats the grant.
  std::swap(work_.held[0], work_.held[1]);
  v1::SyncResponse settled = MakeResponse();
  settled.add_settled()->set_attempt("1.a");
  work_.Answer(settled);
  work_.Answer(grant);
  executor_.Advance(absl::Seconds(2));
  EXPECT_EQ(chat_.started(), 1);
  EXPECT_EQ(agent_->unsettled(), 0);
}

TEST_F(TaskAgentTest, LostAnswersAreGivenUpAndAskedForAgain) {
  StartAgent({.sync_timeout = absl::Seconds(60)});
  EXPECT_EQ(work_.syncs.size(), 1u);
  executor_.Advance(absl::Seconds(61));
  EXPECT_EQ(work_.syncs.size(), 2u);
  v1::SyncResponse grant = MakeResponse();
  Grant(grant, "u1", "1.a");
  work_.Answer(grant);  // the first answer, very late
  executor_.Advance(absl::Seconds(2));
  EXPECT_EQ(chat_.started(), 1);
}

TEST_F(TaskAgentTest, BacksOffWhileThereIsNoLeader) {
  StartAgent();
  for (int i = 0; i < 6; ++i) {
    ASSERT_FALSE(work_.held.empty());
    work_.Answer(Unavailable("no leader"));
    executor_.Advance(absl::Seconds(6));
  }
  EXPECT_EQ(work_.syncs.size(), 7u);
  EXPECT_FALSE(ended_.has_value());
  const std::size_t before = work_.syncs.size();
  executor_.Advance(absl::Seconds(30));
  EXPECT_EQ(work_.syncs.size(), before);  // held now
}

TEST_F(TaskAgentTest, EndsWhenTheCoordinatorRefusesIt) {
  StartAgent();
  v1::SyncResponse grant = MakeResponse();
  Grant(grant, "u1", "1.a");
  call_time_ = absl::Hours(1);
  Answer(grant);
  while (!work_.held.empty()) work_.Answer(Aborted("another process has this id"));
  Settle();
  ASSERT_TRUE(ended_.has_value());
  EXPECT_TRUE(absl::IsAborted(*ended_));
  EXPECT_EQ(chat_.cancelled, 1);
}

TEST_F(TaskAgentTest, CancelStopsTheAttemptAndReportsIt) {
  StartAgent();
  v1::SyncResponse grant = MakeResponse();
  Grant(grant, "u1", "1.a");
  call_time_ = absl::Hours(1);
  Answer(grant);
  v1::SyncResponse cancel = MakeResponse();
  cancel.add_cancel()->set_attempt("1.a");
  cancel.mutable_cancel(0)->set_reason("the run was cancelled");
  cancel.add_cancel()->set_attempt("7.unknown");
  Answer(cancel);
  EXPECT_EQ(chat_.cancelled, 1);
  ASSERT_EQ(LastSync().finished_size(), 1);
  EXPECT_EQ(LastSync().finished(0).error().error_class(), v1::ERROR_CLASS_CANCELLED);
}

TEST_F(TaskAgentTest, ALeaseThatEndsStopsNewCallsUntilItIsRenewed) {
  rounds_ = {1, 1};
  call_time_ = absl::Seconds(50);
  StartAgent();
  v1::SyncResponse grant = MakeResponse();
  Grant(grant, "u1", "1.a");
  Answer(grant);
  executor_.Advance(absl::Seconds(80));  // nobody answers; the first call ends after 50 s
  EXPECT_EQ(chat_.started(), 1);
  EXPECT_EQ(chat_.cancelled, 0);
  EXPECT_EQ(work_.journals["u1"].size(), 1u);
  // A renewal counts from when the answered Sync was sent, so an old answer renews nothing.
  work_.Answer(MakeResponse());
  Settle();
  EXPECT_EQ(chat_.started(), 1);
  Answer(MakeResponse());
  EXPECT_EQ(chat_.started(), 2);
}

TEST_F(TaskAgentTest, LooksInAgainBeforeALeaseGetsOld) {
  call_time_ = absl::Hours(1);
  StartAgent();
  v1::SyncResponse grant = MakeResponse();
  grant.set_next_sync_ms(15000);
  Grant(grant, "u1", "1.a");
  Answer(grant);
  const std::size_t before = work_.syncs.size();
  executor_.Advance(absl::Seconds(14));
  EXPECT_EQ(work_.syncs.size(), before);
  executor_.Advance(absl::Seconds(2));
  EXPECT_EQ(work_.syncs.size(), before + 1);
}

TEST_F(TaskAgentTest, AsksForNothingWhileTooMuchIsUnsettled) {
  StartAgent({.slots = 4, .max_unsettled = 2});
  v1::SyncResponse grant = MakeResponse();
  Grant(grant, "u1", "1.a");
  Grant(grant, "u2", "1.b");
  Answer(grant);
  executor_.Advance(absl::Seconds(2));
  EXPECT_EQ(LastSync().finished_size(), 2);
  EXPECT_EQ(LastSync().free_slots(), 0);
}

TEST_F(TaskAgentTest, GivesBackWhatItCannotRun) {
  StartAgent({.slots = 1});
  v1::SyncResponse grant = MakeResponse();
  call_time_ = absl::Hours(1);
  for (const std::string attempt : {"1.a", "1.b", "1.c"}) Grant(grant, "u" + attempt, attempt);
  grant.add_start();  // without any id
  Answer(grant);
  EXPECT_EQ(LastSync().running_size(), 2);
  ASSERT_EQ(LastSync().finished_size(), 1);
  EXPECT_EQ(LastSync().finished(0).error().error_class(), v1::ERROR_CLASS_PREEMPTED);

  v1::SyncResponse judged = MakeResponse();
  Grant(judged, "u9", "1.j");
  judged.mutable_start(0)->mutable_unit()->set_kind(v1::UNIT_KIND_SCORE_JUDGED);
  Answer(judged);
  EXPECT_EQ(agent_->running(), 2);
}

TEST_F(TaskAgentTest, DrainLetsRunningAttemptsFinish) {
  StartAgent();
  v1::SyncResponse grant = MakeResponse();
  Grant(grant, "u1", "1.a");
  Answer(grant);
  agent_->Drain(absl::Seconds(30));
  Settle();
  EXPECT_TRUE(LastSync().draining());
  EXPECT_EQ(LastSync().free_slots(), 0);
  v1::SyncResponse late = MakeResponse();
  Grant(late, "u2", "1.late");
  Answer(late);
  executor_.Advance(absl::Seconds(2));
  ASSERT_EQ(LastSync().finished_size(), 2);
  EXPECT_EQ(LastSync().finished(0).outcome(), v1::OUTCOME_GENERATED);
  EXPECT_EQ(LastSync().finished(1).error().error_class(), v1::ERROR_CLASS_PREEMPTED);
  EXPECT_FALSE(ended_.has_value());
  v1::SyncResponse settled = MakeResponse();
  settled.add_settled()->set_attempt("1.a");
  settled.add_settled()->set_attempt("1.late");
  Answer(settled);
  ASSERT_TRUE(ended_.has_value());
  EXPECT_TRUE(ended_->ok());
  EXPECT_EQ(chat_.started(), 1);
}

TEST_F(TaskAgentTest, DrainPreemptsWhatTakesLongerAndKeepsItsJournal) {
  rounds_ = {1, 1};
  call_time_ = absl::Seconds(8);
  StartAgent();
  v1::SyncResponse grant = MakeResponse();
  Grant(grant, "u1", "1.a");
  Answer(grant);
  agent_->Drain(absl::Seconds(10));
  executor_.Advance(absl::Seconds(11));
  EXPECT_EQ(chat_.cancelled, 1);
  EXPECT_EQ(work_.journals["u1"].size(), 1u);
  ASSERT_EQ(LastSync().finished_size(), 1);
  EXPECT_EQ(LastSync().finished(0).error().error_class(), v1::ERROR_CLASS_PREEMPTED);
  // The coordinator never answers: it ends all the same.
  executor_.Advance(absl::Seconds(11));
  EXPECT_TRUE(ended_.has_value());
}

TEST_F(TaskAgentTest, DrainAtOnceAndDrainOfAnIdleAgent) {
  StartAgent();
  agent_->Drain(absl::Minutes(10));
  Settle();
  Answer(MakeResponse());
  EXPECT_TRUE(ended_.has_value());
}

TEST_F(TaskAgentTest, DrainOfAnIdleAgentWaitsForNoLongPoll) {
  StartAgent();
  agent_->Drain(absl::Minutes(10));
  executor_.Advance(absl::Seconds(1));  // the coordinator holds the Sync
  EXPECT_TRUE(ended_.has_value());
}

TEST_F(TaskAgentTest, AShorterDrainWins) {
  call_time_ = absl::Hours(1);
  StartAgent();
  v1::SyncResponse grant = MakeResponse();
  Grant(grant, "u1", "1.a");
  Answer(grant);
  agent_->Drain(absl::Hours(2));
  Settle();
  EXPECT_EQ(chat_.cancelled, 0);
  agent_->Drain(absl::ZeroDuration());
  agent_->Drain(absl::Hours(3));
  Settle();
  EXPECT_EQ(chat_.cancelled, 1);
}

TEST_F(TaskAgentTest, LimitsOfTheCoordinatorHoldAcrossAttempts) {
  StartAgent({.slots = 8});
  v1::SyncResponse grant = MakeResponse();
  for (int i = 0; i < 8; ++i) Grant(grant, "u" + std::to_string(i), "1." + std::to_string(i));
  v1::EndpointLimit& limit = *grant.add_limits();
  limit.set_endpoint("e");
  limit.set_max_in_flight(3);
  Answer(grant);
  executor_.Advance(absl::Seconds(10));
  EXPECT_EQ(chat_.most_in_flight, 3);
  EXPECT_EQ(chat_.started(), 8);
}

TEST_F(TaskAgentTest, TokensNeverGoBack) {
  call_time_ = absl::Seconds(10);
  StartAgent();
  v1::SyncResponse grant = MakeResponse();
  Grant(grant, "u1", "1.a");
  Answer(grant);
  chat_.Progress({.text_bytes = 400, .chunks = 90});
  EXPECT_EQ(agent_->generated_tokens(), 90);
  executor_.Advance(absl::Seconds(11));
  EXPECT_EQ(agent_->generated_tokens(), 90);  // the reply had 5
}

}  // namespace
}  // namespace assay
