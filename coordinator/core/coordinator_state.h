// The inside of Coordinator, cut by event: coordinator_sync.cc (agents and leases),
// coordinator_grant.cc (handing out), coordinator_settle.cc (results, failures, commits),
// coordinator_data.cc (inputs, journal, envelopes), coordinator_run.cc (start, pause, cancel),
// coordinator_seal.cc. Private to this folder. Executor only.
//
// A chain of store operations on one unit sets UnitCell::busy until it ends, so that a unit is
// never in two chains; RunState::pending counts chains, and a run seals when none is left and no
// unit is open.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/core/call_lanes.h"
#include "coordinator/core/coordinator.h"
#include "coordinator/core/counted_seams.h"
#include "coordinator/core/endpoint_limits.h"
#include "coordinator/core/fair_share.h"
#include "coordinator/core/recent_texts.h"
#include "coordinator/core/run_state.h"

namespace assay {

using LeaseRef = std::pair<int, UnitIndex>;  // serial of the run, unit

struct Agent {
  std::string id;
  std::string incarnation;
  std::set<std::string> past_incarnations;
  std::vector<v1::UnitKind> kinds;
  std::string server;
  std::vector<std::string> models;
  std::string binary_version;
  int slots = 0;
  int free_slots = 0;  // as of its last Sync
  int granting = 0;    // grants on their way to the store
  bool draining = false;
  bool bad = false;    // ignores a cancel
  bool alone = false;  // runs a unit that must have no company
  std::int64_t generated_tokens = 0;
  absl::Duration last_seen;
  std::set<LeaseRef> leases;
  std::set<LeaseRef> unshown;               // of these, not yet reported as running
  std::vector<v1::SettledAttempt> settled;  // to be told
  struct Cancelled {
    std::string reason;
    absl::Duration since;
    bool told = false;
  };
  std::map<std::string, Cancelled> cancels;         // by attempt, while the agent runs it
  std::vector<std::string> lease_over;              // of what its last Sync showed
  Callback<absl::StatusOr<v1::SyncResponse>> poll;  // the held Sync
  TimerId poll_timer = 0;
};

// A unit picked for an agent, on its way to the store.
struct PendingGrant {
  UnitIndex unit = 0;
  AttemptId attempt;
  std::string agent_id;
  std::string incarnation;
  LaneCall call;
};

// Where the result of a chain is to be told; empty agent: nobody asked.
struct Claimant {
  std::string agent_id;
  std::string incarnation;
  std::string attempt;
};

struct Coordinator::State {
  State(CoordinatorSeams seams, CoordinatorOptions options);

  // --- coordinator.cc ---
  absl::Duration Now() const { return seams.clock.SteadyNow(); }
  RunState* FindRun(const std::string& run_id);
  // The run and unit of a unit id; null run when there is none.
  std::pair<RunState*, UnitIndex> FindUnit(const std::string& unit_id);
  RunState* RunOfSerial(int serial);
  Agent* FindAgent(const std::string& id, const std::string& incarnation);
  // Applies a transition, again after storage_retry while the store is unavailable.
  using ReplyHandler = std::function<void(const StoreReply&)>;
  void Apply(Transition transition, ReplyHandler then);
  // Stores records, again after storage_retry while that fails; `then` runs once they are durable,
  // or with kAlreadyExists. The run is paused meanwhile.
  void Store(RunState& run, std::vector<BlobRecord> records,
             std::function<void(const absl::Status&)> then);
  // Runs `then` with OK once the store has said, after this call, that this leader owns the shard;
  // with kUnavailable when it does not. Whatever was durable in the blobs before, every later
  // leader sees: only then may anybody be told that it is.
  using Confirmed = std::function<void(const absl::Status&)>;
  void Confirm(const ShardKey& shard, Confirmed then);
  void SendConfirmation(const ShardKey& shard);
  // Another leader of `epoch` is known of; 0: nothing new.
  void Fenced(const std::string& detail, std::uint64_t epoch = 0);
  void EndTerm(const std::string& detail);
  // False, and the term ends, once it has run out.
  bool InTerm();
  void Notify(std::function<void(CoordinatorObserver&)> event);
  void ProgressChanged(RunState& run);
  RunProgress ProgressOf(const RunState& run) const;
  void AddWaiting(const RunState& run, RunProgress& progress) const;

  // --- coordinator_sync.cc ---
  absl::Status CheckSync(const v1::SyncRequest& request);
  void OnSync(v1::SyncRequest request, Callback<absl::StatusOr<v1::SyncResponse>> done);
  void Renew(Agent& agent, const v1::RunningAttempt& running);
  void ForgetStoppedCancels(Agent& agent, const v1::SyncRequest& request);
  void CancelAttempt(Agent& agent, const std::string& attempt, const std::string& reason);
  void HoldPoll(Agent& agent, Callback<absl::StatusOr<v1::SyncResponse>> done);
  void Answer(Agent& agent);
  void AnswerIfNews(Agent& agent);
  void AnswerNothing(Agent& agent);
  void DropAgent(Agent& agent);  // its process is gone
  void DropUnshown(Agent& agent);
  void LoseLease(RunState& run, UnitIndex unit);
  // Without `end`: nobody knows how its call ended.
  void ReleaseLease(RunState& run, UnitIndex unit, std::optional<LeaseEnd> end = std::nullopt);
  void ArmLeaseTimer();
  void ExpireLeases();
  void Tell(const Claimant& claimant, v1::Settlement settlement, bool durable);

  // --- coordinator_grant.cc ---
  void ScheduleDispatch();
  void Dispatch();
  bool GrantOne(Agent& agent);
  // The expected tokens of the unit that it granted; -1 when there is none for this agent now.
  std::int64_t GrantFrom(RunState& run, Agent& agent);
  bool MayLease(const RunState& run, const CallLane& lane, UnitIndex unit, const Agent& agent);
  bool IsSuspect(const RunState& run, UnitIndex unit) const;
  // Why a lane gets no work until someone acts or a long wait ends; kNone when it does.
  PauseReason StuckFor(const CallLane& lane) const;
  void SendGrants();
  void OnGranted(RunState& run, const PendingGrant& grant, StoreCode code);
  // Hands a queued unit out from then on, or ends it when its generation has nothing to score.
  void MakeReady(RunState& run, UnitIndex unit, absl::Duration delay);
  void PauseStuckRuns();
  void ArmWakeTimer();

  // --- coordinator_settle.cc ---
  void Finish(Agent& agent, const v1::FinishedAttempt& finished);
  void FinishEnded(const RunState& run, UnitIndex unit, const AttemptId& attempt,
                   const Claimant& claimant);
  void Fail(RunState& run, UnitIndex unit, const v1::Error& error, Claimant claimant);
  void Requeue(RunState& run, UnitIndex unit, absl::Duration delay, Claimant claimant);
  // Grants a unit to the coordinator itself, so that no envelope of an agent can have the name of
  // the one that it is about to write. REQUIRES: queued or leased, not busy.
  void TakeForSelf(RunState& run, UnitIndex unit, std::function<void()> then);
  void OnTakenForSelf(RunState& run, UnitIndex unit, UnitEvent event, const StoreReply& reply,
                      const std::function<void()>& then);
  // Ends a unit that the coordinator must end itself: an envelope without a result, then its
  // commit.
  void EndWithout(RunState& run, UnitIndex unit, v1::Outcome outcome, const v1::Error& error,
                  Claimant claimant);
  void StoreWithout(RunState& run, UnitIndex unit, v1::Outcome outcome, const v1::Error& error,
                    Claimant claimant);
  // Ends a scoring whose generation has nothing to score.
  void EndUnscorable(RunState& run, UnitIndex unit);
  // Hands out what waited for a generation.
  void ReleaseScorings(RunState& run, UnitIndex generation);
  void CommitStored(RunState& run, UnitIndex unit, EnvelopeFacts facts, Claimant claimant);
  void OnCommitted(RunState& run, UnitIndex unit, EnvelopeFacts facts, const Claimant& claimant,
                   const StoreReply& reply);
  void WatchJudge(RunState& run, UnitIndex unit, v1::Outcome outcome);
  void WriteCommitRecord(RunState& run, UnitIndex unit, const EnvelopeFacts& facts,
                         const Claimant& claimant);
  absl::StatusOr<EnvelopeFacts> FactsOfStored(RunState& run, UnitIndex unit,
                                              const AttemptId& attempt);
  void ChainEnded(RunState& run);

  // --- coordinator_data.cc ---
  absl::StatusOr<v1::UnitInputs> InputsOf(RunState& run, UnitIndex unit);
  // Of an ended generation or preparation.
  absl::StatusOr<std::shared_ptr<const GeneratedText>> TextOf(RunState& run, UnitIndex unit);
  // Of the generation that a unit scores.
  absl::StatusOr<std::shared_ptr<const GeneratedText>> GeneratedTextOf(RunState& run,
                                                                       UnitIndex unit);
  absl::StatusOr<v1::UnitInputs> FetchInputs(const v1::FetchInputsRequest& request);
  void AppendJournal(v1::AppendJournalRequest request, Callback<absl::Status> done);
  void PutEnvelope(v1::Envelope envelope, Callback<absl::StatusOr<std::string>> done);
  void OnEnvelopeStored(RunState& run, UnitIndex unit, const v1::Envelope& envelope,
                        std::string digest);

  // --- coordinator_run.cc ---
  void StartRun(RunState& run);
  void PauseRun(RunState& run, PauseReason reason, const std::string& detail);
  void ResumeRun(RunState& run);
  void CheckDrained(RunState& run);
  void Cancel(RunState& run, Callback<absl::Status> done);
  void CancelShards(RunState& run);
  void EndCancelled(RunState& run);
  void WriteCancelled(RunState& run, std::shared_ptr<const std::vector<UnitIndex>> units,
                      std::size_t begin);

  // --- coordinator_takeover.cc ---
  struct Takeover;
  void AddRun(v1::RunRecord record, Callback<absl::Status> done);
  // `replaces`, unless null, is the same run as it was taken up before.
  void TakeUp(v1::RunRecord record, RunState* replaces, Callback<absl::Status> done);
  void EndTakeovers();

  // --- coordinator_reask.cc ---
  // For a resume, by whatever process.
  void MarkJudgePause(RunState& run, int judge);
  // Once nothing else is open: a new revision asks again what judges left unjudged for whose
  // garbage the run paused in this one. False: there is nothing of that kind. A paused run waits.
  bool AskAgain(RunState& run);
  absl::Status RefreshBlobs();
  // OK, or kDataLoss; not when fenced meanwhile.
  void WaitForStore(std::function<void(const absl::Status&)> then);
  void TakeUpLeases(RunState& run);
  bool LostNewerGrant(const RunState& run, UnitIndex unit);
  void AttachLease(Agent& agent, RunState& run, UnitIndex unit);
  void Recommit(RunState& run, UnitIndex unit);

  // --- coordinator_seal.cc ---
  struct Sealing;
  void MaybeSeal(RunState& run);

  CountedSeams counted;
  CoordinatorSeams seams;  // those of `counted`
  CoordinatorOptions options;
  std::uint64_t highest_epoch;
  EndpointLimits limits;
  CallLanes lanes;
  FairShare shares;           // by serial of the run
  std::string cleared_agent;  // in this dispatch: gets no more, so that a suspect can have it alone
  RecentTexts recent_texts{std::size_t{8} << 20};
  std::vector<std::unique_ptr<RunState>> runs;  // by serial
  // As they were before a new revision; what was on its way may still end in them.
  std::vector<std::unique_ptr<RunState>> replaced_runs;
  std::map<std::string, std::shared_ptr<Takeover>> taking_over;
  struct Confirmation {
    bool in_flight = false;
    std::vector<Confirmed> asked;  // since it was sent
    std::vector<Confirmed> sent;
  };
  std::map<ShardKey, Confirmation> confirmations;
  std::map<std::string, Agent> agents;
  std::map<std::pair<int, std::int32_t>, std::vector<PendingGrant>> grants_to_send;  // run, shard
  bool dispatch_posted = false;
  bool fenced = false;
  int store_trouble = 0;  // transitions that wait for the store
  TimerId lease_timer = 0;
  TimerId wake_timer = 0;
  absl::Duration wake_at = absl::InfiniteDuration();
};

}  // namespace assay
