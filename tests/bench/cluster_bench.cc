// The cluster as users run it: coordinator, worker and judge as processes of their own over a
// redis-server with appendfsync always, against a model server that answers at once.
//
//   job       samples a second from submit to sealed, where the CPU time goes, and fsyncs
//   memory    what a unit costs in the coordinator and in Redis, and the time to take a run over
//   runs      the same of many small runs
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/bench/bench_cluster.h"
#include "tests/bench/bench_report.h"
#include "tests/bench/mock_llm.h"

namespace assay {
namespace {

constexpr int kSlots = 64;
constexpr int kUnitsOfSample = 3;  // generation, rules, rubric

struct JobCosts {
  std::vector<double> samples_per_s, coordinator_ms, worker_ms, judge_ms, redis_ms, server_ms,
      segment_syncs, redis_syncs, segment_bytes, redis_bytes;
};

void RunJob(const MockLlm& server, int samples, JobCosts& costs) {
  const BenchFolder folder;
  BenchCluster cluster(folder.path());
  cluster.StartAgent("worker", kSlots);
  cluster.StartAgent("judge", kSlots);
  const double server_before = server.CpuSeconds();
  const double redis_before = cluster.RedisCpuSeconds();
  const double coordinator_before = cluster.coordinator().CpuSeconds();
  const double memory_before = cluster.RedisInfo("used_memory");
  const std::string url = server.url() + "/v1";
  const double seconds = SecondsOf([&] {
    cluster.Submit("bench", {samples, url, url, kSlots});
    cluster.Watch("bench");
  });
  const auto ms = [&](double cpu_seconds) { return 1e3 * cpu_seconds / samples; };
  costs.samples_per_s.push_back(samples / seconds);
  costs.coordinator_ms.push_back(ms(cluster.coordinator().CpuSeconds() - coordinator_before));
  for (const auto& [name, agent] : cluster.agents()) {
    (name.starts_with("worker") ? costs.worker_ms : costs.judge_ms)
        .push_back(ms(agent->CpuSeconds()));
  }
  costs.redis_ms.push_back(ms(cluster.RedisCpuSeconds() - redis_before));
  costs.server_ms.push_back(ms(server.CpuSeconds() - server_before));
  costs.redis_bytes.push_back((cluster.RedisInfo("used_memory") - memory_before) / samples);
  costs.segment_bytes.push_back(cluster.BlobBytes() / samples);
  cluster.coordinator().Terminate();
  costs.segment_syncs.push_back(static_cast<double>(cluster.coordinator().Syncs()) / samples);
  costs.redis_syncs.push_back(static_cast<double>(cluster.StopRedis()) / samples);
}

void JobPart(BenchReport& report) {
  const MockLlm server({.texts = 64});
  for (const int samples : {1000, 4000}) {
    JobCosts costs;
    for (int run = 0; run < report.RunsOr(3); ++run) RunJob(server, samples, costs);
    const std::string of = std::to_string(samples) + " samples: ";
    report.Add({of + "submit to sealed", costs.samples_per_s, "samples/s", AtLeast(500)});
    report.Add({of + "CPU a sample, coordinator", costs.coordinator_ms, "ms"});
    report.Add({of + "CPU a sample, worker", costs.worker_ms, "ms"});
    report.Add({of + "CPU a sample, judge", costs.judge_ms, "ms"});
    report.Add({of + "CPU a sample, redis-server", costs.redis_ms, "ms"});
    report.Add({of + "CPU a sample, model server", costs.server_ms, "ms"});
    report.Add({of + "fsyncs a sample, segments", costs.segment_syncs, "calls"});
    report.Add({of + "fsyncs a sample, redis-server", costs.redis_syncs, "calls"});
    report.Add({of + "segments a sample", costs.segment_bytes, "bytes"});
    report.Add({of + "Redis memory a sample", costs.redis_bytes, "bytes"});
  }
}

void MemoryPart(BenchReport& report) {
  for (const int units : {100'000, 1'000'000}) {
    const BenchFolder folder;
    // Pages that were freed go back at once, so that what is resident is what is held.
    ::setenv("MALLOC_CONF", "background_thread:true,dirty_decay_ms:200,muzzy_decay_ms:0", 1);
    BenchCluster cluster(folder.path());
    const double before = cluster.coordinator().Memory("RssAnon");
    const double redis_before = cluster.RedisInfo("used_memory");
    const int samples = (units + kUnitsOfSample - 1) / kUnitsOfSample;
    const double submit_s = SecondsOf([&] { cluster.Submit("bench", {samples}); });
    ::sleep(2);
    const double after = cluster.coordinator().Memory("RssAnon");
    const double peak = cluster.coordinator().Memory("VmHWM");
    const double redis_after = cluster.RedisInfo("used_memory");
    const double takeover_s = SecondsOf([&] { cluster.StartCoordinator(); });
    ::sleep(2);
    const double taken_over = cluster.coordinator().Memory("RssAnon");
    ::unsetenv("MALLOC_CONF");
    const std::string of = std::to_string(units) + " units: ";
    report.Add({of + "coordinator, a unit, its share of the suite included",
                {(after - before) / units},
                "bytes",
                AtMost(500)});
    report.Add(
        {of + "the same after a takeover", {(taken_over - before) / units}, "bytes", AtMost(500)});
    report.Add({of + "coordinator, peak", {peak / (1 << 20)}, "MiB"});
    report.Add(
        {of + "Redis, a unit", {(redis_after - redis_before) / units}, "bytes", AtMost(500)});
    report.Add({of + "reading, sending and accepting the run", {submit_s}, "s"});
    report.Add({of + "planned takeover: SIGTERM, start, leading", {takeover_s}, "s"});
  }
}

void RunsPart(BenchReport& report) {
  for (const int runs : {10, 100}) {
    const BenchFolder folder;
    BenchCluster cluster(folder.path());
    const double before = cluster.coordinator().Memory("RssAnon");
    const double redis_before = cluster.RedisInfo("used_memory");
    const double cpu_before = cluster.coordinator().CpuSeconds();
    const double submit_s = SecondsOf([&] {
      for (int i = 0; i < runs; ++i) cluster.Submit("bench" + std::to_string(i), {100});
    });
    const double cpu_s = cluster.coordinator().CpuSeconds() - cpu_before;
    const double after = cluster.coordinator().Memory("RssAnon");
    const double redis_after = cluster.RedisInfo("used_memory");
    const double takeover_s = SecondsOf([&] { cluster.StartCoordinator(); });
    const std::string of = std::to_string(runs) + " open runs of 100 samples: ";
    report.Add({of + "coordinator, a run", {(after - before) / 1024 / runs}, "KiB"});
    report.Add({of + "Redis, a run", {(redis_after - redis_before) / 1024 / runs}, "KiB"});
    report.Add({of + "assay submit, one after the other", {1e3 * submit_s / runs}, "ms"});
    report.Add({of + "coordinator's CPU a submit", {1e3 * cpu_s / runs}, "ms"});
    report.Add({of + "planned takeover: SIGTERM, start, leading", {takeover_s}, "s"});
  }
}

int Run(int argc, char** argv) {
  BenchReport report("Cluster: real processes, Redis with appendfsync always",
                     ParseBenchOptions(argc, argv));
  if (!RedisServer::Installed()) {
    report.Note(RedisServer::kMissing);
    return report.Finish();
  }
  if (report.options().Wants("job")) JobPart(report);
  if (report.options().Wants("memory")) MemoryPart(report);
  if (report.options().Wants("runs")) RunsPart(report);
  report.Note("one coordinator, one worker and one judge of 64 slots each, all on this machine");
  return report.Finish();
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Run(argc, argv); }
