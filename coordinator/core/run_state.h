// One run as the coordinator holds it in memory. Data with the invariants that concern one run
// alone; what happens between runs, agents, endpoints and stores is in coordinator_state.h. Used on
// the executor only.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "assay/v1/run_record.pb.h"
#include "coordinator/core/call_lanes.h"
#include "coordinator/core/progress.h"
#include "coordinator/core/ready_queue.h"
#include "coordinator/core/retry_rules.h"
#include "coordinator/core/run_plan.h"
#include "coordinator/core/unit_table.h"
#include "coordinator/store/run_store.h"

namespace assay {

// What is kept of an envelope between its storing and its settling.
struct EnvelopeFacts {
  std::string digest;
  v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;
  std::vector<v1::Outcome> scorings;  // one a scorer
  std::vector<std::string> scored;    // scorers whose verdict is a score
  std::string record;
  IntegerSums sums;
  v1::Usage usage;
  std::int64_t words = 0;
  std::int32_t calls = 0;
  bool truncated = false;
};
EnvelopeFacts FactsOf(const RunPlan& plan, UnitIndex unit, const v1::Envelope& envelope,
                      std::string digest);

// A unit that an agent holds.
struct Lease {
  std::string agent_id;
  std::string incarnation;
  AttemptId attempt;
  absl::Duration deadline;
  LaneCall call;
  bool shown = false;  // the agent has reported it as running
  std::int64_t output_bytes = 0;
};

// Figures over the units that have ended, and counters of what happened in this process.
struct RunTotals {
  std::map<v1::Outcome, std::int64_t> generation_outcomes;
  std::map<v1::Outcome, std::int64_t> scoring_outcomes;
  std::map<std::string, std::int64_t> judged;  // scored verdicts by scorer
  std::int64_t truncated = 0;
  std::int64_t words = 0;
  v1::Usage generation_usage;
  v1::Usage judge_usage;
  double cost_usd = 0;
  std::int64_t retries = 0;
  std::int64_t throttles = 0;
  std::int64_t lost_leases = 0;
};

// A result that counts by the blobs and that the store does not know.
struct Recommit {
  AttemptId attempt;
  EnvelopeFacts facts;
};

struct RunState {
  // REQUIRES: `run_plan` was made of `*run_record`. See MakeRunState.
  RunState(std::unique_ptr<const v1::RunRecord> run_record, RunPlan run_plan);

  // Adds a unit that ended to the totals.
  void Count(UnitIndex unit, const EnvelopeFacts& facts);
  // Distinct errors, newest last.
  void Remember(const v1::Error& error);
  // The attempt was granted by this process, or holds the unit.
  bool EverGranted(UnitIndex unit, const AttemptId& attempt) const;
  // Replaces the unit's attempt by a new one; the old one stays known.
  void SetAttempt(UnitIndex unit, const AttemptId& attempt);
  UnitAddress AddressOf(UnitIndex unit) const;
  ShardKey ShardKeyOf(UnitIndex unit) const;
  std::vector<UnitAddress> DependentsOf(UnitIndex unit) const;
  // Nothing is on its way to a store.
  bool quiet() const { return pending == 0; }

  int serial = 0;  // order of AddRun
  std::unique_ptr<const v1::RunRecord> record;
  RunPlan plan;
  UnitTable units;
  ReadyQueue ready;
  RetryPolicy retry;
  RunPhase phase = RunPhase::kStarting;
  PauseReason pause_reason = PauseReason::kNone;
  std::string pause_detail;
  int revision = 0;
  bool cancelled = false;
  bool progress_posted = false;
  int pending = 0;  // chains of store operations that have not ended
  std::map<UnitIndex, Lease> leases;
  std::map<UnitIndex, std::vector<AttemptId>> earlier_attempts;
  std::map<std::pair<UnitIndex, AttemptId>, EnvelopeFacts> stored;
  std::map<UnitIndex, absl::Duration> undurable;      // since when a result of it is stored
  std::map<UnitIndex, std::set<std::string>> deaths;  // incarnations that were lost with it
  std::map<UnitIndex, Recommit> recommits;            // not begun yet
  // Queued, and not handed out before the commit record of their generation is durable.
  std::set<UnitIndex> waiting_scorings;
  // Queued scorings whose preparation has not ended, or not yet in a commit record; by preparation.
  std::map<UnitIndex, std::vector<UnitIndex>> waiting_for_preparation;
  std::set<UnitIndex> unrecorded_preparations;
  std::map<UnitIndex, int> journaling;  // Puts of journal records that are under way
  bool cancel_due = false;              // its shards are cancelled once nothing is on its way
  bool cancel_ends = false;             // they are; its units end once nothing is on its way
  bool cancel_applied = false;          // they did; whoever asks again is answered at once
  std::vector<Callback<absl::Status>> cancel_waiters;
  RunTotals totals;
  std::map<std::string, int> unjudged_in_a_row;  // by judged stage's scorer
  std::deque<v1::Error> recent_errors;
};

absl::StatusOr<std::unique_ptr<RunState>> MakeRunState(v1::RunRecord record,
                                                       const NeedsCalls& needs_calls);

void AddUsageTo(v1::Usage& sum, const v1::Usage& part);

}  // namespace assay
