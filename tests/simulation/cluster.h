// Cluster: a whole Assay cluster in one thread: coordinators, workers and judges made of production
// code (Coordinator, TaskAgent, StepRunner, EndpointLimits, MakeStrategy, MakeScorer) over
// simulated network, run store, disk, election, clocks and endpoint. Simulate() runs one seed: a
// phase in which everything goes wrong and nothing may be false, then one in which everything is
// healed and the run must end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/fault_plan.h"
#include "tests/simulation/invariants.h"
#include "tests/simulation/scripted_llm.h"
#include "tests/simulation/sim_blob_store.h"
#include "tests/simulation/sim_election.h"
#include "tests/simulation/sim_loop.h"
#include "tests/simulation/sim_network.h"
#include "tests/simulation/sim_run_store.h"
#include "tests/simulation/sim_work_client.h"

namespace assay {

struct Workload {
  int samples = 3;
  bool refused = false;  // the endpoint refuses one of the prompts for good
  int malformed = 0;     // of 16 judge replies
  int coordinators = 2;
  int workers = 2;
  int judges = 1;

  static Workload FromSeed(Random& random, const FaultPlan& faults);
};

class CoordinatorMachine;
class AgentMachine;

class Cluster {
 public:
  Cluster(SimLoop& loop, FaultPlan& faults, const Workload& workload, Mutants mutants);
  ~Cluster();

  void Start();
  // Lets the faults of the plan happen from now on.
  void BeginChaos();
  // Ends all faults; everything that is down comes up.
  void Heal();

  bool Sealed() const;
  bool Idle() const;  // no agent runs or has to report anything
  Invariants& invariants() { return *invariants_; }
  void CheckNow();
  std::string Describe() const;

  // --- for the machines ---
  SimLoop& loop;
  FaultPlan& faults;
  const Workload workload;
  const Mutants mutants;
  SimNetwork network;
  SimRunServer store;
  SimDisk disk;
  SimElectionServer election;
  ScriptedLlm llm;
  v1::RunRecord record;
  std::vector<std::unique_ptr<CoordinatorMachine>> coordinators;
  std::vector<std::unique_ptr<AgentMachine>> agents;

  std::vector<SimServer*> Servers();
  std::uint64_t LastEpochOnDisk() const;
  SimSkew DrawSkew();

 private:
  void Every(absl::Duration mean, void (Cluster::*fault)());
  void CrashCoordinator();
  void CrashAgent();
  void DrainAgent();
  void Partition();
  void StoreOutage();
  void FailOver();
  void WipeStore();
  void BlobOutage();
  void Depose();
  void JumpWall();
  void CancelRun();
  absl::Duration Some(absl::Duration most) { return most * loop.random().Unit(); }

  std::unique_ptr<Invariants> invariants_;
  bool chaos_ = false;
};

struct SimulationResult {
  std::string violation;  // empty: none
  std::uint64_t trace_hash = 0;
  std::uint64_t events = 0;
  absl::Duration virtual_time;
  std::string results;  // canonical; of a run that was not cancelled
};

struct SimulationOptions {
  Mutants mutants;
  bool trace = false;
};

SimulationResult Simulate(std::uint64_t seed, const SimulationOptions& options = {});

}  // namespace assay
