// What must hold in every simulated run, one function each (reliability.md 2.3, style.md 4.4). Told
// of everything that happens at the seams; remembers the first violation. Looks at the store and
// the disk from outside, never through the code under test.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "assay/v1/run_record.pb.h"
#include "assay/v1/work_service.pb.h"
#include "coordinator/core/coordinator.h"
#include "coordinator/core/run_plan.h"
#include "tests/simulation/scripted_llm.h"
#include "tests/simulation/sim_blob_store.h"
#include "tests/simulation/sim_run_store.h"

namespace assay {

class Invariants {
 public:
  Invariants(SimLoop& loop, SimRunServer& server, SimDisk& disk, ScriptedLlm& llm,
             const v1::RunRecord& record);

  const std::optional<std::string>& violation() const { return violation_; }
  void Violated(const std::string& what);

  // --- told as it happens ---
  void OnApplied(const Transition& transition, const StoreReply& reply, bool again);
  void OnDurable(const std::string& key, const std::string& value);
  void OnSettled(const v1::SyncRequest& request, const v1::SyncResponse& response);
  void OnJournaled(const v1::AppendJournalRequest& request);
  void OnLeads(const LeaderToken& token);    // it has taken the run over
  void OnCancelled() { cancelled_ = true; }  // the caller was told
  void OnPaused(PauseReason reason, const std::string& detail);
  void OnSealed(const SealedRun& sealed);
  void OnWiped();
  void OnAgentStarted(const std::string& agent) { waits_.erase(agent); }
  void OnLimits(const std::string& agent, const v1::SyncResponse& response);
  void OnCall(const std::string& endpoint, const std::string& agent, const std::string& body);
  // No fault has happened yet: what agents may do at once is exact.
  bool calm = true;
  // A deposed leader was not told at once, at some time in this run.
  bool two_believers = false;

  // --- looked at now and then ---
  void CheckProgress(const RunProgress& progress);
  void CheckStore();

  // --- at the end of a sealed run. `expected`: CanonicalResults of an undisturbed run; empty when
  // the run was cancelled ---
  void CheckEnd(const std::string& expected);
  std::string Results();
  bool cancelled() const { return cancelled_; }

 private:
  void CheckOwner(const Transition& transition);  // I7
  void CheckNoGrantAfterCancel(const Transition&, const StoreReply&);
  void CheckEvidence(const Transition&, const StoreReply&);  // I4
  std::optional<v1::Envelope> EnvelopeOnDisk(UnitIndex unit, const std::string& attempt) const;
  std::optional<UnitIndex> UnitAt(const UnitAddress& address) const;

  SimLoop& loop_;
  SimRunServer& server_;
  SimDisk& disk_;
  ScriptedLlm& llm_;
  const v1::RunRecord& record_;
  std::optional<RunPlan> plan_;
  std::optional<std::string> violation_;
  LeaderToken leader_;
  bool cancelled_ = false;
  bool wiped_ = false;
  std::map<std::string, std::string> acknowledged_;  // unit -> digest of its envelope
  std::set<std::string> journaled_;                  // call hashes
  std::optional<std::string> root_;
  struct Wait {
    absl::Duration told;
    absl::Duration until;
  };
  std::map<std::string, std::map<std::string, Wait>> waits_;  // agent, endpoint
};

}  // namespace assay
