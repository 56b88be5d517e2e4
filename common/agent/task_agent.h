// The lease loop of a worker or a judge: asks the coordinator for units, runs them, reports them
// until they are settled, and gives them back when it drains. It knows nothing of what a unit is;
// the MachineFactory does. Owned by main; everything happens on the executor.
//
// One Sync is always outstanding (a long poll); news is sent with a second one, which makes the
// coordinator answer the first. Every message is a report of state, so that a reply that is lost,
// late or repeated does no harm: an attempt that is known is not started again, one that was
// settled is not started again either, and a finished attempt is reported until it is settled.
//
// Leases are kept on the own steady clock, from the moment at which the answered Sync was sent, so
// that the agent believes a lease ended before the coordinator does. It then sends nothing new for
// the attempt, lets running calls end, since they are paid for, and offers the result.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/agent/endpoint_gate.h"
#include "common/agent/runner_context.h"
#include "common/agent/step_runner.h"

namespace assay {

struct TaskAgentOptions {
  std::string agent_id = {};
  std::vector<v1::UnitKind> kinds = {};  // what the factory can make
  int slots = 16;                        // attempts at once
  int max_unsettled = 64;  // finished and not settled: beyond it nothing new is asked for
  // A Sync without an answer is given up after this long (longer than any long poll).
  absl::Duration sync_timeout = absl::Seconds(60);
  // After a drain, how long to wait for the last settlements.
  absl::Duration settle_limit = absl::Seconds(10);
  // An attempt whose lease is over and that has no call under way is given back after this long: it
  // would hold its slot for ever where nobody else takes the unit.
  absl::Duration held_limit = absl::Seconds(45);
#ifdef ASSAY_FAILPOINTS
  bool journal_after_step = false;  // see RunnerContext
#endif
};

struct TaskAgentSeams {
  Executor& executor;
  const Clock& clock;
  WorkClient& work;
  ChatClient& chat;
  MachineFactory factory;
  Random random;
  // Null: the agent cannot run programs. Without one it may not be given
  // UNIT_KIND_SCORE_PROGRAMS.
  ProgramRunner* programs = nullptr;
};

class TaskAgent {
 public:
  TaskAgent(TaskAgentSeams seams, TaskAgentOptions options);
  // Drops attempts that are running. Their calls are not cancelled: Drain first.
  ~TaskAgent();
  TaskAgent(const TaskAgent&) = delete;
  TaskAgent& operator=(const TaskAgent&) = delete;

  // `ended` runs once: OK after a drain, or why the coordinator wants nothing of this agent any
  // more (another process has its id, another protocol version). REQUIRES: called once.
  void Start(Callback<absl::Status> ended);

  // Tells the coordinator which inference server this agent stands beside, and what that serves.
  // From the next Sync on.
  void Register(std::string server, std::vector<std::string> models);

  // Takes nothing new. Attempts that have sent no call are given back at once; the others may
  // finish within `limit` and are preempted then. Ends once everything is settled. Repeated: the
  // shorter limit counts; zero preempts at once.
  void Drain(absl::Duration limit);

  // Completion tokens since Start, those of running calls estimated. Never goes back.
  std::int64_t generated_tokens() const;
  int running() const { return static_cast<int>(running_.size()); }
  int unsettled() const { return static_cast<int>(finished_.size()); }
  bool draining() const { return draining_; }

 private:
  struct Running {
    std::shared_ptr<StepRunner> runner;
    absl::Duration lease_end;
    bool held = false;
  };

  int FreeSlots() const;
  void ScheduleSync();
  void SendSync();
  v1::SyncRequest MakeRequest() const;
  void WatchSync(std::uint64_t sequence);
  void OnSync(std::uint64_t sequence, absl::Duration sent_at, const std::vector<std::string>& shown,
              absl::StatusOr<v1::SyncResponse> response);
  void OnSyncFailed(const absl::Status& status);
  void Apply(const v1::SyncResponse& response, absl::Duration received_at);
  void StartAttempt(const v1::Assignment& assignment, absl::Duration lease_end);
  void GiveBack(const v1::Assignment& assignment, v1::Error error);
  void OnFinished(v1::FinishedAttempt finished);
  void Settle(const std::string& attempt);
  bool Knows(const std::string& attempt) const;
  void Renew(const std::vector<std::string>& shown, absl::Duration lease_end);
  void CheckLeases();
  void PreemptAll();
  void MaybeEnd();
  void End(absl::Status status);
  TimerId After(absl::Duration delay, void (TaskAgent::*step)());

  Executor& executor_;
  const Clock& clock_;
  WorkClient& work_;
  const TaskAgentOptions options_;
  Random random_;
  const std::string incarnation_;
  EndpointGate gate_;
  RunnerContext context_;
  std::string server_;
  std::vector<std::string> models_;
  Callback<absl::Status> ended_;
  bool stopped_ = false;

  std::map<std::string, Running> running_;               // by attempt
  std::map<std::string, v1::FinishedAttempt> finished_;  // until seen in settled
  std::set<std::string> settled_;                        // the newest of them
  std::deque<std::string> settled_order_;

  std::uint64_t sync_sequence_ = 0;  // of the newest Sync sent
  std::uint64_t limits_from_ = 0;    // newest response whose limits hold
  int unanswered_ = 0;
  int sync_failures_ = 0;
  bool sync_scheduled_ = false;
  absl::Duration last_sync_ = -absl::InfiniteDuration();
  TimerId sync_watch_ = 0;
  TimerId resync_ = 0;
  TimerId lease_watch_ = 0;

  bool draining_ = false;
  TimerId drain_timer_ = 0;
  absl::Duration drain_end_ = absl::InfiniteDuration();
  std::int64_t finished_tokens_ = 0;
  mutable std::int64_t most_tokens_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace assay
