// What only the way over gRPC has: chunks, deadlines, leaders that move, connections that end.
#include "common/rpc/grpc_work_client.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <thread>

#include "coordinator/core/recovery.h"
#include "coordinator/store/attempt_id.h"
#include "tests/integration/grpc/coordinator_rig.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kChunk = std::size_t{64} << 10;

class GrpcWorkClientTest : public ::testing::Test {
 protected:
  v1::Assignment Granted(LinkCalls<GrpcLink> calls, const std::string& agent = "agent") {
    const auto response = calls.Sync(MakeSync(agent, 1));
    EXPECT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->start_size(), 1);
    return response->start(0);
  }

  std::string StoredText(CoordinatorRig& rig, const v1::Assignment& start) {
    const auto bytes = rig.blobs().Get(
        EnvelopeKey(start.unit().run_id(), start.unit().id(), *AttemptId::Parse(start.attempt())));
    EXPECT_TRUE(bytes.ok()) << bytes.status();
    v1::Envelope envelope;
    EXPECT_TRUE(envelope.ParseFromString(*bytes));
    return envelope.generation().text();
  }
};

TEST_F(GrpcWorkClientTest, EnvelopesAndInputsOfEverySizeAroundAChunkArriveWhole) {
  CoordinatorRig rig;
  ASSERT_TRUE(rig.Lead().ok());
  GrpcLink link(rig);
  LinkCalls<GrpcLink> calls(link);
  std::vector<std::size_t> sizes = {1, 3 * kChunk + 17, 5 << 20};
  for (const std::size_t chunks : {std::size_t{1}, std::size_t{2}}) {
    for (std::size_t off = 0; off <= 4; ++off) sizes.push_back(chunks * kChunk + off - 2);
  }
  int number = 0;
  for (const std::size_t size : sizes) {
    const std::string run_id = "run" + std::to_string(number++);
    ASSERT_TRUE(rig.Submit(SubmittableRun(1, run_id), run_id).ok());
    const v1::Assignment start = Granted(calls);
    // Serialised, the envelope is exactly `size` bytes where that is possible.
    v1::Envelope envelope = GeneratedEnvelope(start, "x");
    const std::size_t rest = envelope.ByteSizeLong();
    std::size_t length = size > rest ? size - rest : 1;
    do {
      envelope.mutable_generation()->set_text(
          std::string(length, static_cast<char>('a' + number % 26)));
    } while (envelope.ByteSizeLong() > size && length-- > 1);
    const auto digest = calls.Put(envelope);
    ASSERT_TRUE(digest.ok()) << size << ": " << digest.status();
    EXPECT_EQ(StoredText(rig, start), envelope.generation().text());
    v1::SyncRequest request = MakeSync("agent", 1);
    v1::FinishedAttempt& finished = *request.add_finished();
    finished.set_attempt(start.attempt());
    finished.set_unit_id(start.unit().id());
    finished.set_outcome(v1::OUTCOME_GENERATED);
    finished.set_envelope_digest(*digest);
    auto response = calls.Sync(request);
    ASSERT_TRUE(response.ok());
    while (response->start_size() == 0) response = calls.Sync(MakeSync("agent", 1));
    const v1::Assignment scoring = response->start(0);
    const auto inputs = calls.Fetch(scoring.attempt(), scoring.unit().id());
    ASSERT_TRUE(inputs.ok()) << size << ": " << inputs.status();
    EXPECT_EQ(inputs->text(), envelope.generation().text());
    const absl::Status cancelled = rig.core.Await<absl::Status>(
        [&](auto done) { rig.desk->Do(RunDesk::Command::kCancel, run_id, std::move(done)); });
    EXPECT_TRUE(cancelled.ok()) << cancelled;
  }
}

TEST_F(GrpcWorkClientTest, AJournalTooLargeForAMessageGoesInSeveral) {
  CoordinatorRig rig;
  ASSERT_TRUE(rig.Lead().ok());
  ASSERT_TRUE(rig.Submit(SubmittableRun(1), "request").ok());
  GrpcLink link(rig);
  LinkCalls<GrpcLink> calls(link);
  const v1::Assignment start = Granted(calls);
  v1::AppendJournalRequest append;
  append.set_attempt(start.attempt());
  append.set_unit_id(start.unit().id());
  for (int i = 0; i < 12; ++i) {
    v1::JournalRecord& record = *append.add_records();
    record.set_call_hash("a" + std::to_string(i));
    record.mutable_reply()->set_text(std::string(1 << 20, static_cast<char>('a' + i)));
  }
  ASSERT_TRUE(calls.Append(append).ok());
  const auto inputs = calls.Fetch(start.attempt(), start.unit().id());
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_EQ(inputs->journal_size(), 12);
}

TEST_F(GrpcWorkClientTest, AReplyLargerThanAMessageIsJournaledAndGivenToTheNextAttempt) {
  CoordinatorRig rig;
  ASSERT_TRUE(rig.Lead().ok());
  ASSERT_TRUE(rig.Submit(SubmittableRun(1), "request").ok());
  GrpcLink link(rig);
  LinkCalls<GrpcLink> calls(link);
  const v1::Assignment start = Granted(calls);
  v1::AppendJournalRequest append;
  append.set_attempt(start.attempt());
  append.set_unit_id(start.unit().id());
  std::string text;
  while (text.size() < std::size_t{8} << 20) text += std::to_string(text.size()) + " ";
  v1::JournalRecord& small = *append.add_records();
  small.set_call_hash("a");
  small.mutable_reply()->set_text("small");
  v1::JournalRecord& large = *append.add_records();
  large.set_call_hash("b");
  large.mutable_reply()->set_text(text);
  const absl::Status appended = calls.Append(append);
  ASSERT_TRUE(appended.ok()) << appended;
  EXPECT_TRUE(calls.Append(append).ok()) << "repeated";
  append.set_attempt("7.0123456789abcdef");
  EXPECT_TRUE(absl::IsAborted(calls.Append(append))) << "of nobody";

  // The agent's process ends and another one gets the unit.
  v1::SyncRequest sync = MakeSync("agent", 1, "second");
  absl::StatusOr<v1::SyncResponse> response = calls.Sync(sync);
  while (response.ok() && response->start_size() == 0) response = calls.Sync(sync);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_NE(response->start(0).attempt(), start.attempt());
  const auto inputs = calls.Fetch(response->start(0).attempt(), start.unit().id());
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  ASSERT_EQ(inputs->journal_size(), 2);
  EXPECT_EQ(inputs->journal(0).reply().text(), "small");
  EXPECT_TRUE(inputs->journal(1).reply().text() == text);
}

TEST_F(GrpcWorkClientTest, AMillionReportsAreRefused) {
  CoordinatorRig rig;
  ASSERT_TRUE(rig.Lead().ok());
  GrpcLink link(rig);
  v1::SyncRequest request = MakeSync("agent", 1);
  for (int i = 0; i < 1'000'000; ++i) request.add_running()->set_attempt("1.0");
  EXPECT_EQ(LinkCalls<GrpcLink>(link).Sync(request).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(GrpcWorkClientTest, ANonLeaderThatNamesTheLeaderIsFollowedAtOnce) {
  CoordinatorRig leader;
  ASSERT_TRUE(leader.Lead().ok());
  ASSERT_TRUE(leader.Submit(SubmittableRun(1), "request").ok());
  CoordinatorRig other;
  other.NameLeader(leader.server->address());
  GrpcLink link(other);
  LinkCalls<GrpcLink> calls(link);
  const v1::Assignment start = Granted(calls);
  EXPECT_TRUE(calls.Fetch(start.attempt(), start.unit().id()).ok());
  EXPECT_TRUE(calls.Put(GeneratedEnvelope(start, std::string(200'000, 't'))).ok());
}

TEST_F(GrpcWorkClientTest, TwoThatNameEachOtherDoNotKeepACallGoing) {
  CoordinatorRig one;
  CoordinatorRig two;
  one.NameLeader(two.server->address());
  two.NameLeader(one.server->address());
  GrpcLink link(one);
  EXPECT_TRUE(absl::IsUnavailable(LinkCalls<GrpcLink>(link).Sync(MakeSync("agent", 1)).status()));
}

TEST_F(GrpcWorkClientTest, WithoutANameTheNextOfTheListIsAsked) {
  CoordinatorRig idle;
  CoordinatorRig leader;
  ASSERT_TRUE(leader.Lead().ok());
  ASSERT_TRUE(leader.Submit(SubmittableRun(1), "request").ok());
  // The first is nobody at all.
  GrpcLink link({"127.0.0.1:1", idle.server->address(), leader.server->address()});
  LinkCalls<GrpcLink> calls(link);
  EXPECT_TRUE(absl::IsUnavailable(calls.Sync(MakeSync("agent", 1)).status()));
  EXPECT_TRUE(absl::IsUnavailable(calls.Sync(MakeSync("agent", 1)).status()));
  EXPECT_TRUE(calls.Sync(MakeSync("agent", 1)).ok());
}

// Takes calls and never answers them.
class SilentService : public v1::WorkService::CallbackService {
 public:
  class Reactor : public grpc::ServerUnaryReactor {
   public:
    void OnCancel() override { Finish(grpc::Status::CANCELLED); }
    void OnDone() override { delete this; }
  };
  grpc::ServerUnaryReactor* Sync(grpc::CallbackServerContext*, const v1::SyncRequest*,
                                 v1::SyncResponse*) override {
    return new Reactor;
  }
};

TEST_F(GrpcWorkClientTest, EveryCallHasADeadlineThatCountsAsUnavailable) {
  SilentService silent;
  auto server = GrpcServer::Start({}, {&silent});
  ASSERT_TRUE(server.ok()) << server.status();
  GrpcLink link({(*server)->address()}, {.sync_deadline = absl::Milliseconds(200),
                                         .call_deadline = absl::Milliseconds(200)});
  const auto response = LinkCalls<GrpcLink>(link).Sync(MakeSync("agent", 1));
  EXPECT_TRUE(absl::IsUnavailable(response.status())) << response.status();
  EXPECT_THAT(std::string(MessageOf(response.status())), HasSubstr("no answer"));
}

TEST_F(GrpcWorkClientTest, ALostPollIsForgottenAndALaterOneGetsTheWork) {
  CoordinatorOptions options;
  options.poll_hold = absl::Minutes(5);  // nothing but the loss ends the poll
  CoordinatorRig rig(options);
  ASSERT_TRUE(rig.Lead().ok());
  const auto wait_until = [&](bool waits) {
    const auto limit = std::chrono::steady_clock::now() + kTestLimit;
    bool does = !waits;
    while (does != waits && std::chrono::steady_clock::now() < limit) {
      std::this_thread::yield();
      rig.core.Do([&] {
        const std::vector<AgentProgress> agents = rig.desk->leader()->Agents();
        does = std::any_of(agents.begin(), agents.end(),
                           [](const AgentProgress& agent) { return agent.waiting; });
      });
    }
    return does == waits;
  };
  auto lost = std::make_unique<GrpcLink>(rig);
  // Held, since there is no work.
  lost->loop().executor.Post(
      [&] { lost->client().Sync(MakeSync("lost", 1), [](absl::StatusOr<v1::SyncResponse>) {}); });
  ASSERT_TRUE(wait_until(true));
  lost->Close();
  lost.reset();
  ASSERT_TRUE(wait_until(false));
  GrpcLink link(rig);
  LinkCalls<GrpcLink> calls(link);
  ASSERT_TRUE(rig.Submit(SubmittableRun(1), "request").ok());
  EXPECT_EQ(Granted(calls).unit().kind(), v1::UNIT_KIND_GENERATE);
}

TEST_F(GrpcWorkClientTest, DrainEndsWhatIsHeldAndTakesNothingNew) {
  CoordinatorRig rig;
  ASSERT_TRUE(rig.Lead().ok());
  GrpcLink link(rig);
  LinkCalls<GrpcLink> calls(link);
  auto held = std::make_shared<std::promise<absl::Status>>();
  link.loop().Do([&] {
    link.client().Sync(MakeSync("agent", 1), [held](absl::StatusOr<v1::SyncResponse> response) {
      held->set_value(response.status());
    });
  });
  rig.StepDown();
  rig.server->Drain(absl::Milliseconds(100));
  auto future = held->get_future();
  ASSERT_EQ(future.wait_for(kTestLimit), std::future_status::ready);
  EXPECT_TRUE(absl::IsUnavailable(future.get()));
  EXPECT_TRUE(absl::IsUnavailable(calls.Sync(MakeSync("agent", 1)).status()));
}

// grpc.health.v1, with messages written by hand: 1 SERVING, 2 NOT_SERVING.
int HealthOf(const std::string& address, const std::string& service) {
  grpc::GenericStub stub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  const std::string message = "\x0a" + std::string(1, static_cast<char>(service.size())) + service;
  grpc::Slice slice(message);
  grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kTestLimit);
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &request, &response,
                 [&done](grpc::Status status) { done.set_value(std::move(status)); });
  const grpc::Status status = done.get_future().get();
  if (!status.ok()) return -static_cast<int>(status.error_code());
  grpc::Slice bytes;
  if (!response.DumpToSingleSlice(&bytes).ok() || bytes.size() < 2) return 0;
  return bytes.begin()[1];
}

TEST_F(GrpcWorkClientTest, HealthSaysWhoLeads) {
  CoordinatorRig rig;
  const std::string address = rig.server->address();
  EXPECT_EQ(HealthOf(address, ""), 1);
  EXPECT_EQ(HealthOf(address, "leader"), -static_cast<int>(grpc::StatusCode::NOT_FOUND));
  rig.server->SetServing("leader", true);
  EXPECT_EQ(HealthOf(address, "leader"), 1);
  rig.server->SetServing("leader", false);
  EXPECT_EQ(HealthOf(address, "leader"), 2);
}

TEST(GrpcServerTest, BindsOnlyToLoopbackUnlessToldOtherwise) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "example.com:0", "10.0.0.1:0"}) {
    EXPECT_EQ(GrpcServer::Start({.listen = address}, {}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << address;
  }
  for (const char* address : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:port", ""}) {
    EXPECT_EQ(GrpcServer::Start({.listen = address}, {}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << address;
  }
  SilentService silent;
  EXPECT_TRUE(GrpcServer::Start({.listen = "0.0.0.0:0", .insecure_listen = true}, {&silent}).ok());
  auto first = GrpcServer::Start({}, {&silent});
  ASSERT_TRUE(first.ok());
  SilentService second;
  EXPECT_TRUE(
      absl::IsUnavailable(GrpcServer::Start({.listen = (*first)->address()}, {&second}).status()));
}

// Speaks to PutEnvelope as a client that does not follow the rules would.
class RawUpload : public GrpcWorkClientTest {
 protected:
  RawUpload() {
    EXPECT_TRUE(rig_.Lead().ok());
    EXPECT_TRUE(rig_.Submit(SubmittableRun(1), "request").ok());
    GrpcLink link(rig_);
    start_ = Granted(LinkCalls<GrpcLink>(link));
    stub_ = v1::WorkService::NewStub(
        grpc::CreateChannel(rig_.server->address(), grpc::InsecureChannelCredentials()));
    bytes_ = GeneratedEnvelope(start_, std::string(150'000, 'q')).SerializeAsString();
  }

  v1::PutEnvelopeChunk Chunk(std::size_t offset, std::size_t size, const std::string& sha256 = "") {
    v1::PutEnvelopeChunk chunk;
    chunk.set_attempt(start_.attempt());
    chunk.set_unit_id(start_.unit().id());
    chunk.set_offset(static_cast<std::int64_t>(offset));
    chunk.set_data(bytes_.substr(offset, size));
    chunk.set_sha256(sha256);
    return chunk;
  }

  grpc::StatusCode Send(const std::vector<v1::PutEnvelopeChunk>& chunks) {
    grpc::ClientContext context;
    v1::PutEnvelopeResponse response;
    const auto writer = stub_->PutEnvelope(&context, &response);
    for (const auto& chunk : chunks) writer->Write(chunk);
    writer->WritesDone();
    return writer->Finish().error_code();
  }

  std::int64_t Held() {
    grpc::ClientContext context;
    v1::QueryUploadRequest request;
    request.set_attempt(start_.attempt());
    request.set_unit_id(start_.unit().id());
    v1::QueryUploadResponse response;
    EXPECT_TRUE(stub_->QueryUpload(&context, request, &response).ok());
    return response.offset();
  }

  CoordinatorRig rig_;
  v1::Assignment start_;
  std::unique_ptr<v1::WorkService::Stub> stub_;
  std::string bytes_;
};

TEST_F(RawUpload, GapsOverlapsAndWrongHashesAreDamage) {
  const std::string sha = Sha256Hex(bytes_);
  const std::size_t rest = bytes_.size() - 2 * kChunk;
  EXPECT_EQ(Send({Chunk(0, kChunk), Chunk(2 * kChunk, rest, sha)}), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(Send({Chunk(0, kChunk), Chunk(kChunk - 1, kChunk)}), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(Send({Chunk(0, kChunk), Chunk(kChunk, kChunk),
                  Chunk(2 * kChunk, rest, std::string(64, '0'))}),
            grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(Send({Chunk(0, kChunk + 1)}), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Send({}), grpc::StatusCode::DATA_LOSS);
  v1::PutEnvelopeChunk negative = Chunk(0, 10);
  negative.set_offset(-1);
  EXPECT_EQ(Send({negative}), grpc::StatusCode::INVALID_ARGUMENT);
  v1::PutEnvelopeChunk other = Chunk(0, 0, Sha256Hex("junk"));
  other.set_data("junk");
  EXPECT_EQ(Send({other}), grpc::StatusCode::INVALID_ARGUMENT);
  v1::PutEnvelopeChunk wrong_unit = Chunk(0, kChunk);
  wrong_unit.set_unit_id(std::string(64, 'b'));
  EXPECT_EQ(Send({wrong_unit, Chunk(kChunk, kChunk), Chunk(2 * kChunk, rest, sha)}),
            grpc::StatusCode::INVALID_ARGUMENT)
      << "the envelope is of another unit than its upload";
  EXPECT_EQ(Send({Chunk(0, kChunk), Chunk(kChunk, kChunk), Chunk(2 * kChunk, rest, sha)}),
            grpc::StatusCode::OK);
  EXPECT_EQ(StoredText(rig_, start_), std::string(150'000, 'q'));
}

TEST_F(RawUpload, ABrokenUploadGoesOnWhereItStopped) {
  EXPECT_EQ(Held(), 0);
  EXPECT_EQ(Send({Chunk(0, kChunk), Chunk(kChunk, 1000)}), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(Held(), static_cast<std::int64_t>(kChunk + 1000));
  std::vector<v1::PutEnvelopeChunk> rest;
  for (std::size_t at = kChunk + 1000; at < bytes_.size(); at += kChunk) {
    const bool last = at + kChunk >= bytes_.size();
    rest.push_back(Chunk(at, kChunk, last ? Sha256Hex(bytes_) : ""));
  }
  EXPECT_EQ(Send(rest), grpc::StatusCode::OK);
  EXPECT_EQ(StoredText(rig_, start_), std::string(150'000, 'q'));
  EXPECT_EQ(Held(), 0);
}

}  // namespace
}  // namespace assay
