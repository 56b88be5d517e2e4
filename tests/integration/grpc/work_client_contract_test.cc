// What a WorkClient does, whichever way it takes: in the coordinator's process, or over gRPC.
#include <gmock/gmock.h>

#include "tests/integration/grpc/agents_rig.h"
#include "tests/integration/grpc/coordinator_rig.h"

namespace assay {
namespace {

CoordinatorOptions QuickPolls() {
  CoordinatorOptions options;
  options.poll_hold = absl::Milliseconds(100);
  return options;
}

template <typename Link>
class WorkClientContract : public ::testing::Test {
 protected:
  WorkClientContract() : rig_(QuickPolls()) {
    EXPECT_TRUE(rig_.Lead().ok());
    link_ = std::make_unique<Link>(rig_);
  }

  LinkCalls<Link> calls() { return LinkCalls<Link>(*link_); }

  // The one generation of a run of one sample, granted.
  v1::Assignment GrantedGeneration() {
    EXPECT_TRUE(rig_.Submit(SubmittableRun(1), "request").ok());
    const auto response = calls().Sync(MakeSync("agent", 1));
    EXPECT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->start_size(), 1);
    return response->start(0);
  }

  v1::SyncRequest Finished(const v1::Assignment& start, const std::string& digest) {
    v1::SyncRequest request = MakeSync("agent", 0);
    v1::FinishedAttempt& finished = *request.add_finished();
    finished.set_attempt(start.attempt());
    finished.set_unit_id(start.unit().id());
    finished.set_outcome(v1::OUTCOME_GENERATED);
    finished.set_envelope_digest(digest);
    return request;
  }

  CoordinatorRig rig_;
  std::unique_ptr<Link> link_;
};

using Links = ::testing::Types<LocalLink, GrpcLink>;
TYPED_TEST_SUITE(WorkClientContract, Links);

TYPED_TEST(WorkClientContract, AUnitGoesThroughAllItsSteps) {
  const v1::Assignment start = this->GrantedGeneration();
  EXPECT_EQ(start.unit().kind(), v1::UNIT_KIND_GENERATE);
  EXPECT_EQ(start.endpoint().id(), "e");

  auto inputs = this->calls().Fetch(start.attempt(), start.unit().id());
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_EQ(inputs->sample().prompt(), "Write about number 0.");
  EXPECT_EQ(inputs->run_secret().size(), 32u);
  EXPECT_EQ(inputs->journal_size(), 0);

  v1::AppendJournalRequest append;
  append.set_attempt(start.attempt());
  append.set_unit_id(start.unit().id());
  append.add_records()->set_call_hash("aa");
  append.mutable_records(0)->mutable_reply()->set_text("half done");
  ASSERT_TRUE(this->calls().Append(append).ok());
  EXPECT_TRUE(this->calls().Append(append).ok()) << "repeated";
  inputs = this->calls().Fetch(start.attempt(), start.unit().id());
  ASSERT_TRUE(inputs.ok());
  ASSERT_EQ(inputs->journal_size(), 1);
  EXPECT_EQ(inputs->journal(0).reply().text(), "half done");

  const auto digest = this->calls().Put(GeneratedEnvelope(start, "A short text."));
  ASSERT_TRUE(digest.ok()) << digest.status();
  const auto again = this->calls().Put(GeneratedEnvelope(start, "A short text."));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, *digest);
  const auto other = this->calls().Put(GeneratedEnvelope(start, "Another text."));
  ASSERT_TRUE(other.ok()) << "the first one stays, and its digest is told";
  EXPECT_EQ(*other, *digest);

  auto response = this->calls().Sync(this->Finished(start, *digest));
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->settled_size(), 1);
  EXPECT_EQ(response->settled(0).settlement(), v1::SETTLEMENT_OK);
  EXPECT_TRUE(response->settled(0).durable());
  response = this->calls().Sync(this->Finished(start, *digest));
  ASSERT_TRUE(response.ok());
  ASSERT_EQ(response->settled_size(), 1);
  EXPECT_EQ(response->settled(0).settlement(), v1::SETTLEMENT_DUPLICATE);
}

TYPED_TEST(WorkClientContract, RefusesWhatDoesNotHoldTheUnit) {
  const v1::Assignment start = this->GrantedGeneration();
  const std::string& unit = start.unit().id();
  EXPECT_EQ(this->calls().Fetch("7.0123456789abcdef", unit).status().code(),
            absl::StatusCode::kAborted);
  EXPECT_EQ(this->calls().Fetch(start.attempt(), std::string(64, 'a')).status().code(),
            absl::StatusCode::kNotFound);
  v1::AppendJournalRequest append;
  append.set_unit_id(unit);
  append.set_attempt("7.0123456789abcdef");
  append.add_records()->set_call_hash("aa");
  EXPECT_EQ(this->calls().Append(append).code(), absl::StatusCode::kAborted);
  append.set_attempt(start.attempt());
  EXPECT_EQ(this->calls().Append(append).code(), absl::StatusCode::kInvalidArgument)
      << "neither a reply nor an error";
  v1::Envelope envelope = GeneratedEnvelope(start, "text");
  envelope.set_attempt("7.0123456789abcdef");
  EXPECT_EQ(this->calls().Put(envelope).status().code(), absl::StatusCode::kAborted);
  envelope = GeneratedEnvelope(start, "text");
  envelope.set_outcome(v1::OUTCOME_SCORED);
  EXPECT_EQ(this->calls().Put(envelope).status().code(), absl::StatusCode::kInvalidArgument);
  envelope = GeneratedEnvelope(start, "text");
  envelope.set_unit_id(std::string(64, 'a'));
  EXPECT_EQ(this->calls().Put(envelope).status().code(), absl::StatusCode::kNotFound);
}

TYPED_TEST(WorkClientContract, RefusesSyncsThatCannotBe) {
  v1::SyncRequest request = MakeSync("agent", 1);
  request.set_protocol_version(2);
  EXPECT_EQ(this->calls().Sync(request).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(this->calls().Sync(MakeSync("", 1)).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(this->calls().Sync(MakeSync("agent", -1)).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(this->calls().Sync(MakeSync("agent", 1, "old")).ok());
  EXPECT_TRUE(this->calls().Sync(MakeSync("agent", 1, "new")).ok());
  EXPECT_EQ(this->calls().Sync(MakeSync("agent", 1, "old")).status().code(),
            absl::StatusCode::kAborted);
}

TYPED_TEST(WorkClientContract, ASyncWithoutNewsIsHeldAndAnsweredByTheNext) {
  const auto empty = this->calls().Sync(MakeSync("agent", 1));
  ASSERT_TRUE(empty.ok());
  EXPECT_EQ(empty->start_size(), 0);
  EXPECT_EQ(empty->lease_ms(), 45'000);
}

TYPED_TEST(WorkClientContract, AgentsTakeARunToItsSeal) {
  const v1::RunRecord record = SubmittableRun(5);
  ASSERT_TRUE(this->rig_.Submit(record, "request").ok());
  RunAgentsToTheSeal(this->rig_, *this->link_, "run1");
  const auto status = this->rig_.Status("run1", true);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->state(), "sealed");
  EXPECT_EQ(status->generations().done(), 5);
  EXPECT_EQ(status->rule_scorings().done(), 5);
  EXPECT_EQ(status->judged_scorings().done(), 5);
  std::int64_t judged = 0;
  for (const v1::LiveScore& score : status->scores()) {
    EXPECT_EQ(score.required(), 5);
    EXPECT_LE(score.judged(), 5);
    judged += score.judged();
  }
  EXPECT_GE(judged, 10) << "length and repetition have scores for every text";
}

}  // namespace
}  // namespace assay
