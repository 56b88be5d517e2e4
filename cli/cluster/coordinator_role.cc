// assay coordinator: desk, stores, election and services, wired.
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <future>
#include <optional>
#include <thread>

#include "cli/cluster/coordinator_metrics.h"
#include "cli/cluster/interrupts.h"
#include "cli/cluster/metered_store.h"
#include "cli/cluster/node_config.h"
#include "cli/cluster/redis_location.h"
#include "cli/cluster/roles.h"
#include "common/base/log.h"
#include "common/blob/segment_blob_store.h"
#include "common/json/json.h"
#include "common/metrics/prometheus_metrics.h"
#include "common/rpc/grpc_server.h"
#include "common/rpc/leader_channels.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/system_clock.h"
#include "coordinator/rpc/run_desk.h"
#include "coordinator/rpc/run_service.h"
#include "coordinator/rpc/work_service.h"
#include "coordinator/store/memory_run_store.h"
#include "coordinator/store/redis_connection.h"
#include "coordinator/store/redis_leader_election.h"
#include "coordinator/store/redis_run_store.h"
#include "coordinator/store/redis_schema.h"
#include "judge/scorer_registry.h"

namespace assay {
namespace {

constexpr absl::Duration kMetricsInterval = absl::Seconds(1);
constexpr absl::Duration kResignLimit = absl::Seconds(3);

CoordinatorOptions OptionsOf(const v1::CoordinatorConfig& config) {
  CoordinatorOptions options;
  options.lease = absl::Seconds(config.lease_s());
  options.lease_grace = absl::Seconds(config.lease_grace_s());
  options.poll_hold = absl::Seconds(config.sync_hold_s());
  options.progress_limit = absl::Seconds(config.progress_limit_s());
  options.cancel_grace = absl::Seconds(config.cancel_grace_s());
  options.storage_retry = absl::Seconds(config.storage_retry_s());
  return options;
}

// Redis and who leads in it. Two clients, since waiting for replicas must not hold renewals up.
struct RedisParts {
  std::unique_ptr<RedisConnection> store_client;
  std::unique_ptr<RedisConnection> election_client;
  std::unique_ptr<MeteredRedisClient> metered_store_client;
  std::unique_ptr<MeteredRedisClient> metered_election_client;
  std::unique_ptr<RedisRunStore> store;
  std::unique_ptr<RedisLeaderElection> election;

  // Clients before what they call.
  ~RedisParts() {
    store_client.reset();
    election_client.reset();
  }
};

class CoordinatorNode : private LeadershipListener {
 public:
  CoordinatorNode(const CliContext& context, v1::CoordinatorConfig config)
      : context_(context), config_(std::move(config)), random_(SystemSeed()) {}

  int Run(bool json);

 private:
  absl::Status Open();
  void OpenRedis();
  absl::Status Serve();
  void Begin();
  void Stop();
  void Tick();
  void Announce(bool json);
  void Lead(const LeaderToken& token);
  // Ends the process.
  void Leave(absl::Status why);

  void OnElected(const LeaderToken& token) override;
  void OnDemoted(std::string_view why) override;

  MetricRegistry& registry() {
    return metrics_ != nullptr ? static_cast<MetricRegistry&>(*metrics_) : NoMetrics();
  }
  std::string address() const {
    return config_.advertise().empty() ? server_->address() : config_.advertise();
  }

  const CliContext& context_;
  const v1::CoordinatorConfig config_;
  Random random_;
  SystemClock clock_;
  AsioExecutor executor_;
  std::unique_ptr<PrometheusMetrics> metrics_;
  std::unique_ptr<CoordinatorMetrics> figures_;
  std::unique_ptr<SegmentBlobStore> blobs_;
  std::unique_ptr<MemoryRunStore> memory_;
  std::unique_ptr<RedisParts> redis_;
  std::unique_ptr<MeteredRunStore> metered_store_;
  std::unique_ptr<RunDesk> desk_;
  std::unique_ptr<WorkService> work_service_;
  std::unique_ptr<RunService> run_service_;
  std::unique_ptr<GrpcServer> server_;
  std::uint64_t epoch_ = 0;
  std::promise<void> leave_;
  std::atomic<bool> leaving_{false};
  absl::Status failure_;  // core thread
};

absl::Status CoordinatorNode::Open() {
  SegmentStoreOptions segments;
  segments.directory = config_.blob_dir();
  segments.writer = config_.writer();
  ASSAY_ASSIGN_OR_RETURN(blobs_, SegmentBlobStore::Open(std::move(segments), &executor_));
  for (const SegmentProblem& problem : blobs_->open_problems()) {
    if (!problem.loses_data()) continue;
    Log(LogLevel::kError, "store_damaged", {{"problem", Describe(problem)}});
  }
  if (config_.metrics_port() > 0) {
    ASSAY_ASSIGN_OR_RETURN(metrics_, PrometheusMetrics::Serve(config_.metrics_port()));
  }
  figures_ = std::make_unique<CoordinatorMetrics>(registry(), clock_);
  if (config_.store() == "memory") {
    memory_ = std::make_unique<MemoryRunStore>(executor_);
  } else {
    OpenRedis();
  }
  RunStore& store = memory_ != nullptr ? static_cast<RunStore&>(*memory_)
                                       : static_cast<RunStore&>(*redis_->store);
  metered_store_ = std::make_unique<MeteredRunStore>(store, registry(), clock_);
  RunDeskSeams seams{
      executor_, clock_, *metered_store_, *blobs_, {}, ScorerNeedsCalls, random_.Fork(), {}, {}};
  seams.refresh = [this] { return blobs_->Refresh(); };
  seams.other_leader = [this]() -> std::string {
    if (redis_ == nullptr || redis_->election == nullptr) return "";
    const std::string leader = redis_->election->leader_address();
    return leader == address() ? "" : leader;
  };
  seams.fenced = [this](std::uint64_t epoch, const std::string&) {
    if (redis_ != nullptr) redis_->election->Surrender(std::max(epoch, epoch_));
  };
  seams.in_term = [this] {
    if (redis_ == nullptr) return true;
    const std::optional<LeaderToken> token = redis_->election->token();
    return token.has_value() && token->epoch == epoch_;
  };
  desk_ = std::make_unique<RunDesk>(std::move(seams), OptionsOf(config_));
  return absl::OkStatus();
}

void CoordinatorNode::OpenRedis() {
  redis_ = std::make_unique<RedisParts>();
  const RedisLocation location = LocationIn(config_);
  RedisConnectionOptions options = RedisConnectionTo(location, context_);
  redis_->election_client = std::make_unique<RedisConnection>(executor_, options);
  options.check_settings = true;
  redis_->store_client = std::make_unique<RedisConnection>(executor_, options);
  RedisRunStoreOptions storing;
  storing.durability.wait = ReplicaWaitOf(location);
  redis_->metered_store_client =
      std::make_unique<MeteredRedisClient>(*redis_->store_client, registry(), clock_);
  redis_->metered_election_client =
      std::make_unique<MeteredRedisClient>(*redis_->election_client, registry(), clock_);
  redis_->store =
      std::make_unique<RedisRunStore>(executor_, *redis_->metered_store_client, storing);
  figures_->WatchRedis(*redis_->store, *redis_->metered_store_client);
}

absl::Status CoordinatorNode::Serve() {
  work_service_ = std::make_unique<WorkService>(*desk_, clock_);
  run_service_ = std::make_unique<RunService>(*desk_);
  GrpcServerOptions options;
  options.listen = config_.listen();
  options.insecure_listen = config_.insecure_listen();
  options.max_connection_age = absl::Seconds(config_.max_connection_age_s());
  ASSAY_ASSIGN_OR_RETURN(server_,
                         GrpcServer::Start(options, {work_service_.get(), run_service_.get()}));
  return absl::OkStatus();
}

void CoordinatorNode::Begin() {
  if (redis_ == nullptr) {
    OnElected({1, random_.Hex(16)});
  } else {
    RedisLeaderElectionOptions options;
    options.address = address();
    options.ttl = absl::Seconds(config_.election_ttl_s());
    options.renew = absl::Seconds(config_.election_renew_s());
    options.demote_after = absl::Seconds(config_.election_demote_s());
    options.retry = std::min(options.retry, options.renew);
    options.wait = ReplicaWaitOf(LocationIn(config_));
    redis_->election = std::make_unique<RedisLeaderElection>(
        executor_, clock_, *redis_->metered_election_client, random_.Fork(), options);
    redis_->election->Start(this);
  }
  if (metrics_ != nullptr) Tick();
}

void CoordinatorNode::OnElected(const LeaderToken& token) {
  figures_->OnElected(token.epoch);
  epoch_ = token.epoch;
  if (redis_ == nullptr) return Lead(token);
  CheckRedisSchema(*redis_->store_client, [this, token](absl::Status status) {
    if (redis_->election->token() != token) return;
    if (status.ok()) return Lead(token);
    Log(LogLevel::kError, "takeover_failed", {{"status", MessageOf(status)}});
    // Another version of the program made this data: it is not for this one to lead.
    if (absl::IsFailedPrecondition(status)) return Leave(std::move(status));
    redis_->election->Surrender(token.epoch);
  });
}

void CoordinatorNode::Leave(absl::Status why) {
  failure_ = std::move(why);
  if (!leaving_.exchange(true)) leave_.set_value();
}

void CoordinatorNode::Lead(const LeaderToken& token) {
  desk_->Lead(token, [this, epoch = token.epoch](absl::Status status) {
    if (status.ok()) return server_->SetServing("leader", true);
    Log(LogLevel::kError, "takeover_failed", {{"status", MessageOf(status)}});
    if (redis_ != nullptr && epoch == epoch_) redis_->election->Surrender(epoch);
  });
}

void CoordinatorNode::OnDemoted(std::string_view why) {
  Log(LogLevel::kWarning, "demoted", {{"why", why}});
  server_->SetServing("leader", false);
  figures_->OnDemoted();
  desk_->StepDown(why);
}

void CoordinatorNode::Tick() {
  figures_->Publish(desk_->leader());
  executor_.RunAfter(kMetricsInterval, [this] { Tick(); });
}

void CoordinatorNode::Announce(bool json) {
  if (!json) {
    context_.console->Print(server_->address() + "\n");
    return;
  }
  OrderedJson record = {
      {"record", "listening"}, {"role", "coordinator"}, {"address", server_->address()}};
  if (metrics_ != nullptr) record["metrics_port"] = metrics_->port();
  context_.console->Record(DumpJson(record));
}

// Another coordinator may take over at once, agents that wait here go and look for it, and calls
// that are open may end.
void CoordinatorNode::Stop() {
  // Shared, since an answer may come after the wait was given up.
  auto resigned = std::make_shared<std::promise<void>>();
  std::future<void> done = resigned->get_future();
  executor_.Post([this, resigned] {
    server_->SetServing("leader", false);
    desk_->StepDown("shutting down");
    if (redis_ == nullptr) return resigned->set_value();
    redis_->election->Resign([resigned](absl::Status) { resigned->set_value(); });
  });
  (void)done.wait_for(absl::ToChronoMilliseconds(kResignLimit));
  server_->Drain(absl::Seconds(config_.drain_s()));
}

int CoordinatorNode::Run(bool json) {
  absl::Status started = Open();
  if (started.ok()) started = Serve();
  if (!started.ok()) return Fail(context_, "coordinator", started);
  Interrupts interrupts(context_, [this](int count) {
    if (count > 1) ::_exit(kExitInterrupted);
    if (!leaving_.exchange(true)) leave_.set_value();
  });
  std::thread core([this] { executor_.RunUntilStopped(); });
  executor_.Post([this] { Begin(); });
  Announce(json);
  leave_.get_future().wait();
  Stop();
  executor_.Stop();
  core.join();
  server_.reset();
  run_service_.reset();
  work_service_.reset();
  desk_.reset();
  redis_.reset();
  blobs_.reset();
  return failure_.ok() ? kExitOk : Fail(context_, "coordinator", failure_, kExitInfrastructure);
}

}  // namespace

int RunCoordinator(const CliContext& context, const NodeVerb& verb) {
  const auto config = LoadCoordinatorConfig({verb.config, verb.values});
  if (!config.ok()) return Fail(context, "coordinator", config.status());
  return CoordinatorNode(context, *config).Run(verb.json);
}

}  // namespace assay
