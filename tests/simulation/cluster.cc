#include "tests/simulation/cluster.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/agent/task_agent.h"
#include "coordinator/core/recovery.h"
#include "judge/scorer_registry.h"
#include "tests/integration/resume/small_run.h"
#include "worker/strategy_registry.h"

namespace assay {
namespace {

constexpr char kRefused[] = "a forbidden subject";

v1::RunRecord RecordOf(const Workload& workload) {
  v1::RunRecord record = SmallRun(workload.samples, 1, "run1");
  v1::RunSpec& spec = *record.mutable_spec();
  v1::Endpoint judge = spec.endpoints(0);
  spec.mutable_endpoints(0)->set_id("gen");
  spec.mutable_endpoints(0)->set_max_in_flight(3);
  judge.set_id("jud");
  judge.set_max_in_flight(2);
  *spec.add_endpoints() = judge;
  spec.mutable_models(0)->set_endpoint("gen");
  spec.mutable_judges(0)->set_endpoint("jud");
  // Whatever goes wrong, a unit is tried until it goes right: results do not depend on luck.
  spec.mutable_retry()->set_infra_attempts(200);
  spec.mutable_retry()->set_backoff_max_s(8);
  if (workload.refused) {
    record.mutable_suites(0)->mutable_samples(1)->set_prompt(std::string("Write about ") +
                                                             kRefused);
  }
  return record;
}

ScriptedLlm::Answer AnswerOf(int malformed) {
  return [malformed](const std::string& body) -> LlmResult {
    if (body.find("judge-1") == std::string::npos) {
      if (body.find(kRefused) != std::string::npos) {
        return MakeCallError(v1::ERROR_CLASS_REQUEST, "refused for good");
      }
      LlmCall call;
      call.body = body;
      return SmallAnswer(call, 0);
    }
    const int digit = static_cast<int>(Sha256Hex("malformed" + body)[0]);
    const int value = digit <= '9' ? digit - '0' : digit - 'a' + 10;
    if (value < malformed) return MakeReply("no verdict today");
    return MakeReply(JudgeAnswer(body));
  };
}

}  // namespace

Workload Workload::FromSeed(Random& random, const FaultPlan& faults) {
  Workload workload;
  workload.samples = 2 + static_cast<int>(random.Below(5));
  workload.refused = random.Below(4) == 0;
  workload.malformed = faults.malformed;
  workload.coordinators = 1 + static_cast<int>(random.Below(3));
  workload.workers = 1 + static_cast<int>(random.Below(6));
  workload.judges = 1 + static_cast<int>(random.Below(3));
  return workload;
}

// A machine on which coordinator processes follow each other. What ended stays until the end of
// the simulation, because events may still point at it.
class CoordinatorMachine : public SimServer {
 public:
  CoordinatorMachine(Cluster& cluster, std::string name)
      : cluster_(cluster), name_(std::move(name)) {}

  struct Life : LeadershipListener, CoordinatorObserver {
    Life(Cluster& c, const std::string& name)
        : cluster(c),
          process(c.loop, name, c.DrawSkew()),
          blobs(c.loop, process, c.disk, c.faults, c.mutants),
          election(c.loop, process, c.election, c.faults, c.mutants) {
      NewStore();
    }

    void NewStore() {
      stores.push_back(std::make_unique<SimRunStore>(cluster.loop, process, cluster.store,
                                                     cluster.faults, cluster.mutants));
      stores.back()->reachable = reachable;
      stores.back()->set_doubt_listener([this] { GiveUp("store in doubt"); });
    }

    void GiveUp(const std::string& why) {
      process.Trace("gives up: " + why);
      ready = false;
      if (current != nullptr) current->StepDown(why);
      current = nullptr;
      if (!election.token().has_value()) return;
      election.Surrender(std::max(election.token()->epoch, cluster.LastEpochOnDisk()));
    }

    void OnElected(const LeaderToken& token) override {
      if (stores.back()->in_doubt()) NewStore();
      CoordinatorOptions options;
      options.leader = token;
      options.lease = absl::Seconds(10);
      options.lease_grace = absl::Seconds(2);
      options.poll_hold = absl::Seconds(8);
      options.max_deaths = 1000;
      terms.push_back(std::make_unique<Coordinator>(
          CoordinatorSeams{.executor = process,
                           .clock = process,
                           .store = *stores.back(),
                           .blobs = blobs,
                           .needs_calls = ScorerNeedsCalls,
                           .random = cluster.loop.random().Fork(),
                           .observer = this,
                           .refresh_blobs = [this] { return blobs.Refresh(); }},
          options));
      current = terms.back().get();
      current->AddRun(cluster.record, [this, token, mine = current](const absl::Status& status) {
        if (mine != current) return;
        if (!status.ok()) {
          if (absl::IsDataLoss(status) && !stores.back()->in_doubt()) {
            cluster.invariants().Violated("I6: " + std::string(status.message()));
          }
          GiveUp(std::string(status.message()));
          return;
        }
        process.Trace("leads " + std::to_string(token.epoch));
        ready = true;
        cluster.invariants().OnLeads(token);
      });
    }
    void OnDemoted(std::string_view why) override {
      ready = false;
      if (current == nullptr) return;
      process.Trace("demoted");
      current->StepDown(why);
      current = nullptr;
    }

    void OnRunSealed(const std::string&, const SealedRun& sealed) override {
      process.Trace("sealed " + sealed.manifest_root);
      cluster.invariants().OnSealed(sealed);
    }
    void OnRunPaused(const std::string&, PauseReason reason, const std::string& detail) override {
      process.Trace("paused " + detail);
      cluster.invariants().OnPaused(reason, detail);
    }
    void OnRunDrained(const std::string&) override {}
    void OnProgress(const std::string&) override {}
    void OnFenced(const std::string& detail) override {
      if (current != nullptr && !current->leading()) GiveUp(detail);
    }

    Cluster& cluster;
    SimProcess process;
    SimBlobStore blobs;
    SimElection election;
    std::vector<std::unique_ptr<SimRunStore>> stores;
    std::vector<std::unique_ptr<Coordinator>> terms;
    Coordinator* current = nullptr;
    bool ready = false;
    bool reachable = true;
    std::map<std::string, std::uint64_t> newest_sync;
  };

  const std::string& name() const override { return name_; }
  bool up() const override { return !lives_.empty() && lives_.back()->process.alive(); }
  Coordinator* leader() override {
    return up() && lives_.back()->ready ? lives_.back()->current : nullptr;
  }
  std::uint64_t& newest_sync(const std::string& agent) override {
    return lives_.back()->newest_sync[agent];
  }

  void Start() {
    if (up()) return;
    lives_.push_back(std::make_unique<Life>(cluster_, name_));
    life().process.Trace("starts");
    life().election.Start(&life());
  }
  void Kill(absl::Duration time_to_live) {
    if (!up()) return;
    life().process.Trace("is killed");
    life().process.Kill();
    life().election.Die(time_to_live);
  }
  void Reach(bool reachable) {
    if (lives_.empty()) return;
    life().reachable = reachable;
    for (auto& store : life().stores) store->reachable = reachable;
  }
  Life& life() { return *lives_.back(); }

 private:
  Cluster& cluster_;
  const std::string name_;
  std::vector<std::unique_ptr<Life>> lives_;
};

class AgentMachine {
 public:
  AgentMachine(Cluster& cluster, std::string name, bool judges)
      : cluster_(cluster), name_(std::move(name)), judges_(judges) {}

  struct Life {
    Life(Cluster& c, const std::string& name)
        : process(c.loop, name, c.DrawSkew()),
          chat(process, c.llm),
          work(c.loop, process, c.network, c.faults, c.Servers()) {}
    SimProcess process;
    SimChatClient chat;
    SimWorkClient work;
    std::unique_ptr<TaskAgent> agent;
  };

  const std::string& name() const { return name_; }
  bool up() const { return !lives_.empty() && lives_.back()->process.alive(); }
  bool idle() const {
    if (!up()) return true;
    const TaskAgent& agent = *lives_.back()->agent;
    return agent.running() == 0 && agent.unsettled() == 0;
  }

  void Start() {
    if (up()) return;
    lives_.push_back(std::make_unique<Life>(cluster_, name_));
    Life& life = *lives_.back();
    life.work.set_invariants(&cluster_.invariants());
    life.work.set_mutants(cluster_.mutants);
    cluster_.invariants().OnAgentStarted(name_);
    TaskAgentOptions options;
    options.agent_id = name_;
    options.kinds =
        judges_ ? std::vector<v1::UnitKind>{v1::UNIT_KIND_PREPARE, v1::UNIT_KIND_SCORE_RULES,
                                            v1::UNIT_KIND_SCORE_JUDGED}
                : std::vector<v1::UnitKind>{v1::UNIT_KIND_GENERATE};
    options.slots = 2;
#ifdef ASSAY_FAILPOINTS
    options.journal_after_step = cluster_.mutants.journal_after_step;
#endif
    life.agent = std::make_unique<TaskAgent>(
        TaskAgentSeams{
            .executor = life.process,
            .clock = life.process,
            .work = life.work,
            .chat = life.chat,
            .factory = judges_ ? MachineFactory(MakeScorer) : MachineFactory(MakeStrategy),
            .random = cluster_.loop.random().Fork()},
        options);
    life.process.Trace("starts");
    life.agent->Start([this, &life](const absl::Status& status) {
      life.process.Trace("ends: " + status.ToString());
      Stop(life);
      cluster_.loop.At(absl::Seconds(2), [this] { Start(); });
    });
  }
  void Kill() {
    if (!up()) return;
    lives_.back()->process.Trace("is killed");
    Stop(*lives_.back());
  }
  void Drain(absl::Duration limit) {
    if (!up()) return;
    lives_.back()->process.Trace("drains");
    lives_.back()->agent->Drain(limit);
  }
  SimProcess& process() { return lives_.back()->process; }

 private:
  void Stop(Life& life) {
    life.process.Kill();
    life.chat.Drop();
  }

  Cluster& cluster_;
  const std::string name_;
  const bool judges_;
  std::vector<std::unique_ptr<Life>> lives_;
};

Cluster::Cluster(SimLoop& l, FaultPlan& f, const Workload& w, Mutants m)
    : loop(l),
      faults(f),
      workload(w),
      mutants(m),
      network(loop, faults),
      store(loop, faults, mutants),
      llm(loop, faults, AnswerOf(workload.malformed)),
      record(RecordOf(workload)) {
  invariants_ = std::make_unique<Invariants>(loop, store, disk, llm, record);
  store.set_observer([this](const Transition& transition, const StoreReply& reply, bool again) {
    invariants_->OnApplied(transition, reply, again);
  });
  disk.on_durable = [this](const std::string& key, const std::string& value) {
    invariants_->OnDurable(key, value);
  };
  if (loop.tracing()) {
    disk.trace = [this](const std::string& writer, const std::string& what) {
      loop.Trace(writer, what);
    };
  }
  llm.on_start = [this](const std::string& endpoint, const std::string& agent,
                        const std::string& body) { invariants_->OnCall(endpoint, agent, body); };
  disk.Append("submit", {RecordKey(record.run_id()), record.SerializeAsString()});
  const auto named = [](const char* prefix, int i) { return prefix + std::to_string(i); };
  for (int i = 0; i < workload.coordinators; ++i) {
    coordinators.push_back(std::make_unique<CoordinatorMachine>(*this, named("c", i)));
  }
  for (int i = 0; i < workload.workers; ++i) {
    agents.push_back(std::make_unique<AgentMachine>(*this, named("w", i), false));
  }
  for (int i = 0; i < workload.judges; ++i) {
    agents.push_back(std::make_unique<AgentMachine>(*this, named("j", i), true));
  }
}

Cluster::~Cluster() = default;

std::vector<SimServer*> Cluster::Servers() {
  std::vector<SimServer*> servers;
  for (const auto& coordinator : coordinators) servers.push_back(coordinator.get());
  return servers;
}

SimSkew Cluster::DrawSkew() {
  Random& random = loop.random();
  SimSkew skew;
  skew.rate = 1.0 + faults.skew * (2 * random.Unit() - 1);
  skew.start = absl::Seconds(1000 + static_cast<std::int64_t>(random.Below(100000)));
  if (faults.wall_skew) skew.wall = absl::Hours(2) * (random.Unit() - 0.5);
  return skew;
}

void Cluster::Start() {
  for (const auto& coordinator : coordinators) coordinator->Start();
  for (const auto& agent : agents) agent->Start();
}

void Cluster::Every(absl::Duration mean, void (Cluster::*fault)()) {
  if (mean == absl::InfiniteDuration()) return;
  loop.At(mean * (0.2 + 1.6 * loop.random().Unit()), [this, mean, fault] {
    if (!chaos_) return;
    invariants_->calm = false;
    (this->*fault)();
    Every(mean, fault);
  });
}

void Cluster::BeginChaos() {
  chaos_ = true;
  const bool network_is_fine = faults.drop + faults.duplicate + faults.reset + faults.straggle == 0;
  invariants_->calm = network_is_fine && faults.latency_spread <= absl::Milliseconds(10);
  Every(faults.crash_coordinator, &Cluster::CrashCoordinator);
  Every(faults.crash_agent, &Cluster::CrashAgent);
  Every(faults.drain_agent, &Cluster::DrainAgent);
  Every(faults.partition, &Cluster::Partition);
  Every(faults.store_outage, &Cluster::StoreOutage);
  Every(faults.failover, &Cluster::FailOver);
  Every(faults.wipe_store, &Cluster::WipeStore);
  Every(faults.blob_outage, &Cluster::BlobOutage);
  Every(faults.depose, &Cluster::Depose);
  Every(faults.jump_wall, &Cluster::JumpWall);
  if (faults.cancel) loop.At(Some(absl::Seconds(60)), [this] { CancelRun(); });
}

void Cluster::CrashCoordinator() {
  CoordinatorMachine& machine = *coordinators[loop.random().Below(coordinators.size())];
  machine.Kill(Some(absl::Seconds(10)));
  loop.At(Some(absl::Seconds(15)), [&machine] { machine.Start(); });
}

void Cluster::CrashAgent() {
  AgentMachine& machine = *agents[loop.random().Below(agents.size())];
  machine.Kill();
  loop.At(Some(absl::Seconds(15)), [&machine] { machine.Start(); });
}

void Cluster::DrainAgent() {
  agents[loop.random().Below(agents.size())]->Drain(Some(absl::Seconds(15)));
}

void Cluster::Partition() {
  CoordinatorMachine& machine = *coordinators[loop.random().Below(coordinators.size())];
  const absl::Duration time = Some(absl::Seconds(40));
  if (loop.random().Below(4) == 0) {
    // From the run store.
    machine.Reach(false);
    loop.At(time, [&machine] { machine.Reach(true); });
    return;
  }
  const std::uint64_t way = loop.random().Below(3);
  for (const auto& agent : agents) {
    if (loop.random().Below(3) == 0) continue;
    const std::string a = agent->name();
    const std::string c = machine.name();
    if (way != 0) network.Cut(a, c);
    if (way != 1) network.Cut(c, a);
    loop.At(time, [this, a, c] {
      network.Mend(a, c);
      network.Mend(c, a);
    });
  }
}

void Cluster::StoreOutage() {
  store.SetUp(false);
  loop.At(Some(absl::Seconds(20)), [this] { store.SetUp(true); });
}

void Cluster::FailOver() { store.Failover(); }

std::uint64_t Cluster::LastEpochOnDisk() const {
  std::uint64_t last = 0;
  const std::string prefix = "run/" + record.run_id() + "/commit/";
  for (auto it = disk.records.lower_bound(prefix);
       it != disk.records.end() && it->first.starts_with(prefix); ++it) {
    v1::CommitRecord commit;
    commit.ParseFromString(*it->second.front().value);
    last = std::max<std::uint64_t>(last, commit.epoch());
  }
  return last;
}

void Cluster::WipeStore() {
  store.Wipe();
  // The counter of epochs is in the same store.
  election.epoch = 0;
  invariants_->OnWiped();
}

void Cluster::BlobOutage() {
  disk.up = false;
  loop.At(Some(absl::Seconds(20)), [this] { disk.up = true; });
}

void Cluster::Depose() {
  for (const auto& machine : coordinators) {
    if (!machine->up() || !machine->life().election.token().has_value()) continue;
    const bool believes = loop.random().Unit() < faults.old_believes;
    invariants_->two_believers = invariants_->two_believers || believes;
    machine->life().election.Depose(believes ? Some(absl::Seconds(40)) : absl::ZeroDuration());
  }
}

void Cluster::JumpWall() {
  AgentMachine& agent = *agents[loop.random().Below(agents.size())];
  const absl::Duration by = absl::Hours(2) * (loop.random().Unit() - 0.5);
  if (agent.up()) agent.process().JumpWall(by);
  CoordinatorMachine& machine = *coordinators[loop.random().Below(coordinators.size())];
  if (machine.up()) machine.life().process.JumpWall(-by);
}

void Cluster::CancelRun() {
  if (Sealed() || invariants_->cancelled()) return;
  // A user asks until somebody says yes.
  loop.At(absl::Seconds(3), [this] { CancelRun(); });
  for (const auto& machine : coordinators) {
    if (machine->leader() == nullptr) continue;
    machine->leader()->Cancel(record.run_id(), [this](const absl::Status& status) {
      loop.Trace("user", "cancel: " + status.ToString());
      if (status.ok()) invariants_->OnCancelled();
    });
    return;
  }
}

void Cluster::Heal() {
  chaos_ = false;
  loop.Trace("", "healed");
  faults.Heal();
  network.MendAll();
  disk.up = true;
  if (!store.up()) store.SetUp(true);
  for (const auto& machine : coordinators) {
    machine->Reach(true);
    machine->Start();
  }
  for (const auto& agent : agents) agent->Start();
}

bool Cluster::Sealed() const { return disk.Has(ManifestKey(record.run_id(), 0)); }

bool Cluster::Idle() const {
  return std::all_of(agents.begin(), agents.end(), [](const auto& agent) { return agent->idle(); });
}

void Cluster::CheckNow() {
  for (const auto& machine : coordinators) {
    if (machine->leader() == nullptr) continue;
    const auto progress = machine->leader()->Progress(record.run_id());
    if (progress.ok()) invariants_->CheckProgress(*progress);
  }
  invariants_->CheckStore();
}

std::string Cluster::Describe() const {
  std::string text;
  for (const auto& machine : coordinators) {
    Coordinator* leader = machine->leader();
    text += machine->name() + (machine->up() ? leader != nullptr ? " leads" : " waits" : " down");
    if (leader != nullptr) {
      const RunProgress p = leader->Progress(record.run_id()).value();
      text += std::string(" (") + RunPhaseName(p.phase) + " " + PauseReasonName(p.pause_reason) +
              " " + p.pause_detail;
      for (const UnitCounts* c : {&p.generations, &p.rule_scorings, &p.judged_scorings}) {
        text += " B" + std::to_string(c->blocked) + " Q" + std::to_string(c->queued) + " L" +
                std::to_string(c->leased) + " ended " + std::to_string(c->ended());
      }
      text += ")";
    }
    text += "; ";
  }
  for (const auto& agent : agents) {
    text += agent->name() + (!agent->up() ? " down " : agent->idle() ? " idle " : " busy ");
  }
  return text;
}

}  // namespace assay
