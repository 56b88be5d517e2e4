// The run store on a real redis-server of its own, on this machine: how long a commit takes, how
// many scripts a second pass, and what a unit costs in memory at one million units.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "coordinator/store/redis_connection.h"
#include "coordinator/store/redis_run_store.h"
#include "tests/bench/bench_report.h"
#include "tests/fakes/inbox_executor.h"
#include "tests/fakes/redis_server.h"

namespace assay {
namespace {

constexpr int kShardSamples = 256;
constexpr int kMillion = 1'000'000;
const LeaderToken kLeader{1, "0123456789abcdef"};
const std::vector<std::string> kStages = {"g.model-a.0", "s.rules.model-a.0", "s.rubric.model-a.0",
                                          "s.claims.model-a.0"};

class Store {
 public:
  explicit Store(const std::string& address) {
    RedisConnectionOptions options;
    options.servers = {address};
    options.scripts = RedisScripts::BuiltIn().All();
    options.session.io_timeout = absl::Minutes(1);
    connection_ = std::make_unique<RedisConnection>(executor_, options);
    store_ = std::make_unique<RedisRunStore>(executor_, *connection_);
  }
  ~Store() { connection_.reset(); }

  // Keeps at most `window` transitions under way.
  void Apply(Transition transition, int window) {
    ASSAY_CHECK(executor_.RunUntil([&] { return under_way_ < window; }));
    ++under_way_;
    store_->Apply(std::move(transition), [this](absl::StatusOr<StoreReply> reply) {
      ASSAY_CHECK(reply.ok() && reply->code == StoreCode::kOk);
      --under_way_;
    });
  }
  void Finish() {
    ASSAY_CHECK(executor_.RunUntil([&] { return under_way_ == 0; }, std::chrono::minutes(5)));
  }
  std::int64_t ReadAll(int shards) {
    std::int64_t units = 0;
    int left = shards;
    for (int shard = 0; shard < shards; ++shard) {
      store_->ReadShard({"run", shard}, [&](absl::StatusOr<ShardView> view) {
        ASSAY_CHECK(view.ok());
        units += view->counts.total;
        --left;
      });
    }
    ASSAY_CHECK(executor_.RunUntil([&] { return left == 0; }, std::chrono::minutes(5)));
    return units;
  }

 private:
  InboxExecutor executor_;
  std::unique_ptr<RedisConnection> connection_;
  std::unique_ptr<RedisRunStore> store_;
  int under_way_ = 0;
};

CreateShard ShardOf(int shard, int samples, bool done) {
  CreateShard create{{"run", shard}, kLeader, 0, {}, {}};
  for (const std::string& name : kStages) {
    StageSeed stage{name, "sha256:" + std::string(64, 'c'), {}};
    for (int i = 0; i < samples; ++i) {
      UnitSeed unit;
      unit.sample_index = shard * kShardSamples + i;
      if (done) {
        unit.state = v1::UNIT_STATE_DONE;
        unit.attempt = {1, 0x0123456789abcdefu + static_cast<std::uint64_t>(i)};
        unit.record = std::string(kMaxRecordBytes, static_cast<char>('a' + i % 26));
      }
      stage.units.push_back(std::move(unit));
    }
    create.stages.push_back(std::move(stage));
  }
  if (done) create.sums = {{"rubric.overall", 123'456'789}, {"words", 1'234'567}};
  return create;
}

CommitUnit CommitOf(int unit) {
  const int shard = unit / kShardSamples;
  std::vector<UnitAddress> dependents;
  for (std::size_t i = 1; i < kStages.size(); ++i) dependents.push_back({kStages[i], unit});
  return {{"run", shard},
          kLeader,
          {kStages[0], unit},
          {1, 7},
          "sha256:" + std::string(64, 'c'),
          std::string(kMaxRecordBytes, 'r'),
          std::move(dependents),
          {{"rubric.overall", 4'500'000}, {"words", 1200}}};
}

// Grants of 16 units each, as an agent with 16 slots gets them.
void GrantAll(Store& store, int units) {
  for (int unit = 0; unit < units; unit += 16) {
    GrantUnits grant{{"run", unit / kShardSamples}, kLeader, {}};
    for (int i = 0; i < 16; ++i) grant.grants.push_back({{kStages[0], unit + i}, {1, 7}});
    store.Apply(std::move(grant), 64);
  }
  store.Finish();
}

void CommitPart(BenchReport& report) {
  const int latency_units = 512;
  const int rate_units = 20 * 1024;
  std::vector<double> p50, p99, rate;
  for (int run = 0; run < report.RunsOr(3); ++run) {
    RedisServerOptions options;
    options.appendfsync = "always";
    RedisServer server(options);
    Store store(server.address());
    const int units = latency_units + rate_units;
    for (int shard = 0; shard * kShardSamples < units; ++shard) {
      store.Apply(ShardOf(shard, kShardSamples, false), 16);
    }
    store.Finish();
    GrantAll(store, units);
    std::vector<double> latencies;
    for (int unit = 0; unit < latency_units; ++unit) {
      latencies.push_back(1e3 * SecondsOf([&] {
                            store.Apply(CommitOf(unit), 1);
                            store.Finish();
                          }));
    }
    std::sort(latencies.begin(), latencies.end());
    p50.push_back(latencies[latencies.size() / 2]);
    p99.push_back(latencies[latencies.size() * 99 / 100]);
    const double seconds = SecondsOf([&] {
      for (int unit = latency_units; unit < units; ++unit) store.Apply(CommitOf(unit), 64);
      store.Finish();
    });
    rate.push_back(rate_units / seconds);
  }
  report.Add({"commit, one at a time, fsync always, p50", p50, "ms"});
  report.Add({"commit, one at a time, fsync always, p99", p99, "ms"});
  report.Add({"commits, 64 in flight, fsync always", rate, "1/s", AtLeast(2000)});
}

double UsedMemory(const RedisServer& server) {
  const std::string info = server.Run({"INFO", "memory"}).text;
  return std::strtod(info.c_str() + info.find("used_memory:") + 12, nullptr);
}

void MemoryPart(BenchReport& report) {
  const int samples = kMillion / static_cast<int>(kStages.size());
  const int shards = (samples + kShardSamples - 1) / kShardSamples;
  for (const bool done : {false, true}) {
    RedisServer server;
    Store store(server.address());
    store.Apply(ShardOf(shards, 1, done), 1);  // what the server takes for itself comes first
    store.Finish();
    const double before = UsedMemory(server);
    for (int shard = 0; shard < shards; ++shard) {
      const int of_shard = std::min(kShardSamples, samples - shard * kShardSamples);
      store.Apply(ShardOf(shard, of_shard, done), 8);
    }
    store.Finish();
    const double bytes = (UsedMemory(server) - before) / kMillion;
    report.Add({done ? "Redis memory, all done with records of 64 bytes, 1 M units"
                     : "Redis memory, all waiting, 1 M units",
                {bytes},
                "B/unit",
                AtMost(500)});
    if (!done) continue;
    std::int64_t units = 0;
    const double seconds = SecondsOf([&] { units = store.ReadAll(shards); });
    ASSAY_CHECK(units == kMillion);
    report.Add({"reading 1 M units back, as after a takeover", {seconds}, "s"});
  }
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  assay::BenchReport report("Run store in Redis", assay::ParseBenchOptions(argc, argv));
  if (!assay::RedisServer::Installed()) {
    report.Note(assay::RedisServer::kMissing);
    return report.Finish();
  }
  if (report.options().Wants("commit")) assay::CommitPart(report);
  if (report.options().Wants("memory")) assay::MemoryPart(report);
  report.Note(
      "one server and one client on this machine, unix socket; 4 stages, 256 samples a shard");
  return report.Finish();
}
