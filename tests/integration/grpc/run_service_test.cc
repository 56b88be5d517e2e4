// RunService over real loopback, through the client that the verbs use.
#include "coordinator/rpc/run_service.h"

#include <gmock/gmock.h>
#include <poll.h>

#include "cli/cluster/run_client.h"
#include "coordinator/core/recovery.h"
#include "tests/integration/grpc/agents_rig.h"
#include "tests/integration/grpc/coordinator_rig.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

class RunServiceTest : public ::testing::Test {
 protected:
  RunServiceTest() {
    EXPECT_TRUE(rig_.Lead().ok());
    client_ = ClientOf({rig_.server->address()});
  }

  static std::unique_ptr<RunClient> ClientOf(std::vector<std::string> addresses,
                                             absl::Duration patience = absl::Seconds(20)) {
    auto client = RunClient::Make(std::move(addresses), patience);
    ASSAY_CHECK(client.ok());
    return *std::move(client);
  }

  void Finish(const std::string& run_id) {
    GrpcLink link(rig_);
    RunAgentsToTheSeal(rig_, link, run_id);
  }

  std::map<std::string, std::string> Records(const std::string& run_id, bool record_only = false) {
    std::map<std::string, std::string> records;
    std::string last;
    const absl::Status status =
        client_->Results(run_id, record_only, [&](std::string key, std::string value) {
          last = key;
          records[std::move(key)] = std::move(value);
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(last, RecordKey(run_id));
    return records;
  }

  CoordinatorRig rig_;
  std::unique_ptr<RunClient> client_;
};

TEST_F(RunServiceTest, ARepeatedSubmitStartsNothingNew) {
  const auto first = client_->Submit("request", SubmittableRun(2));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->run_id(), "run1");
  EXPECT_FALSE(first->existed());
  const auto again = client_->Submit("request", SubmittableRun(2));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->existed());
  EXPECT_EQ(client_->Submit("request", SubmittableRun(3)).status().code(),
            absl::StatusCode::kAlreadyExists)
      << "another body under the same request id";
  EXPECT_EQ(client_->Submit("other", SubmittableRun(2)).status().code(),
            absl::StatusCode::kAlreadyExists)
      << "another request with the same run id";
  EXPECT_EQ(client_->List()->runs_size(), 1);
}

TEST_F(RunServiceTest, ARequestIsRememberedByTheNextLeader) {
  ASSERT_TRUE(client_->Submit("request", SubmittableRun(2)).ok());
  rig_.StepDown();
  ASSERT_TRUE(rig_.Lead(2).ok());
  const auto again = client_->Submit("request", SubmittableRun(2));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->existed());
  EXPECT_EQ(client_->Get("run1", false)->state(), "running");
}

// A leader of the past stored it after its successor had looked, and was not there to answer.
TEST_F(RunServiceTest, ARequestThatALeaderOfThePastStoredLateIsTakenUp) {
  CoordinatorRig past;
  ASSERT_TRUE(past.Lead().ok());
  ASSERT_TRUE(ClientOf({past.server->address()})->Submit("request", SubmittableRun(2)).ok());
  std::vector<BlobRecord> late;
  for (const BlobInfo& info : past.blobs().List("")) {
    if (info.key.ends_with("/record") || info.key.starts_with("request/")) {
      late.push_back({info.key, *past.blobs().Get(info.key)});
    }
  }
  ASSERT_EQ(late.size(), 2u);
  const absl::Status stored = rig_.core.Await<absl::Status>(
      [&](auto done) { rig_.blobs().Put(std::move(late), std::move(done)); });
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(client_->Submit("request", SubmittableRun(3)).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(client_->Submit("other", SubmittableRun(2)).status().code(),
            absl::StatusCode::kAlreadyExists);
  const auto again = client_->Submit("request", SubmittableRun(2));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->existed());
  EXPECT_EQ(client_->Get("run1", false)->state(), "running");
}

TEST_F(RunServiceTest, ATermThatIsOverLeavesMemoryOnceNothingOfItIsOutstanding) {
  ASSERT_TRUE(client_->Submit("request", SubmittableRun(2)).ok());
  for (int i = 2; i < 6; ++i) {
    rig_.StepDown();
    ASSERT_TRUE(rig_.Lead(static_cast<std::uint64_t>(i)).ok());
  }
  std::size_t retired = 1;
  for (int i = 0; i < 1000 && retired > 0; ++i) {
    rig_.core.Do([&] { retired = rig_.desk->retired(); });
    ::poll(nullptr, 0, 10);
  }
  EXPECT_EQ(retired, 0u);
  EXPECT_EQ(client_->Get("run1", false)->state(), "running");
}

TEST_F(RunServiceTest, AgentsAreListedWithWhatTheyRegistered) {
  GrpcLink link(rig_);
  LinkCalls<GrpcLink> calls(link);
  ASSERT_TRUE(client_->Submit("request", SubmittableRun(1)).ok());
  v1::SyncRequest sync = MakeSync("w1", 3);
  sync.set_slots(4);
  sync.set_server("http://127.0.0.1:8000/v1");
  sync.add_models("model-a");
  const auto response = calls.Sync(sync);
  ASSERT_TRUE(response.ok()) << response.status();
  const auto list = client_->List();
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->agents_size(), 1);
  const v1::AgentStatus& agent = list->agents(0);
  EXPECT_EQ(agent.agent(), "w1");
  EXPECT_EQ(agent.slots(), 4);
  EXPECT_EQ(agent.in_flight(), response->start_size());
  EXPECT_GT(agent.in_flight(), 0);
  EXPECT_EQ(agent.server(), "http://127.0.0.1:8000/v1");
  ASSERT_EQ(agent.models_size(), 1);
  EXPECT_EQ(agent.models(0), "model-a");
  EXPECT_EQ(agent.state(), "running");
  sync.set_slots(-1);
  EXPECT_EQ(calls.Sync(sync).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(RunServiceTest, RefusesRecordsThatCannotBeRun) {
  const auto code = [&](const v1::RunRecord& record, const std::string& request = "request") {
    return client_->Submit(request, record).status().code();
  };
  EXPECT_EQ(code(SubmittableRun(1), ""), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(SubmittableRun(1), std::string(129, 'r')), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(SubmittableRun(0)), absl::StatusCode::kInvalidArgument) << "no sample";
  for (const char* id : {"", "../x", "a/b", "-x", ".x"}) {
    EXPECT_EQ(code(SubmittableRun(1, id)), absl::StatusCode::kInvalidArgument) << id;
  }
  v1::RunRecord with_secret = SubmittableRun(1);
  with_secret.set_run_secret("mine");
  EXPECT_EQ(code(with_secret), absl::StatusCode::kInvalidArgument);
  v1::RunRecord no_model = SubmittableRun(1);
  no_model.mutable_spec()->clear_models();
  EXPECT_EQ(code(no_model), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(client_->List()->runs_size(), 0);
  EXPECT_TRUE(rig_.blobs().List("").empty());
}

TEST_F(RunServiceTest, UnknownRunsAreNotFound) {
  EXPECT_TRUE(absl::IsNotFound(client_->Get("no", false).status()));
  EXPECT_TRUE(absl::IsNotFound(client_->Do(ControlCommand::kPause, "no").status()));
  EXPECT_TRUE(absl::IsNotFound(client_->Do(ControlCommand::kCancel, "no").status()));
  EXPECT_TRUE(absl::IsNotFound(client_->Watch("no", [](const v1::RunStatus&) { return true; })));
  EXPECT_TRUE(absl::IsNotFound(
      client_->Results("no", false, [](std::string, std::string) { return absl::OkStatus(); })));
}

TEST_F(RunServiceTest, LiveScoresAreTheSumsOfTheStore) {
  ASSERT_TRUE(client_->Submit("request", SubmittableRun(3)).ok());
  auto status = client_->Get("run1", true);
  ASSERT_TRUE(status.ok());
  ASSERT_EQ(status->scores_size(), 3) << "a line for each scorer, though nothing is judged";
  EXPECT_EQ(status->scores(0).judged(), 0);
  EXPECT_EQ(status->scores(0).required(), 3);
  Finish("run1");
  status = client_->Get("run1", true);
  ASSERT_TRUE(status.ok());
  double words = 0;
  for (const auto& [key, value] : Records("run1")) {
    v1::Envelope envelope;
    if (key.find("/envelope/") == std::string::npos) continue;
    ASSERT_TRUE(envelope.ParseFromString(value));
    for (const v1::Verdict& verdict : envelope.verdicts()) {
      if (verdict.scorer_id() != "length") continue;
      for (const v1::Score& score : verdict.scores()) {
        if (score.name() == "words") words += score.value();
      }
    }
  }
  bool found = false;
  for (const v1::LiveScore& score : status->scores()) {
    if (score.scorer() != "length" || score.score() != "words") continue;
    found = true;
    EXPECT_EQ(score.judged(), 3);
    EXPECT_NEAR(score.mean(), words / 3, 1e-6);
  }
  EXPECT_TRUE(found);
}

TEST_F(RunServiceTest, WatchShowsChangesAndEndsWithTheSeal) {
  ASSERT_TRUE(client_->Submit("request", SubmittableRun(4)).ok());
  auto watched = std::async(std::launch::async, [this] {
    std::vector<v1::RunStatus> shown;
    const absl::Status status = client_->Watch("run1", [&](const v1::RunStatus& one) {
      shown.push_back(one);
      return true;
    });
    EXPECT_TRUE(status.ok()) << status;
    return shown;
  });
  Finish("run1");
  const std::vector<v1::RunStatus> shown = watched.get();
  ASSERT_GE(shown.size(), 1u);
  EXPECT_EQ(shown.back().state(), "sealed");
  EXPECT_EQ(shown.back().generations().done(), 4);
  for (std::size_t i = 1; i < shown.size(); ++i) {
    EXPECT_GE(shown[i].generations().done(), shown[i - 1].generations().done());
  }
}

TEST_F(RunServiceTest, ResultsAreEveryRecordOfTheRunAndOfNoOther) {
  ASSERT_TRUE(client_->Submit("one", SubmittableRun(2, "run1")).ok());
  ASSERT_TRUE(client_->Submit("two", SubmittableRun(2, "run10")).ok());
  Finish("run1");
  const auto records = Records("run1");
  EXPECT_EQ(records.size(), rig_.blobs().List("run/run1/").size());
  for (const auto& [key, value] : records) EXPECT_EQ(*rig_.blobs().Get(key), value);
  EXPECT_EQ(records.count(ManifestKey("run1", 0)), 1u);
  EXPECT_EQ(Records("run1", true).size(), 1u);
}

TEST_F(RunServiceTest, RejudgeTakesTheTextsOver) {
  ASSERT_TRUE(client_->Submit("one", SubmittableRun(3)).ok());
  v1::RunRecord again = SubmittableRun(3, "again");
  again.set_source_run("run1");
  EXPECT_EQ(client_->Submit("two", again).status().code(), absl::StatusCode::kFailedPrecondition)
      << "the source has no texts yet";
  Finish("run1");
  ASSERT_TRUE(client_->Submit("two", again).ok());
  EXPECT_TRUE(client_->Submit("two", again)->existed());
  auto status = client_->Get("again", false);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->generations().done(), 3) << "before any agent asked";
  Finish("again");
  status = client_->Get("again", false);
  EXPECT_EQ(status->judged_scorings().done(), 3);
  v1::RunRecord lost = SubmittableRun(3, "lost");
  lost.set_source_run("nowhere");
  EXPECT_TRUE(absl::IsNotFound(client_->Submit("three", lost).status()));
}

TEST_F(RunServiceTest, WhoDoesNotLeadSaysSoAndTheClientFindsTheLeader) {
  CoordinatorRig follower;
  follower.NameLeader(rig_.server->address());
  ASSERT_TRUE(ClientOf({follower.server->address()})->Submit("one", SubmittableRun(1)).ok());
  CoordinatorRig nobody;
  const auto lost = ClientOf({nobody.server->address()}, absl::Milliseconds(300))->List();
  EXPECT_TRUE(absl::IsUnavailable(lost.status()));
  EXPECT_THAT(std::string(MessageOf(lost.status())), HasSubstr(nobody.server->address()));
}

TEST_F(RunServiceTest, ASealedRunThatANewLeaderFindsIsReadWhenAskedFor) {
  ASSERT_TRUE(client_->Submit("one", SubmittableRun(2)).ok());
  Finish("run1");
  rig_.StepDown();
  ASSERT_TRUE(rig_.Lead(2).ok());
  EXPECT_EQ(client_->List()->runs(0).state(), "sealed");
  const auto status = client_->Get("run1", false);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->state(), "sealed");
  EXPECT_EQ(status->generations().done(), 2);
  EXPECT_EQ(client_->Do(ControlCommand::kCancel, "run1").status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace assay
