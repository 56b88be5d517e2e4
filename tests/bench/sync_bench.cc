// Sync over gRPC against a real coordinator process with Redis. Stub workers with a connection each
// hold 16 units each and show them in every Sync; one more report, of an attempt that nobody knows,
// makes the coordinator answer at once and write nothing.
//
//   paced    every worker syncs once a second: the time to an answer, counted from when the Sync
//   was
//            due, and the coordinator's CPU time
//   closed   every worker syncs again as soon as it is answered: the most that the coordinator
//   takes
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "assay/v1/work_service.grpc.pb.h"
#include "common/base/check.h"
#include "common/base/version.h"
#include "tests/bench/bench_cluster.h"
#include "tests/bench/bench_report.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kHeld = 16;  // units of a worker
constexpr std::chrono::nanoseconds kPeriod = std::chrono::seconds(1);
constexpr std::chrono::seconds kMeasured(8);

struct Call {
  grpc::ClientContext context;
  v1::SyncResponse response;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::SyncResponse>> reader;
};

struct StubWorker {
  std::unique_ptr<v1::WorkService::Stub> stub;
  v1::SyncRequest request;
  std::unique_ptr<Call> call;
  Clock::time_point due;
  std::int64_t syncs = 0;
};

struct Measured {
  double per_s = 0;
  double p50_ms = 0;
  double p99_ms = 0;
};

class StubWorkers {
 public:
  StubWorkers(const std::string& address, int count) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    for (int i = 0; i < count; ++i) {
      auto worker = std::make_unique<StubWorker>();
      worker->stub = v1::WorkService::NewStub(
          grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
      v1::SyncRequest& request = worker->request;
      request.set_agent_id("stub" + std::to_string(i));
      request.set_incarnation("only");
      request.set_protocol_version(kProtocolVersion);
      request.add_kinds(v1::UNIT_KIND_GENERATE);
      request.set_slots(kHeld);
      request.set_free_slots(kHeld);
      workers_.push_back(std::move(worker));
    }
  }
  ~StubWorkers() {
    for (const auto& worker : workers_) {
      if (worker->call != nullptr) worker->call->context.TryCancel();
    }
    while (under_way_ > 0) Take(Clock::now() + std::chrono::seconds(10));
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  // Every worker asks until it holds its units.
  void FillUp() {
    for (const auto& worker : workers_) Send(*worker, Clock::now());
    while (under_way_ > 0) {
      StubWorker* worker = Take(Clock::now() + std::chrono::seconds(60));
      ASSAY_CHECK(worker != nullptr);
      if (worker->request.running_size() < kHeld) {
        Send(*worker, Clock::now());
      } else {
        v1::FinishedAttempt& unknown = *worker->request.add_finished();
        unknown.set_attempt("1-0000000000000001");
        unknown.set_unit_id("no-such-run/g.writer.0/0");
      }
    }
  }

  Measured Paced() {
    std::vector<double> latencies;
    const Clock::time_point begin = Clock::now();
    std::queue<std::pair<Clock::time_point, StubWorker*>> due;  // in order, all at one period
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      const auto share = kPeriod * static_cast<int>(i) / static_cast<int>(workers_.size());
      due.push({begin + share, workers_[i].get()});
    }
    while (!due.empty() || under_way_ > 0) {
      while (!due.empty() && due.front().first <= Clock::now()) {
        const auto [at, worker] = due.front();
        due.pop();
        ASSAY_CHECK(worker->call == nullptr);  // else the coordinator is slower than the pace
        Send(*worker, at);
        if (at + kPeriod < begin + kMeasured) due.push({at + kPeriod, worker});
      }
      StubWorker* worker =
          Take(due.empty() ? Clock::now() + std::chrono::seconds(10) : due.front().first);
      if (worker != nullptr) latencies.push_back(SinceDue(*worker));
    }
    return Of(std::move(latencies), Clock::now() - begin);
  }

  Measured Closed() {
    std::vector<double> latencies;
    const Clock::time_point begin = Clock::now();
    const Clock::time_point end = begin + kMeasured;
    for (const auto& worker : workers_) Send(*worker, Clock::now());
    while (under_way_ > 0) {
      StubWorker* worker = Take(end + std::chrono::seconds(10));
      ASSAY_CHECK(worker != nullptr);
      latencies.push_back(SinceDue(*worker));
      if (Clock::now() < end) Send(*worker, Clock::now());
    }
    return Of(std::move(latencies), Clock::now() - begin);
  }

 private:
  static double SinceDue(const StubWorker& worker) {
    return std::chrono::duration<double, std::milli>(Clock::now() - worker.due).count();
  }

  static Measured Of(std::vector<double> latencies, Clock::duration took) {
    std::sort(latencies.begin(), latencies.end());
    const std::size_t count = latencies.size();
    return {static_cast<double>(count) / std::chrono::duration<double>(took).count(),
            latencies[count / 2], latencies[count * 99 / 100]};
  }

  void Send(StubWorker& worker, Clock::time_point due) {
    worker.due = due;
    ++worker.syncs;
    for (v1::RunningAttempt& running : *worker.request.mutable_running()) {
      running.set_output_bytes(100 * worker.syncs);
    }
    worker.call = std::make_unique<Call>();
    worker.call->context.set_wait_for_ready(true);
    worker.call->reader = worker.stub->AsyncSync(&worker.call->context, worker.request, &queue_);
    worker.call->reader->Finish(&worker.call->response, &worker.call->status, &worker);
    ++under_way_;
  }

  // The next worker that was answered, nothing once it is `until`.
  StubWorker* Take(Clock::time_point until) {
    void* tag = nullptr;
    bool ok = false;
    const auto deadline =
        std::chrono::system_clock::now() +
        std::chrono::duration_cast<std::chrono::system_clock::duration>(until - Clock::now());
    if (queue_.AsyncNext(&tag, &ok, deadline) != grpc::CompletionQueue::GOT_EVENT) return nullptr;
    --under_way_;
    auto* worker = static_cast<StubWorker*>(tag);
    const std::unique_ptr<Call> call = std::move(worker->call);
    ASSAY_CHECK(call->status.ok());
    for (const v1::Assignment& start : call->response.start()) {
      v1::RunningAttempt& running = *worker->request.add_running();
      running.set_attempt(start.attempt());
      running.set_unit_id(start.unit().id());
    }
    ASSAY_CHECK(call->response.cancel_size() == 0 && call->response.lease_over_size() == 0);
    worker->request.set_free_slots(kHeld - worker->request.running_size());
    return worker;
  }

  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<StubWorker>> workers_;
  int under_way_ = 0;
};

struct Figures {
  std::vector<double> per_s, p50_ms, p99_ms, cpu_us, share;

  void Add(const Measured& measured, double cpu_s, double seconds) {
    per_s.push_back(measured.per_s);
    p50_ms.push_back(measured.p50_ms);
    p99_ms.push_back(measured.p99_ms);
    cpu_us.push_back(1e6 * cpu_s / (measured.per_s * seconds));
    share.push_back(cpu_s / seconds);
  }
};

void SyncPart(BenchReport& report, int workers, int runs) {
  Figures paced, closed;
  std::vector<double> memory;
  for (int run = 0; run < report.RunsOr(1); ++run) {
    const BenchFolder folder;
    BenchCluster cluster(folder.path());
    BenchJob job;
    job.samples = workers * kHeld / runs;
    job.at_once = workers * kHeld;
    for (int i = 0; i < runs; ++i) cluster.Submit("bench" + std::to_string(i), job);
    const double before = cluster.coordinator().Memory("RssAnon");
    StubWorkers stubs(cluster.address(), workers);
    stubs.FillUp();
    const auto measure = [&](Measured (StubWorkers::*how)(), Figures& figures) {
      const double cpu_before = cluster.coordinator().CpuSeconds();
      Measured measured;
      const double seconds = SecondsOf([&] { measured = (stubs.*how)(); });
      figures.Add(measured, cluster.coordinator().CpuSeconds() - cpu_before, seconds);
    };
    measure(&StubWorkers::Paced, paced);
    measure(&StubWorkers::Closed, closed);
    memory.push_back((cluster.coordinator().Memory("RssAnon") - before) / 1024 / workers);
  }
  const std::string of =
      std::to_string(workers) + " workers, " + std::to_string(runs) + " open runs, ";
  report.Add({of + "a Sync a second each: p50", paced.p50_ms, "ms"});
  report.Add({of + "a Sync a second each: p99", paced.p99_ms, "ms"});
  report.Add({of + "a Sync a second each: CPU a Sync", paced.cpu_us, "us"});
  report.Add({of + "a Sync a second each: the coordinator", paced.share, "cores"});
  report.Add({of + "as fast as they can: Syncs", closed.per_s, "1/s"});
  report.Add({of + "as fast as they can: p50", closed.p50_ms, "ms"});
  report.Add({of + "as fast as they can: p99", closed.p99_ms, "ms"});
  report.Add({of + "as fast as they can: CPU a Sync", closed.cpu_us, "us"});
  report.Add({of + "coordinator's memory a worker", memory, "KiB"});
}

int Run(int argc, char** argv) {
  BenchReport report("Sync: stub workers that hold 16 units each", ParseBenchOptions(argc, argv));
  if (!RedisServer::Installed()) {
    report.Note(RedisServer::kMissing);
    return report.Finish();
  }
  if (report.options().Wants("few")) SyncPart(report, 100, 1);
  if (report.options().Wants("runs")) SyncPart(report, 100, 100);
  if (report.options().Wants("many")) SyncPart(report, 1000, 1);
  report.Note("the stubs share the machine: one thread, one completion queue, a connection each");
  return report.Finish();
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Run(argc, argv); }
