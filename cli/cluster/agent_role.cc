// assay worker and assay judge: an agent in a process of its own.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <thread>

#include "cli/cluster/cluster_addresses.h"
#include "cli/cluster/interrupts.h"
#include "cli/cluster/node_config.h"
#include "cli/cluster/roles.h"
#include "cli/cluster/server_ready.h"
#include "cli/embedded/metered_clients.h"
#include "cli/embedded/run_figures.h"
#include "common/agent/task_agent.h"
#include "common/base/log.h"
#include "common/http/curl_transport.h"
#include "common/json/json.h"
#include "common/llm/openai_chat_client.h"
#include "common/metrics/prometheus_metrics.h"
#include "common/rpc/grpc_work_client.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/system_clock.h"
#include "common/sandbox/linux_program_runner.h"
#include "judge/scorer_registry.h"
#include "worker/strategy_registry.h"

namespace assay {
namespace {

constexpr int kUnsettledRoom = 16;

// Which variables a spec that came over the network may name: those on the list, or without one
// those that are called a key.
EnvironmentLookup AllowedKeys(const CliContext& context, const v1::AgentConfig& config) {
  std::vector<std::string> allowed(config.key_env().begin(), config.key_env().end());
  return [environment = context.environment,
          allowed = std::move(allowed)](const std::string& name) -> std::optional<std::string> {
    const bool named = std::find(allowed.begin(), allowed.end(), name) != allowed.end();
    if (!named && !(allowed.empty() && name.ends_with("_API_KEY"))) {
      Log(LogLevel::kWarning, "key_not_allowed", {{"variable", EscapeForTerminal(name)}});
      return std::nullopt;
    }
    return environment(name);
  };
}

class AgentNode {
 public:
  AgentNode(const CliContext& context, NodeRole role, v1::AgentConfig config)
      : context_(context), role_(role), config_(std::move(config)), random_(SystemSeed()) {}

  int Run(bool json);

 private:
  absl::Status Open();
  void MakeAgent();
  void OpenSandbox();
  void Begin();
  void Drain(absl::Duration limit);
  void OnEnded(absl::Status status);
  void Close();
  std::string name() const { return role_ == NodeRole::kWorker ? "worker" : "judge"; }

  const CliContext& context_;
  const NodeRole role_;
  const v1::AgentConfig config_;
  Random random_;
  SystemClock clock_;
  AsioExecutor executor_;
  std::unique_ptr<PrometheusMetrics> metrics_;
  std::unique_ptr<ApiKeys> keys_;
  std::unique_ptr<CurlTransport> transport_;
  std::unique_ptr<ServerReady> server_ready_;
  std::unique_ptr<OpenAiChatClient> chat_;
  std::unique_ptr<LinuxProgramRunner> programs_;  // judges that can
  std::unique_ptr<LeaderChannels> channels_;
  std::unique_ptr<GrpcWorkClient> work_;
  std::unique_ptr<MeteredChatClient> metered_chat_;
  std::unique_ptr<MeteredWorkClient> metered_work_;
  std::unique_ptr<TaskAgent> agent_;
  bool begun_ = false;
  bool ended_ = false;
  std::promise<absl::Status> end_;
};

absl::Status AgentNode::Open() {
  ASSAY_ASSIGN_OR_RETURN(
      channels_,
      LeaderChannels::Make(CoordinatorAddresses(
          {config_.coordinators().begin(), config_.coordinators().end()}, context_.environment)));
  if (config_.metrics_port() > 0) {
    ASSAY_ASSIGN_OR_RETURN(metrics_, PrometheusMetrics::Serve(config_.metrics_port()));
  }
  keys_ = std::make_unique<ApiKeys>(AllowedKeys(context_, config_));
  transport_ = std::make_unique<CurlTransport>();
  chat_ = std::make_unique<OpenAiChatClient>(
      OpenAiChatClient::Environment{.transport = transport_.get(),
                                    .executor = &executor_,
                                    .clock = &clock_,
                                    .keys = keys_.get()});
  GrpcWorkOptions work;
  work.sync_deadline = absl::Seconds(config_.sync_deadline_s());
  work.call_deadline = absl::Seconds(config_.rpc_deadline_s());
  work_ = std::make_unique<GrpcWorkClient>(executor_, *channels_, work);
  MakeAgent();
  return absl::OkStatus();
}

void AgentNode::MakeAgent() {
  MetricRegistry& metrics =
      metrics_ != nullptr ? static_cast<MetricRegistry&>(*metrics_) : NoMetrics();
  DeclareAgentMetrics(metrics);
  metered_chat_ = std::make_unique<MeteredChatClient>(
      *chat_, metrics, clock_, role_ == NodeRole::kWorker ? "generate" : "judge");
  metered_work_ = std::make_unique<MeteredWorkClient>(*work_, metrics, clock_);
  TaskAgentOptions options;
  options.agent_id = config_.id();
  options.slots = config_.slots();
  options.max_unsettled = config_.slots() + kUnsettledRoom;
  options.sync_timeout = 2 * absl::Seconds(config_.sync_deadline_s());
#ifdef ASSAY_FAILPOINTS
  options.journal_after_step = context_.environment("ASSAY_MUTANT") == "journal_after_step";
#endif
  if (role_ == NodeRole::kWorker) {
    options.kinds = {v1::UNIT_KIND_GENERATE};
  } else {
    options.kinds = {v1::UNIT_KIND_PREPARE, v1::UNIT_KIND_SCORE_RULES, v1::UNIT_KIND_SCORE_JUDGED};
    OpenSandbox();
    if (programs_ != nullptr) options.kinds.push_back(v1::UNIT_KIND_SCORE_PROGRAMS);
  }
  agent_ = std::make_unique<TaskAgent>(
      TaskAgentSeams{.executor = executor_,
                     .clock = clock_,
                     .work = *metered_work_,
                     .chat = *metered_chat_,
                     .factory = role_ == NodeRole::kWorker ? MachineFactory(MakeStrategy)
                                                           : MachineFactory(MakeScorer),
                     .random = random_.Fork(),
                     .programs = programs_.get()},
      std::move(options));
}

// A judge without one takes what it can.
void AgentNode::OpenSandbox() {
  auto made = LinuxProgramRunner::Make(executor_, {.threads = config_.programs_at_once()});
  if (made.ok()) {
    programs_ = *std::move(made);
  } else {
    Log(LogLevel::kWarning, "no_sandbox",
        {{"agent", config_.id()}, {"reason", std::string(MessageOf(made.status()))}});
  }
}

void AgentNode::Begin() {
  if (ended_) return;
  begun_ = true;
  Log(LogLevel::kInfo, "agent_started", {{"agent", config_.id()}, {"slots", config_.slots()}});
  agent_->Start([this](absl::Status status) { OnEnded(std::move(status)); });
}

void AgentNode::Drain(absl::Duration limit) {
  if (!begun_) return OnEnded(absl::OkStatus());
  agent_->Drain(limit);
}

void AgentNode::OnEnded(absl::Status status) {
  if (std::exchange(ended_, true)) return;
  end_.set_value(std::move(status));
}

// Nothing runs on the executor any more. Callers before what they call.
void AgentNode::Close() {
  agent_.reset();
  programs_.reset();
  metered_work_.reset();
  metered_chat_.reset();
  work_.reset();
  chat_.reset();
  transport_.reset();
  server_ready_.reset();
}

int AgentNode::Run(bool json) {
  if (const absl::Status opened = Open(); !opened.ok()) return Fail(context_, name(), opened);
  Interrupts interrupts(context_, [this](int count) {
    if (count > 2) ::_exit(kExitInterrupted);
    const absl::Duration limit =
        count == 1 ? absl::Seconds(config_.drain_s()) : absl::ZeroDuration();
    executor_.Post([this, limit] { Drain(limit); });
  });
  std::thread core([this] { executor_.RunUntilStopped(); });
  if (config_.wait_for().empty()) {
    executor_.Post([this] { Begin(); });
  } else {
    server_ready_ = std::make_unique<ServerReady>(
        *transport_, executor_, config_.wait_for(), [this](std::vector<std::string> models) {
          agent_->Register(config_.wait_for(), std::move(models));
          Begin();
        });
  }
  if (json) {
    context_.console->Record(
        DumpJson(OrderedJson{{"record", "started"}, {"role", name()}, {"agent", config_.id()}}));
  } else {
    context_.console->Print(config_.id() + "\n");
  }
  const absl::Status end = end_.get_future().get();
  executor_.Stop();
  core.join();
  Close();
  return end.ok() ? kExitOk : Fail(context_, name(), end, kExitInfrastructure);
}

}  // namespace

int RunAgent(const CliContext& context, const NodeVerb& verb) {
  const std::string role = verb.role == NodeRole::kWorker ? "worker" : "judge";
  const auto config = LoadAgentConfig({verb.config, verb.values}, role, *context.random);
  if (!config.ok()) return Fail(context, role, config.status());
  return AgentNode(context, verb.role, *config).Run(verb.json);
}

int NodeCommand(const CliContext& context, const NodeVerb& verb) {
  std::signal(SIGPIPE, SIG_IGN);
  PrepareGrpcEnvironment();
  context.console->UseJson(verb.json);
  return verb.role == NodeRole::kCoordinator ? RunCoordinator(context, verb)
                                             : RunAgent(context, verb);
}

}  // namespace assay
