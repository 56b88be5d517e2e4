#include "cli/embedded/embedded_session.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "judge/scorer_registry.h"
#include "worker/strategy_registry.h"

namespace assay {
namespace {

constexpr int kDefaultMaxInFlight = 16;
constexpr int kMaxSlots = 4096;
constexpr int kRuleSlots = 16;  // rule scorings make no calls

int SlotsFor(int asked, const v1::RunSpec& spec) {
  if (asked > 0) return std::min(asked, kMaxSlots);
  std::int64_t slots = 0;
  for (const v1::Endpoint& endpoint : spec.endpoints()) {
    slots += endpoint.max_in_flight() > 0 ? endpoint.max_in_flight() : kDefaultMaxInFlight;
  }
  return static_cast<int>(std::clamp<std::int64_t>(slots, kDefaultMaxInFlight, kMaxSlots));
}

}  // namespace

EmbeddedSession::EmbeddedSession(EmbeddedSeams seams, EmbeddedRunOptions options,
                                 v1::RunRecord record, std::function<void(EmbeddedResult)> ended)
    : executor_(seams.executor),
      clock_(seams.clock),
      metrics_(seams.metrics),
      random_(std::move(seams.random)),
      options_(std::move(options)),
      record_(std::move(record)),
      ended_(std::move(ended)),
      blobs_(seams.blobs, [this](const absl::Status& status) { OnStorageFailed(status); }),
      store_(executor_),
      coordinator_({.executor = executor_,
                    .clock = clock_,
                    .store = store_,
                    .blobs = blobs_,
                    .needs_calls = ScorerNeedsCalls,
                    .random = random_.Fork(),
                    .observer = this}),
      local_(coordinator_),
      work_(local_, metrics_, clock_),
      worker_chat_(seams.chat, metrics_, clock_, "generate"),
      judge_chat_(seams.chat, metrics_, clock_, "judge"),
      programs_(seams.programs),
      figures_(metrics_),
      began_(clock_.SteadyNow()) {
  const v1::RunSpec& spec = record_.spec();
  worker_ = MakeAgent("worker", {v1::UNIT_KIND_GENERATE}, SlotsFor(options_.worker_slots, spec),
                      MakeStrategy, worker_chat_);
  judge_ = MakeAgent("judge",
                     {v1::UNIT_KIND_PREPARE, v1::UNIT_KIND_SCORE_RULES, v1::UNIT_KIND_SCORE_JUDGED,
                      v1::UNIT_KIND_SCORE_PROGRAMS},
                     SlotsFor(options_.judge_slots, spec) + kRuleSlots, MakeScorer, judge_chat_);
  DeclareMetrics(record_, metrics_);
}

EmbeddedSession::~EmbeddedSession() = default;

std::unique_ptr<TaskAgent> EmbeddedSession::MakeAgent(const std::string& id,
                                                      std::vector<v1::UnitKind> kinds, int slots,
                                                      MachineFactory factory, ChatClient& chat) {
  TaskAgentOptions options;
  options.agent_id = id;
  options.kinds = std::move(kinds);
  options.slots = slots;
  options.max_unsettled = slots + kDefaultMaxInFlight;
#ifdef ASSAY_FAILPOINTS
  options.journal_after_step = options_.journal_after_step;
#endif
  return std::make_unique<TaskAgent>(TaskAgentSeams{.executor = executor_,
                                                    .clock = clock_,
                                                    .work = work_,
                                                    .chat = chat,
                                                    .factory = std::move(factory),
                                                    .random = random_.Fork(),
                                                    .programs = programs_},
                                     std::move(options));
}

void EmbeddedSession::Begin() {
  coordinator_.AddRun(record_, [this](absl::Status status) { OnAdded(status); });
}

void EmbeddedSession::OnAdded(const absl::Status& status) {
  if (finished_) return;
  if (!status.ok()) {
    Finish(RunEnd::kFailed, std::string(MessageOf(status)));
    return;
  }
  if (stop_) {
    Finish(stop_->end, stop_->reason);
    return;
  }
  const auto progress = coordinator_.Progress(record_.run_id());
  if (progress.ok() && progress->phase == RunPhase::kSealed) {
    revision_ = progress->revision;
    Finish(RunEnd::kSealed, "");
    return;
  }
  agents_running_ = 2;
  worker_->Start([this](absl::Status ended) { OnAgentEnded(ended); });
  judge_->Start([this](absl::Status ended) { OnAgentEnded(ended); });
  Tick();
}

void EmbeddedSession::OnRunSealed(const std::string&, const SealedRun& sealed) {
  revision_ = sealed.revision;
  Finish(RunEnd::kSealed, "");
}

void EmbeddedSession::OnRunPaused(const std::string&, PauseReason reason,
                                  const std::string& detail) {
  const std::string why = std::string(PauseReasonName(reason)) + ": " + detail;
  if (reason == PauseReason::kStorage || reason == PauseReason::kIntegrity) {
    Finish(RunEnd::kFailed, why);
    return;
  }
  if (stop_ || finished_) return;
  // What runs elsewhere is paid for.
  stop_ = Stop{RunEnd::kPaused, why};
  StopAgents(options_.drain_limit);
}

void EmbeddedSession::OnRunDrained(const std::string&) {}

void EmbeddedSession::OnProgress(const std::string&) {}

void EmbeddedSession::OnFenced(const std::string& detail) {
  Finish(RunEnd::kFailed, "another coordinator owns this run: " + detail);
}

void EmbeddedSession::OnStorageFailed(const absl::Status& status) {
  // Its agents must not go on paying for what cannot be kept.
  StopAgents(absl::ZeroDuration());
  Finish(RunEnd::kFailed, "the run's folder cannot be written: " + std::string(MessageOf(status)));
}

void EmbeddedSession::Drain(absl::Duration limit) {
  if (finished_) return;
  if (!stop_) {
    stop_ = Stop{RunEnd::kDrained, "interrupted"};
    if (const absl::Status status = coordinator_.Drain(record_.run_id()); !status.ok()) {
      Log(LogLevel::kWarning, "drain_refused", {{"status", MessageOf(status)}});
    }
  }
  StopAgents(limit);
}

void EmbeddedSession::StopAgents(absl::Duration limit) {
  if (agents_running_ == 0) return;
  worker_->Drain(limit);
  judge_->Drain(limit);
}

void EmbeddedSession::OnAgentEnded(const absl::Status& status) {
  --agents_running_;
  if (!status.ok()) {
    Finish(RunEnd::kFailed, "an agent was refused: " + std::string(MessageOf(status)));
    return;
  }
  EndWhenIdle();
}

void EmbeddedSession::EndWhenIdle() {
  if (finished_ || agents_running_ > 0 || !stop_) return;
  const auto progress = coordinator_.Progress(record_.run_id());
  // The last unit ended while draining: its seal is on the way.
  if (progress.ok() && progress->phase == RunPhase::kSealing) return;
  Finish(stop_->end, stop_->reason);
}

EmbeddedProgress EmbeddedSession::Progress() {
  EmbeddedProgress progress;
  if (auto run = coordinator_.Progress(record_.run_id()); run.ok()) {
    RunFigures figures;
    figures.Add(*run);
    figures_.Publish(figures, clock_.SteadyNow());
    progress = MakeEmbeddedProgress(*std::move(run));
  }
  if (stop_ && stop_->end == RunEnd::kDrained && !finished_) progress.state = "draining";
  progress.generated_tokens = worker_->generated_tokens();
  const absl::Duration now = clock_.SteadyNow();
  progress.tokens_per_second = rate_.Sample(now, progress.generated_tokens);
  progress.elapsed = now - began_;
  return progress;
}

void EmbeddedSession::Tick() {
  if (finished_) return;
  const EmbeddedProgress progress = Progress();
  if (options_.progress) options_.progress(progress);
  tick_ = executor_.RunAfter(options_.progress_interval, [this] { Tick(); });
}

void EmbeddedSession::Finish(RunEnd end, std::string reason) {
  if (finished_) return;
  finished_ = true;
  executor_.Cancel(tick_);
  EmbeddedResult result;
  result.end = end;
  result.reason = std::move(reason);
  result.progress = Progress();
  result.revision = std::max(revision_, result.progress.run.revision);
  if (options_.progress) options_.progress(result.progress);
  ended_(std::move(result));
}

}  // namespace assay
