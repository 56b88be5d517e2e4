#include "cli/embedded/embedded_run.h"

#include <condition_variable>
#include <thread>
#include <utility>

#include "cli/embedded/embedded_session.h"
#include "cli/embedded/run_directory.h"
#include "common/base/mutex.h"
#include "common/http/curl_transport.h"
#include "common/llm/openai_chat_client.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/system_clock.h"
#include "common/sandbox/linux_program_runner.h"
#include "coordinator/core/recovery.h"
#include "coordinator/core/reopen.h"
#include "coordinator/core/run_plan.h"
#include "judge/scorer_registry.h"

namespace assay {

struct EmbeddedRun::State {
  EmbeddedRunOptions options;
  SystemClock clock;
  AsioExecutor executor;
  std::unique_ptr<SegmentBlobStore> blobs;
  std::unique_ptr<ApiKeys> keys;
  std::unique_ptr<CurlTransport> transport;
  std::unique_ptr<OpenAiChatClient> chat;
  std::unique_ptr<LinuxProgramRunner> programs;  // where a scorer needs it
  std::unique_ptr<EmbeddedSession> session;
  std::thread core;

  Mutex mutex;
  std::condition_variable ended;
  std::optional<EmbeddedResult> result ABSL_GUARDED_BY(mutex);

  void SetResult(EmbeddedResult value) {
    MutexLock lock(mutex);
    result = std::move(value);
    ended.notify_all();
  }
};

namespace {

// Writes the revision that opens lost units again, if there are any.
absl::Status Reopen(const v1::RunRecord& record, BlobStore& blobs, AsioExecutor& executor) {
  ASSAY_ASSIGN_OR_RETURN(const RunPlan plan, RunPlan::Make(record, ScorerNeedsCalls));
  ASSAY_ASSIGN_OR_RETURN(const RecoveredRun run, RecoverRun(plan, blobs));
  const auto revision = PlanReopen(plan, run, RetryableOutcomes());
  if (absl::IsNotFound(revision.status())) return absl::OkStatus();
  if (!revision.ok()) return revision.status();
  return PutAndWait(
      blobs, executor,
      {{RevisionKey(record.run_id(), revision->revision()), revision->SerializeAsString()}});
}

// The first scorer of the run that runs programs; empty: none does.
absl::StatusOr<std::string> ProgramScorer(const v1::RunRecord& record) {
  ASSAY_ASSIGN_OR_RETURN(const RunPlan plan, RunPlan::Make(record, ScorerNeedsCalls));
  for (const StageRange& range : plan.ranges()) {
    if (range.kind != v1::UNIT_KIND_SCORE_PROGRAMS) continue;
    return plan.ScorersOf(range.suite)[static_cast<std::size_t>(range.scorers[0])].id();
  }
  return std::string();
}

// Before anything is paid for.
absl::Status OpenSandbox(const v1::RunRecord& record, AsioExecutor& executor,
                         std::unique_ptr<LinuxProgramRunner>& programs) {
  ASSAY_ASSIGN_OR_RETURN(const std::string scorer, ProgramScorer(record));
  if (scorer.empty()) return absl::OkStatus();
  auto made = LinuxProgramRunner::Make(executor, {});
  if (!made.ok()) return Annotate(made.status(), "scorer \"" + scorer + "\" runs programs");
  programs = *std::move(made);
  return absl::OkStatus();
}

}  // namespace

EmbeddedRun::EmbeddedRun(std::unique_ptr<State> state) : state_(std::move(state)) {}

absl::StatusOr<std::unique_ptr<EmbeddedRun>> EmbeddedRun::Start(EmbeddedRunOptions options) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  ASSAY_ASSIGN_OR_RETURN(
      state->blobs, OpenRunStore(state->options.run_dir, /*read_only=*/false, &state->executor));
  ASSAY_ASSIGN_OR_RETURN(std::optional<v1::RunRecord> record, FindRunRecord(*state->blobs));
  if (!record) {
    return NotFound("no run in " + state->options.run_dir + " (its store has no run record)");
  }
  if (state->options.retry_errors) {
    ASSAY_RETURN_IF_ERROR(Reopen(*record, *state->blobs, state->executor));
  }
  ASSAY_RETURN_IF_ERROR(OpenSandbox(*record, state->executor, state->programs));
#ifdef ASSAY_FAILPOINTS
  if (state->options.environment &&
      state->options.environment("ASSAY_MUTANT") == "journal_after_step") {
    state->options.journal_after_step = true;
  }
#endif
  const EnvironmentLookup environment =
      state->options.environment
          ? EnvironmentLookup(state->options.environment)
          : [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
  state->keys = std::make_unique<ApiKeys>(environment);
  state->transport = std::make_unique<CurlTransport>();
  state->chat = std::make_unique<OpenAiChatClient>(
      OpenAiChatClient::Environment{.transport = state->transport.get(),
                                    .executor = &state->executor,
                                    .clock = &state->clock,
                                    .keys = state->keys.get()});
  MetricRegistry* metrics = state->options.metrics;
  state->session = std::make_unique<EmbeddedSession>(
      EmbeddedSeams{.executor = state->executor,
                    .clock = state->clock,
                    .blobs = *state->blobs,
                    .chat = *state->chat,
                    .metrics = metrics != nullptr ? *metrics : NoMetrics(),
                    .random = Random(SystemSeed()),
                    .programs = state->programs.get()},
      state->options, *std::move(record),
      [raw = state.get()](EmbeddedResult result) { raw->SetResult(std::move(result)); });
  state->executor.Post([raw = state.get()] { raw->session->Begin(); });
  state->core = std::thread([raw = state.get()] { raw->executor.RunUntilStopped(); });
  return std::unique_ptr<EmbeddedRun>(new EmbeddedRun(std::move(state)));
}

EmbeddedRun::~EmbeddedRun() {
  Abort();
  Wait();
  state_->executor.Stop();
  state_->core.join();
  // Nothing runs on the executor any more. Callers before what they call.
  state_->session.reset();
  state_->programs.reset();
  state_->chat.reset();
  state_->transport.reset();
  state_->blobs.reset();
}

EmbeddedResult EmbeddedRun::Wait() {
  std::unique_lock<std::mutex> lock(state_->mutex.native());
  state_->ended.wait(
      lock, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return state_->result.has_value(); });
  return *state_->result;
}

std::optional<EmbeddedResult> EmbeddedRun::WaitFor(absl::Duration limit) {
  std::unique_lock<std::mutex> lock(state_->mutex.native());
  state_->ended.wait_for(lock, absl::ToChronoMilliseconds(limit),
                         [this]()
                             ABSL_NO_THREAD_SAFETY_ANALYSIS { return state_->result.has_value(); });
  return state_->result;
}

void EmbeddedRun::RequestDrain() {
  State* state = state_.get();
  state->executor.Post([state] { state->session->Drain(state->options.drain_limit); });
}

void EmbeddedRun::Abort() {
  State* state = state_.get();
  state->executor.Post([state] { state->session->Drain(absl::ZeroDuration()); });
}

}  // namespace assay
