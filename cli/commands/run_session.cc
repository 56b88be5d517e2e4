#include "cli/commands/run_session.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>

#include "cli/embedded/embedded_run.h"
#include "cli/results/run_folder.h"
#include "cli/results/run_results.h"
#include "cli/results/summary_text.h"
#include "cli/terminal/progress_display.h"
#include "common/base/mutex.h"
#include "common/json/json.h"
#include "common/metrics/prometheus_metrics.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kTick = absl::Milliseconds(100);
constexpr int kSlotsMin = 16;
constexpr int kSlotsMax = 4096;

// The newest progress, handed from the core thread to the main thread.
class ProgressMailbox {
 public:
  void Put(const EmbeddedProgress& progress) {
    MutexLock lock(mutex_);
    progress_ = progress;
    any_ = true;
  }
  std::optional<EmbeddedProgress> Get() {
    MutexLock lock(mutex_);
    if (!any_) return std::nullopt;
    return progress_;
  }

 private:
  Mutex mutex_;
  EmbeddedProgress progress_ ABSL_GUARDED_BY(mutex_);
  bool any_ ABSL_GUARDED_BY(mutex_) = false;
};

ProgressView ViewOf(const EmbeddedProgress& progress) {
  ProgressView view;
  view.generations = progress.generations.succeeded + progress.generations.lost;
  view.generations_expected = progress.generations.expected;
  view.scorings = progress.scorings.succeeded + progress.scorings.lost;
  view.scorings_expected = progress.scorings.expected;
  view.losses = progress.generations.lost + progress.scorings.lost;
  view.in_flight = progress.generations.running + progress.judged.running;
  view.tokens_per_s = progress.tokens_per_second;
  view.cost_usd = progress.cost_usd;
  view.priced = progress.priced;
  if (progress.state != "running" && progress.state != "sealed") {
    view.notice = progress.state;
    if (!progress.pause_reason.empty()) view.notice += ": " + progress.pause_reason;
  }
  return view;
}

int SlotsFor(const v1::RunSpec& spec) {
  std::int64_t slots = 0;
  for (const v1::Endpoint& endpoint : spec.endpoints()) slots += endpoint.max_in_flight();
  return static_cast<int>(std::clamp<std::int64_t>(slots, kSlotsMin, kSlotsMax));
}

class Session {
 public:
  Session(const CliContext& context, const SessionOptions& options)
      : context_(context),
        options_(options),
        console_(*context.console),
        display_({.terminal = console_.err_is_terminal(), .colour = console_.colour()}) {}

  int Run();

 private:
  absl::Status Start();
  EmbeddedResult WaitAndShow();
  void OnInterrupts();
  void Launched();
  int Finish(const EmbeddedResult& result);
  int ExitCodeFor(const EmbeddedResult& result, const v1::RunSummary& summary) const;
  void Explain(const EmbeddedResult& result, const v1::RunSummary& summary);
  void Done(int exit_code, const std::string& state, std::int64_t losses);

  const CliContext& context_;
  const SessionOptions& options_;
  Console& console_;
  ProgressDisplay display_;
  ProgressMailbox mailbox_;
  std::unique_ptr<PrometheusMetrics> metrics_;
  std::unique_ptr<EmbeddedRun> run_;
  int interrupts_seen_ = 0;
};

absl::Status Session::Start() {
  EmbeddedRunOptions embedded;
  embedded.run_dir = options_.run_folder;
  embedded.retry_errors = options_.retry_errors;
  embedded.worker_slots = SlotsFor(options_.spec);
  embedded.judge_slots = embedded.worker_slots;
  embedded.progress_interval = kTick;
  embedded.progress = [this](const EmbeddedProgress& progress) { mailbox_.Put(progress); };
  embedded.environment = context_.environment;
  if (options_.metrics_port.has_value()) {
    ASSAY_ASSIGN_OR_RETURN(metrics_, PrometheusMetrics::Serve(*options_.metrics_port));
    embedded.metrics = metrics_.get();
    console_.Warn("Metrics: http://127.0.0.1:" + std::to_string(metrics_->port()) + "/metrics\n");
  }
  ASSAY_ASSIGN_OR_RETURN(run_, EmbeddedRun::Start(std::move(embedded)));
  return absl::OkStatus();
}

void Session::Launched() {
  const std::string id = RunIdOf(options_.run_folder);
  console_.Warn("Run " + id + (options_.resumed ? " goes on in " : " in ") + options_.run_folder +
                "\n");
  OrderedJson record = {{"record", "launch"},
                        {"run_id", id},
                        {"folder", fs::absolute(options_.run_folder).string()},
                        {"resumed", options_.resumed}};
  if (metrics_ != nullptr) record["metrics_port"] = metrics_->port();
  console_.Record(DumpJson(record));
}

void Session::OnInterrupts() {
  const int interrupts = context_.interrupts();
  if (interrupts == interrupts_seen_) return;
  console_.Warn(display_.Clear());
  if (interrupts_seen_ == 0) {
    run_->RequestDrain();
    console_.Warn("Interrupted: calls that are running may finish; once more stops at once.\n");
  }
  if (interrupts >= 2) run_->Abort();
  interrupts_seen_ = interrupts;
}

EmbeddedResult Session::WaitAndShow() {
  std::optional<EmbeddedResult> result;
  while (!(result = run_->WaitFor(kTick)).has_value()) {
    OnInterrupts();
    if (const auto progress = mailbox_.Get(); progress.has_value()) {
      console_.Warn(
          display_.Update(ViewOf(*progress), context_.clock->SteadyNow(), console_.columns()));
    }
  }
  interrupts_seen_ = std::max(interrupts_seen_, context_.interrupts());
  console_.Warn(
      display_.Finish(ViewOf(result->progress), context_.clock->SteadyNow(), console_.columns()));
  return *std::move(result);
}

int Session::ExitCodeFor(const EmbeddedResult& result, const v1::RunSummary& summary) const {
  switch (result.end) {
    case RunEnd::kSealed:
      return CountLosses(summary) > 0 || CountOpen(summary) > 0 ? kExitLosses : kExitOk;
    case RunEnd::kDrained:
      return kExitInterrupted;
    case RunEnd::kPaused:
    case RunEnd::kFailed:
      return kExitInfrastructure;
  }
  return kExitInfrastructure;
}

void Session::Explain(const EmbeddedResult& result, const v1::RunSummary& summary) {
  const std::string resume = ResumeCommand(context_, options_.run_folder);
  if (result.end == RunEnd::kSealed) {
    if (CountLosses(summary) == 0) return;
    console_.Say("\nSome results are missing. Try those again with:\n  " + context_.program +
                 " run --retry-errors " + resume.substr(resume.find("--resume ") + 9) + "\n");
    return;
  }
  if (result.end == RunEnd::kPaused) console_.Warn("\nStopped: " + result.reason + "\n");
  if (result.end == RunEnd::kFailed) console_.Warn("\nFailed: " + result.reason + "\n");
  console_.Warn("\nNothing that is finished is lost. Go on with:\n  " + resume + "\n");
}

void Session::Done(int exit_code, const std::string& state, std::int64_t losses) {
  const fs::path folder = fs::absolute(options_.run_folder);
  console_.Record(DumpJson(OrderedJson{{"record", "done"},
                                       {"run_id", RunIdOf(options_.run_folder)},
                                       {"state", state},
                                       {"exit_code", exit_code},
                                       {"losses", losses},
                                       {"summary", (folder / "summary.json").string()},
                                       {"results", (folder / "results.jsonl").string()},
                                       {"report", (folder / "report.html").string()}}));
}

int Session::Finish(const EmbeddedResult& result) {
  if (result.end == RunEnd::kFailed) {
    Explain(result, {});
    Done(kExitInfrastructure, "failed", 0);
    return kExitInfrastructure;
  }
  absl::StatusOr<RunResults> results = LoadResults(options_.run_folder);
  if (!results.ok()) {
    return Fail(context_, options_.verb, Annotate(results.status(), "reading the run back"),
                kExitInfrastructure);
  }
  v1::RunSummary& summary = results->folded.summary;
  if (result.end != RunEnd::kSealed) summary.set_partial_reason(result.reason);
  if (const absl::Status written = WriteResultFiles(options_.run_folder, *results); !written.ok()) {
    Fail(context_, options_.verb, Annotate(written, "writing the results"));
    console_.Warn("Once there is room, write them again with:\n  " + context_.program + " report " +
                  options_.run_folder + "\n");
    return kExitInfrastructure;
  }
  console_.Say("\n" + RenderSummary(summary, console_.columns()));
  console_.Say("\nReport: " + (fs::path(options_.run_folder) / "report.html").string() + "\n");
  const int exit_code = ExitCodeFor(result, summary);
  Explain(result, summary);
  Done(exit_code, summary.state(), CountLosses(summary));
  return exit_code;
}

int Session::Run() {
  std::signal(SIGPIPE, SIG_IGN);
  if (const absl::Status started = Start(); !started.ok()) {
    const bool input = absl::IsInvalidArgument(started) || absl::IsNotFound(started);
    return Fail(context_, options_.verb, started, input ? kExitUsage : kExitInfrastructure);
  }
  Launched();
  const EmbeddedResult result = WaitAndShow();
  run_.reset();
  return Finish(result);
}

}  // namespace

std::string ResumeCommand(const CliContext& context, const std::string& run_folder) {
  const fs::path folder = fs::path(run_folder).lexically_normal();
  std::string command = context.program + " run --resume " + RunIdOf(run_folder);
  const std::string parent = folder.parent_path().string();
  if (parent != "runs") command += " -o " + (parent.empty() ? "." : parent);
  return command;
}

int RunToItsEnd(const CliContext& context, const SessionOptions& options) {
  return Session(context, options).Run();
}

}  // namespace assay
