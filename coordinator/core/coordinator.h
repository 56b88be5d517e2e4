// Coordinator: the schedule of one or several runs. Hands out units as attempts under leases, takes
// results, retries by error class, keeps the limits of endpoints, and seals a run when every unit
// has ended in exactly one outcome. No I/O of its own: time, timers, storage and randomness are
// injected. Everything here is called on the executor, and every callback runs on it, never inside
// the call. Lives as long as callbacks may arrive: destroy it only when the executor has stopped,
// or when it is disposable().
//
// Order of durability (reliability.md 0.3): envelope to blobs, then the transition in the RunStore,
// then the commit record to blobs; only then is an attempt settled as durable.
//
// Scheduling inside a run: judged and rule scorings before generations; generations with the
// longest required length first; work that failed before after fresh work of its kind; ties in
// order of unit. Runs share tokens by weight. docs/scheduling.md says what holds work back;
// docs/unit_states.md has every transition of a unit.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "assay/v1/envelope.pb.h"
#include "assay/v1/run_record.pb.h"
#include "assay/v1/work_service.pb.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/blob/blob_store.h"
#include "coordinator/core/agent_progress.h"
#include "coordinator/core/progress.h"
#include "coordinator/core/recovery.h"
#include "coordinator/core/run_plan.h"
#include "coordinator/store/run_store.h"

namespace assay {

struct CoordinatorOptions {
  LeaderToken leader;  // default: epoch 1 with a random nonce
  absl::Duration lease = absl::Seconds(45);
  absl::Duration lease_grace = absl::Seconds(5);  // added on this side only
  absl::Duration poll_hold = absl::Seconds(20);   // how long a Sync without news is held
  // An attempt whose agent reports no progress for longer does not get its lease renewed.
  absl::Duration progress_limit = absl::Hours(2);
  absl::Duration cancel_grace = absl::Seconds(60);  // then an agent that ignores a cancel is bad
  absl::Duration retry_after_cap = absl::Seconds(120);  // longer: the endpoint is parked
  absl::Duration storage_retry = absl::Seconds(1);
  int max_deaths = 3;    // of distinct agent processes, then the unit is quarantined
  int alone_deaths = 2;  // from then on an agent runs the unit alone
  // So many unusable verdicts of one scorer's judge in a row, and none between that is a score,
  // pause the run (F35); 0: never.
  int unjudged_limit = 50;
  int max_agents = 10000;
};

struct SealedRun {
  int revision = 0;
  std::string manifest_root;
  bool cancelled = false;
};

// Told of what happens to runs, on the executor, from a task of its own. May call the coordinator.
class CoordinatorObserver {
 public:
  virtual ~CoordinatorObserver() = default;
  virtual void OnRunSealed(const std::string& run_id, const SealedRun& sealed) = 0;
  // Paused by anything but the operator: nothing can be done until someone mends it and resumes.
  virtual void OnRunPaused(const std::string& run_id, PauseReason reason,
                           const std::string& detail) = 0;
  virtual void OnRunDrained(const std::string& run_id) = 0;
  // Something that a display shows has changed. At most one call a run is outstanding.
  virtual void OnProgress(const std::string& run_id) = 0;
  // Another leader owns a shard: this coordinator answers kUnavailable from now on.
  virtual void OnFenced(const std::string& detail) = 0;
};

struct CoordinatorSeams {
  Executor& executor;
  const Clock& clock;
  RunStore& store;
  BlobStore& blobs;
  NeedsCalls needs_calls;
  Random random;
  CoordinatorObserver* observer = nullptr;  // optional
  // Makes what other processes have stored visible in `blobs`; empty when there are none. Blocks.
  std::function<absl::Status()> refresh_blobs = {};
  // Whether the term of this leader still runs, by its own steady clock; empty: it has no end.
  // Asked before any lease is renewed, so that a leader whose demotion is late renews none.
  std::function<bool()> in_term = {};
};

class Coordinator {
 public:
  explicit Coordinator(CoordinatorSeams seams, CoordinatorOptions options = {});
  ~Coordinator();
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;

  // Takes up a run whose record is stored already and starts to hand out work. Shards that the
  // store has are taken over from their leader (a higher epoch wins) and brought up to what counts
  // by the blobs; the others are made. Attempts that the store knows as leased may report within
  // one lease and go on. `done` is OK once the run stands, and the run may be sealed by then or
  // soon after; no agent may Sync before, or it is told that its attempts are unknown.
  // kAlreadyExists: it was added before. kUnavailable: fenced. Otherwise the errors of
  // RunPlan::Make, RecoverRun and of the stores.
  void AddRun(v1::RunRecord record, Callback<absl::Status> done);

  // --- WorkService (work_client.h has the contract as seen by an agent) ---

  // Renews leases, settles what is finished, and answers as soon as there is something to say: a
  // start, a cancel, a settlement, a changed limit; otherwise after poll_hold (jittered by 20 %). A
  // second Sync of the same agent process answers the first at once with nothing, so that an agent
  // with news never waits for its own long poll. Every response repeats the starts that the agent
  // has not shown in running or finished yet. A new incarnation of an agent gives up the leases of
  // the old one; kAborted for a Sync of the old one. kFailedPrecondition: other protocol version.
  // kInvalidArgument: no agent id or incarnation, negative numbers.
  void OnSync(v1::SyncRequest request, Callback<absl::StatusOr<v1::SyncResponse>> done);

  // The transport lost the caller of a held Sync: starts that it has not shown go back to the
  // queue.
  void OnSyncCancelled(const std::string& agent_id, const std::string& incarnation);

  // kAborted: the attempt is not the one that holds the unit. kNotFound: no such unit.
  void OnFetchInputs(v1::FetchInputsRequest request, Callback<absl::StatusOr<v1::UnitInputs>> done);

  // Durable when it answers OK. kAborted as above, or another attempt journaled the call first.
  void OnAppendJournal(v1::AppendJournalRequest request, Callback<absl::Status> done);

  // Stores the envelope of any attempt that was ever granted; answers its digest. The first
  // envelope of an attempt stays: another one is answered with the digest of the first.
  // kInvalidArgument: wrong unit, run or outcome, verdicts of other scorers, a span outside its
  // text, a score that is no number, an upstream digest that is not that of the text. kAborted:
  // never granted.
  void OnPutEnvelope(v1::Envelope envelope, Callback<absl::StatusOr<std::string>> done);

  // --- Operators. kNotFound: no such run ---

  absl::Status Pause(const std::string& run_id);
  // Also releases the endpoints that the run uses and that were paused.
  absl::Status Resume(const std::string& run_id);
  // No new leases. Running attempts go on; OnRunDrained when none is left (at once when there is
  // none). Cannot be taken back.
  absl::Status Drain(const std::string& run_id);
  // Durable once `done` is OK; then every open unit ends as cancelled and the run is sealed.
  // kFailedPrecondition when it is sealed already; OK again when it is being cancelled.
  void Cancel(const std::string& run_id, Callback<absl::Status> done);

  absl::StatusOr<RunProgress> Progress(const std::string& run_id) const;
  // Of every run that was added.
  std::vector<RunProgress> AllProgress() const;

  // Every agent that was heard of and is not forgotten, by id.
  std::vector<AgentProgress> Agents() const;

  // The term is over: answers kUnavailable from now on, held Syncs too, as after OnFenced (which
  // comes once, too). Repeatable; cannot be taken back.
  void StepDown(std::string_view why);
  // Neither fenced nor stepped down.
  bool leading() const;
  // The highest epoch of any leader that this one has met: its own, that of one who owns a shard,
  // or of a commit record. Whoever runs again has to run for a higher one.
  std::uint64_t highest_epoch() const;
  // Nothing of this run is on its way to a store: it stands as it is until something happens to it.
  bool Quiet(const std::string& run_id) const;
  // Not leading, and nothing that was given to the executor or the stores is outstanding: may be
  // destroyed although the executor runs, from a task that the coordinator did not post.
  bool disposable() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay
