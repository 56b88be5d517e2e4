// The part of an embedded run that lives on the core thread: coordinator, two agents, and the one
// decision when it is over. Made and destroyed on the main thread while the executor stands still.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "assay/v1/run_record.pb.h"
#include "cli/embedded/embedded_progress.h"
#include "cli/embedded/embedded_run.h"
#include "cli/embedded/local_work_client.h"
#include "cli/embedded/metered_clients.h"
#include "cli/embedded/run_figures.h"
#include "cli/embedded/watched_blob_store.h"
#include "common/agent/task_agent.h"
#include "coordinator/core/coordinator.h"
#include "coordinator/store/memory_run_store.h"

namespace assay {

// All outlive the session.
struct EmbeddedSeams {
  Executor& executor;
  const Clock& clock;
  BlobStore& blobs;
  ChatClient& chat;
  MetricRegistry& metrics;
  Random random;
  ProgramRunner* programs = nullptr;  // null: no scorer of the run needs it
};

class EmbeddedSession : public CoordinatorObserver {
 public:
  // `ended` runs once, on the core thread.
  EmbeddedSession(EmbeddedSeams seams, EmbeddedRunOptions options, v1::RunRecord record,
                  std::function<void(EmbeddedResult)> ended);
  ~EmbeddedSession() override;

  // --- on the core thread ---
  void Begin();
  // Zero: preempts at once.
  void Drain(absl::Duration limit);

  void OnRunSealed(const std::string& run_id, const SealedRun& sealed) override;
  void OnRunPaused(const std::string& run_id, PauseReason reason,
                   const std::string& detail) override;
  void OnRunDrained(const std::string& run_id) override;
  void OnProgress(const std::string& run_id) override;
  void OnFenced(const std::string& detail) override;

 private:
  std::unique_ptr<TaskAgent> MakeAgent(const std::string& id, std::vector<v1::UnitKind> kinds,
                                       int slots, MachineFactory factory, ChatClient& chat);
  void OnAdded(const absl::Status& status);
  void OnAgentEnded(const absl::Status& status);
  void StopAgents(absl::Duration limit);
  void EndWhenIdle();
  void OnStorageFailed(const absl::Status& status);
  void Tick();
  EmbeddedProgress Progress();
  void Finish(RunEnd end, std::string reason);

  Executor& executor_;
  const Clock& clock_;
  MetricRegistry& metrics_;
  Random random_;
  const EmbeddedRunOptions options_;
  const v1::RunRecord record_;
  std::function<void(EmbeddedResult)> ended_;

  WatchedBlobStore blobs_;
  MemoryRunStore store_;
  Coordinator coordinator_;
  LocalWorkClient local_;
  MeteredWorkClient work_;
  MeteredChatClient worker_chat_;
  MeteredChatClient judge_chat_;
  ProgramRunner* const programs_;
  FiguresPublisher figures_;
  std::unique_ptr<TaskAgent> worker_;
  std::unique_ptr<TaskAgent> judge_;
  int agents_running_ = 0;

  struct Stop {
    RunEnd end;
    std::string reason;
  };
  std::optional<Stop> stop_;  // why the agents were told to drain
  bool finished_ = false;
  int revision_ = 0;
  absl::Duration began_;
  TokenRate rate_;
  TimerId tick_ = 0;
};

}  // namespace assay
