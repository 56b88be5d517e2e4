// One run, several leaders: who follows takes the run over from the store and the blobs, nothing
// that was told is lost, and who was followed has no effect any more.
#include "coordinator/core/run_plan.h"
#include "tests/unit/coordinator/test_run.h"

namespace assay {
namespace {

class Takeover : public ::testing::Test {
 protected:
  struct Leader {
    RecordingObserver observer;
    std::unique_ptr<Coordinator> coordinator;
  };

  Leader& Lead(std::uint64_t epoch, RunStore& store) {
    leaders_.push_back(std::make_unique<Leader>());
    Leader& leader = *leaders_.back();
    CoordinatorOptions options;
    options.leader = {epoch, "nonce" + std::to_string(epoch)};
    leader.coordinator =
        std::make_unique<Coordinator>(CoordinatorSeams{executor_,
                                                       executor_.clock(),
                                                       store,
                                                       blobs_,
                                                       NeedsCallsInTests,
                                                       Random(epoch),
                                                       &leader.observer,
                                                       {},
                                                       [this] { return in_term_; }},
                                      options);
    std::optional<absl::Status> added;
    leader.coordinator->AddRun(record_, [&](absl::Status status) { added = status; });
    executor_.RunUntil([&] { return added.has_value(); }, absl::Seconds(5));
    EXPECT_TRUE(added.has_value() && added->ok());
    return leader;
  }

  v1::SyncResponse Sync(Leader& leader, const v1::SyncRequest& request) {
    auto answer = std::make_shared<std::optional<absl::StatusOr<v1::SyncResponse>>>();
    leader.coordinator->OnSync(
        request, [answer](absl::StatusOr<v1::SyncResponse> response) { *answer = response; });
    executor_.RunUntil([&] { return answer->has_value(); }, absl::Seconds(60));
    EXPECT_TRUE(answer->has_value());
    status_ = answer->has_value() ? (*answer)->status() : Internal("no answer");
    return status_.ok() ? ***answer : v1::SyncResponse();
  }

  v1::SyncRequest Request(int slots = 0) {
    v1::SyncRequest request;
    request.set_agent_id("a");
    request.set_incarnation("i");
    request.set_protocol_version(kProtocolVersion);
    request.add_kinds(v1::UNIT_KIND_GENERATE);
    request.set_free_slots(slots);
    return request;
  }

  static void Show(const v1::Assignment& start, v1::SyncRequest& request) {
    v1::RunningAttempt& running = *request.add_running();
    running.set_attempt(start.attempt());
    running.set_unit_id(start.unit().id());
  }

  absl::StatusOr<std::string> Put(Leader& leader, const v1::Assignment& start) {
    v1::FetchInputsRequest fetch;
    fetch.set_attempt(start.attempt());
    fetch.set_unit_id(start.unit().id());
    absl::StatusOr<std::string> digest = Internal("no answer");
    leader.coordinator->OnFetchInputs(fetch, [&](absl::StatusOr<v1::UnitInputs> inputs) {
      if (!inputs.ok()) {
        digest = inputs.status();
        return;
      }
      leader.coordinator->OnPutEnvelope(ResultFor(*inputs, start.attempt()),
                                        [&](absl::StatusOr<std::string> d) { digest = d; });
    });
    executor_.RunReady();
    return digest;
  }

  v1::Settlement Report(Leader& leader, const v1::Assignment& start, const std::string& digest) {
    v1::SyncRequest request = Request();
    v1::FinishedAttempt& finished = *request.add_finished();
    finished.set_attempt(start.attempt());
    finished.set_unit_id(start.unit().id());
    finished.set_outcome(v1::OUTCOME_GENERATED);
    finished.set_envelope_digest(digest);
    for (int i = 0; i < 3; ++i) {
      const v1::SyncResponse response = Sync(leader, request);
      if (response.settled_size() > 0) return response.settled(0).settlement();
      executor_.RunReady();
    }
    return v1::SETTLEMENT_UNSPECIFIED;
  }

  std::int64_t Leased(Leader& leader) {
    return leader.coordinator->Progress("run-1")->generations.leased;
  }

  FakeExecutor executor_;
  FakeBlobStore blobs_{executor_};
  MemoryRunStore store_{executor_};
  v1::RunRecord record_ = TestRun({.samples = 2, .rules = false, .judged = false});
  std::vector<std::unique_ptr<Leader>> leaders_;
  absl::Status status_;
  bool in_term_ = true;
};

TEST_F(Takeover, WhatRunsGoesOnUnderTheNextLeader) {
  Leader& first = Lead(1, store_);
  const v1::SyncResponse started = Sync(first, Request(2));
  ASSERT_EQ(started.start_size(), 2);
  Leader& second = Lead(2, store_);
  EXPECT_EQ(Leased(second), 2);
  v1::SyncRequest shown = Request();
  Show(started.start(0), shown);
  // What was not shown within a lease is queued again; what was shown is not.
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(Sync(second, shown).cancel_size(), 0);
    executor_.Advance(absl::Seconds(10));
  }
  EXPECT_EQ(Leased(second), 1);
  const auto digest = Put(second, started.start(0));
  ASSERT_TRUE(digest.ok()) << digest.status();
  EXPECT_EQ(Report(second, started.start(0), *digest), v1::SETTLEMENT_OK);
}

TEST_F(Takeover, WhoWasFollowedHasNoEffectAndTellsNobodyThatItHas) {
  Leader& first = Lead(1, store_);
  const v1::SyncResponse started = Sync(first, Request(2));
  ASSERT_EQ(started.start_size(), 2);
  Lead(2, store_);
  const auto digest = Put(first, started.start(0));
  ASSERT_TRUE(digest.ok());
  EXPECT_EQ(Report(first, started.start(0), *digest), v1::SETTLEMENT_UNSPECIFIED);
  executor_.RunReady();
  EXPECT_TRUE(first.observer.fenced);
  Sync(first, Request());
  EXPECT_TRUE(absl::IsUnavailable(status_)) << status_;
  EXPECT_TRUE(blobs_.List("run/run-1/commit/").empty());
}

// A process that was stopped and goes on: nobody has told it yet that its time is over.
TEST_F(Takeover, NoLeaseIsRenewedOnceTheOwnTermHasRunOut) {
  Leader& first = Lead(1, store_);
  const v1::SyncResponse started = Sync(first, Request(2));
  ASSERT_EQ(started.start_size(), 2);
  v1::SyncRequest shown = Request();
  Show(started.start(0), shown);
  Show(started.start(1), shown);
  auto held = std::make_shared<std::optional<absl::StatusOr<v1::SyncResponse>>>();
  first.coordinator->OnSync(
      shown, [held](absl::StatusOr<v1::SyncResponse> response) { *held = response; });
  executor_.RunReady();
  ASSERT_FALSE(held->has_value());
  in_term_ = false;
  Sync(first, shown);
  EXPECT_TRUE(absl::IsUnavailable(status_)) << status_;
  executor_.RunReady();
  ASSERT_TRUE(held->has_value());
  EXPECT_TRUE(absl::IsUnavailable((*held)->status())) << "the held one does not renew it either";
  EXPECT_TRUE(first.observer.fenced);
  EXPECT_FALSE(first.coordinator->leading());
}

TEST_F(Takeover, AHeldPollIsNotAnsweredAfterTheTerm) {
  Leader& first = Lead(1, store_);
  auto held = std::make_shared<std::optional<absl::StatusOr<v1::SyncResponse>>>();
  first.coordinator->OnSync(
      Request(), [held](absl::StatusOr<v1::SyncResponse> response) { *held = response; });
  executor_.RunReady();
  in_term_ = false;
  executor_.Advance(absl::Seconds(60));
  ASSERT_TRUE(held->has_value());
  EXPECT_TRUE(absl::IsUnavailable((*held)->status())) << (*held)->status();
}

TEST_F(Takeover, WhoWasFollowedKnowsHowHighTheNextEpochMustBe) {
  Leader& first = Lead(1, store_);
  const v1::SyncResponse started = Sync(first, Request(2));
  Leader& second = Lead(7, store_);
  EXPECT_EQ(second.coordinator->highest_epoch(), 7u);
  const auto digest = Put(first, started.start(0));
  ASSERT_TRUE(digest.ok());
  Report(first, started.start(0), *digest);
  executor_.RunReady();
  EXPECT_TRUE(first.observer.fenced);
  EXPECT_EQ(first.coordinator->highest_epoch(), 7u) << "by the token of the shard";

  // A store that lost everything, its counter of epochs too: the commit records tell.
  v1::SyncRequest shown = Request();
  Show(started.start(0), shown);
  Sync(second, shown);
  ASSERT_EQ(Report(second, started.start(0), *digest), v1::SETTLEMENT_OK);
  MemoryRunStore wiped(executor_);
  Leader late;
  CoordinatorOptions options;
  options.leader = {2, "late"};
  late.coordinator =
      std::make_unique<Coordinator>(CoordinatorSeams{executor_, executor_.clock(), wiped, blobs_,
                                                     NeedsCallsInTests, Random(9), &late.observer},
                                    options);
  std::optional<absl::Status> added;
  late.coordinator->AddRun(record_, [&](absl::Status status) { added = status; });
  executor_.RunUntil([&] { return added.has_value(); }, absl::Seconds(5));
  ASSERT_TRUE(added.has_value());
  EXPECT_TRUE(absl::IsUnavailable(*added)) << *added;
  EXPECT_EQ(late.coordinator->highest_epoch(), 7u);
}

TEST_F(Takeover, ATermThatIsOverIsDisposableOnceItsStoreHasAnswered) {
  Leader& first = Lead(1, store_);
  Sync(first, Request(2));
  EXPECT_FALSE(first.coordinator->disposable()) << "it leads";
  v1::SyncRequest request = Request();
  first.coordinator->OnSync(request, [](absl::StatusOr<v1::SyncResponse>) {});
  first.coordinator->StepDown("test");
  EXPECT_FALSE(first.coordinator->disposable()) << "its observer is to be told";
  executor_.RunReady();
  EXPECT_TRUE(first.coordinator->disposable());
  first.coordinator.reset();
  executor_.Advance(absl::Hours(1));
}

TEST_F(Takeover, JournalsAreNotPromisedByWhoWasFollowed) {
  Leader& first = Lead(1, store_);
  const v1::SyncResponse started = Sync(first, Request(2));
  Lead(2, store_);
  v1::AppendJournalRequest request;
  request.set_attempt(started.start(0).attempt());
  request.set_unit_id(started.start(0).unit().id());
  v1::JournalRecord& journal = *request.add_records();
  journal.set_call_hash("ab");
  journal.mutable_reply()->set_text("text");
  std::optional<absl::Status> status;
  first.coordinator->OnAppendJournal(request, [&](absl::Status s) { status = s; });
  executor_.RunReady();
  ASSERT_TRUE(status.has_value());
  EXPECT_TRUE(absl::IsUnavailable(*status)) << *status;
}

TEST_F(Takeover, AResultThatTheStoreForgotIsTakenUpFromTheBlobs) {
  Leader& first = Lead(1, store_);
  const v1::SyncResponse started = Sync(first, Request(2));
  MemoryRunStore before = store_;  // a replica that has the grants and nothing after them
  const auto digest = Put(first, started.start(0));
  ASSERT_TRUE(digest.ok());
  ASSERT_EQ(Report(first, started.start(0), *digest), v1::SETTLEMENT_OK);
  Leader& second = Lead(2, before);
  executor_.RunReady();
  EXPECT_EQ(second.coordinator->Progress("run-1")->generations.done, 1);
  EXPECT_EQ(Leased(second), 1);
}

TEST_F(Takeover, AGrantThatTheStoreForgotIsTakenUpWithItsResult) {
  Leader& first = Lead(1, store_);
  MemoryRunStore before = store_;  // nothing is granted there
  const v1::SyncResponse started = Sync(first, Request(2));
  ASSERT_TRUE(Put(first, started.start(0)).ok());
  Leader& second = Lead(2, before);
  executor_.RunReady();
  const RunProgress progress = *second.coordinator->Progress("run-1");
  EXPECT_EQ(progress.generations.done, 1);
  EXPECT_EQ(progress.generations.queued, 1);
}

}  // namespace
}  // namespace assay
