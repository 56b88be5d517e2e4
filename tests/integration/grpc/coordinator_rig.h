// A coordinator on a core thread of its own, with everything in memory, served over real loopback;
// and the two ways in which an agent may talk to it.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "cli/embedded/local_work_client.h"
#include "common/base/check.h"
#include "common/blob/memory_blob_store.h"
#include "common/rpc/grpc_server.h"
#include "common/rpc/grpc_work_client.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/system_clock.h"
#include "coordinator/rpc/run_desk.h"
#include "coordinator/rpc/run_service.h"
#include "coordinator/rpc/work_service.h"
#include "coordinator/store/memory_run_store.h"
#include "judge/scorer_registry.h"
#include "tests/integration/resume/small_run.h"

namespace assay {

inline constexpr std::chrono::seconds kTestLimit{30};

// An executor with a thread that runs it.
class LoopThread {
 public:
  LoopThread() : thread_([this] { executor.RunUntilStopped(); }) {}
  ~LoopThread() {
    executor.Stop();
    thread_.join();
  }

  // What `start` completes with. `start` runs on the loop.
  template <typename T, typename Start>
  T Await(Start start) {
    auto promise = std::make_shared<std::promise<T>>();
    std::future<T> future = promise->get_future();
    executor.Post([start = std::move(start), promise]() mutable {
      start(Callback<T>([promise](T value) { promise->set_value(std::move(value)); }));
    });
    ASSAY_CHECK(future.wait_for(kTestLimit) == std::future_status::ready);
    return future.get();
  }

  // Runs `task` on the loop and waits for it.
  template <typename Task>
  void Do(Task task) {
    Await<bool>([&](Callback<bool> done) {
      task();
      std::move(done)(true);
    });
  }

  AsioExecutor executor;

 private:
  std::thread thread_;
};

inline v1::RunRecord SubmittableRun(int samples, const std::string& run_id = "run1") {
  v1::RunRecord record = SmallRun(samples, 1, run_id);
  record.clear_run_secret();
  return record;
}

class CoordinatorRig {
 public:
  explicit CoordinatorRig(CoordinatorOptions options = {}) {
    blobs_ = std::make_unique<MemoryBlobStore>(&core.executor);
    store_ = std::make_unique<MemoryRunStore>(core.executor);
    RunDeskSeams seams{core.executor,    clock_,    *store_, *blobs_, {},
                       ScorerNeedsCalls, Random(1), {},      {}};
    seams.other_leader = [this] { return named_leader_; };
    desk = std::make_unique<RunDesk>(std::move(seams), std::move(options));
    work_ = std::make_unique<WorkService>(*desk, clock_);
    runs_ = std::make_unique<RunService>(*desk, absl::Milliseconds(5));
    // The loop runs already: it has to see what was made, which gRPC's threads do not tell it in a
    // way that ThreadSanitizer can follow.
    core.Do([] {});
    auto started = GrpcServer::Start({}, {work_.get(), runs_.get()});
    ASSAY_CHECK(started.ok());
    server = *std::move(started);
  }
  ~CoordinatorRig() {
    server.reset();
    // The loop must stand before what its tasks touch goes.
    core.executor.Stop();
  }

  absl::Status Lead(std::uint64_t epoch = 1) {
    return core.Await<absl::Status>([&](Callback<absl::Status> done) {
      desk->Lead({epoch, "nonce"}, std::move(done));
    });
  }
  // Whom it sends agents to.
  void NameLeader(const std::string& address) {
    core.Do([&] { named_leader_ = address; });
  }
  void StepDown() {
    core.Do([&] { desk->StepDown("test"); });
  }

  absl::StatusOr<v1::SubmitResponse> Submit(v1::RunRecord record, const std::string& request_id,
                                            bool rejudge = false) {
    return core.Await<absl::StatusOr<v1::SubmitResponse>>([&](auto done) {
      desk->Submit({request_id, std::move(record), rejudge}, std::move(done));
    });
  }

  absl::StatusOr<v1::RunStatus> Status(const std::string& run_id, bool scores = false) {
    return core.Await<absl::StatusOr<v1::RunStatus>>(
        [&](auto done) { desk->Get(run_id, scores, std::move(done)); });
  }

  BlobStore& blobs() { return *blobs_; }

  SystemClock clock_;
  std::unique_ptr<MemoryBlobStore> blobs_;
  std::unique_ptr<MemoryRunStore> store_;
  std::unique_ptr<RunDesk> desk;
  std::string named_leader_;  // the loop's
  std::unique_ptr<WorkService> work_;
  std::unique_ptr<RunService> runs_;
  LoopThread core;
  std::unique_ptr<GrpcServer> server;
};

// An agent in the coordinator's process.
class LocalLink {
 public:
  explicit LocalLink(CoordinatorRig& rig) : rig_(rig) {
    rig.core.Do([&] { client_ = std::make_unique<LocalWorkClient>(*rig.desk->leader()); });
  }
  LoopThread& loop() { return rig_.core; }
  WorkClient& client() { return *client_; }

 private:
  CoordinatorRig& rig_;
  std::unique_ptr<LocalWorkClient> client_;
};

// An agent as in a process of its own.
class GrpcLink {
 public:
  explicit GrpcLink(CoordinatorRig& rig, GrpcWorkOptions options = {})
      : GrpcLink(std::vector<std::string>{rig.server->address()}, options) {}
  explicit GrpcLink(std::vector<std::string> addresses, GrpcWorkOptions options = {}) {
    auto channels = LeaderChannels::Make(std::move(addresses));
    ASSAY_CHECK(channels.ok());
    channels_ = *std::move(channels);
    client_ = std::make_unique<GrpcWorkClient>(loop_.executor, *channels_, options);
  }
  LoopThread& loop() { return loop_; }
  WorkClient& client() { return *client_; }
  void Close() { client_.reset(); }

 private:
  std::unique_ptr<LeaderChannels> channels_;
  LoopThread loop_;
  std::unique_ptr<GrpcWorkClient> client_;
};

// Blocking calls over a link.
template <typename Link>
class LinkCalls {
 public:
  explicit LinkCalls(Link& link) : link_(link) {}

  absl::StatusOr<v1::SyncResponse> Sync(v1::SyncRequest request) {
    return link_.loop().template Await<absl::StatusOr<v1::SyncResponse>>(
        [&](auto done) { link_.client().Sync(std::move(request), std::move(done)); });
  }
  absl::StatusOr<v1::UnitInputs> Fetch(const std::string& attempt, const std::string& unit_id) {
    v1::FetchInputsRequest request;
    request.set_attempt(attempt);
    request.set_unit_id(unit_id);
    return link_.loop().template Await<absl::StatusOr<v1::UnitInputs>>(
        [&](auto done) { link_.client().FetchInputs(std::move(request), std::move(done)); });
  }
  absl::Status Append(v1::AppendJournalRequest request) {
    return link_.loop().template Await<absl::Status>(
        [&](auto done) { link_.client().AppendJournal(std::move(request), std::move(done)); });
  }
  absl::StatusOr<std::string> Put(v1::Envelope envelope) {
    return link_.loop().template Await<absl::StatusOr<std::string>>(
        [&](auto done) { link_.client().PutEnvelope(std::move(envelope), std::move(done)); });
  }

 private:
  Link& link_;
};

inline v1::SyncRequest MakeSync(const std::string& agent, int free_slots,
                                const std::string& incarnation = "first") {
  v1::SyncRequest request;
  request.set_agent_id(agent);
  request.set_incarnation(incarnation);
  request.set_protocol_version(1);
  request.set_free_slots(free_slots);
  for (const auto kind :
       {v1::UNIT_KIND_GENERATE, v1::UNIT_KIND_SCORE_RULES, v1::UNIT_KIND_SCORE_JUDGED}) {
    request.add_kinds(kind);
  }
  return request;
}

inline v1::Envelope GeneratedEnvelope(const v1::Assignment& start, const std::string& text) {
  v1::Envelope envelope;
  envelope.set_schema(1);
  envelope.set_run_id(start.unit().run_id());
  envelope.set_unit_id(start.unit().id());
  envelope.set_attempt(start.attempt());
  envelope.set_outcome(v1::OUTCOME_GENERATED);
  envelope.mutable_generation()->set_text(text);
  return envelope;
}

}  // namespace assay
