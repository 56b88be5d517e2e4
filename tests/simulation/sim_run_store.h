// SimRunServer: the Redis of a simulated cluster, with its replicas. SimRunStore: what one
// coordinator process sees of it, through one ordered connection, with the promises of
// RedisRunStore: writes that are not on every replica yet are sent again over a new connection.
//
// Faults: an operation that is lost, or whose reply is; slow; unavailable; a failover that loses
// every write after some moment since the last WAIT; a wipe that loses all.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/store/memory_run_store.h"
#include "tests/simulation/fault_plan.h"
#include "tests/simulation/sim_loop.h"

namespace assay {

// Runs what is posted at once: makes a MemoryRunStore answer inside the call.
class InlineExecutor : public Executor {
 public:
  void Post(Task task) override { std::move(task)(); }
  TimerId RunAfter(absl::Duration, Task) override { return 0; }
  void Cancel(TimerId) override {}
  bool InLoopThread() const override { return true; }
};

class SimRunServer {
 public:
  SimRunServer(SimLoop& loop, FaultPlan& faults, Mutants mutants)
      : loop_(loop), faults_(faults), mutants_(mutants) {
    live_.emplace(inline_);
    floor_.emplace(inline_);
  }

  // Called after every write that was applied, with its reply; `again`: over a new connection.
  using Observer = std::function<void(const Transition&, const StoreReply&, bool again)>;
  void set_observer(Observer observer) { observer_ = std::move(observer); }

  bool up() const { return up_; }
  void SetUp(bool up);
  // A replica takes over: everything after a moment since the last WAIT is lost.
  void Failover();
  // Everything is lost, replicas included.
  void Wipe();

  // --- for SimRunStore ---
  StoreReply Apply(Transition transition, bool again = false);
  absl::StatusOr<ShardView> Read(const ShardKey& shard);
  std::vector<ShardKey> List(const std::string& run_id);
  std::uint64_t written() const { return written_; }
  // Whether what was answered on a connection is on every replica.
  bool IsDurable(std::uint64_t connection, std::uint64_t mark) const;
  // Connections made before a failover are gone.
  std::uint64_t connection() const { return connection_; }
  int failovers() const { return failovers_; }
  // Everything up to `mark` is on every replica.
  void Replicated(std::uint64_t mark);
  absl::Duration ReplicationLag();

 private:
  struct Written {
    std::uint64_t mark = 0;
    Transition transition;
  };

  StoreReply Run(MemoryRunStore& store, const Transition& transition) const;
  void ScheduleReplication();
  void EndConnections();

  SimLoop& loop_;
  FaultPlan& faults_;
  const Mutants mutants_;
  InlineExecutor inline_;
  std::optional<MemoryRunStore> live_;
  std::optional<MemoryRunStore> floor_;            // what no failover takes back
  std::map<ShardKey, IntegerSums> counted_twice_;  // by the mutant
  std::deque<Written> log_;                        // applied to live_, not yet to floor_
  std::uint64_t written_ = 0;
  std::uint64_t floor_at_ = 0;
  std::uint64_t connection_ = 1;
  std::map<std::uint64_t, std::uint64_t> durable_when_ended_;  // by connection
  int failovers_ = 0;
  bool up_ = true;
  bool replicating_ = false;
  Observer observer_;
};

class SimRunStore : public RunStore {
 public:
  SimRunStore(SimLoop& loop, SimProcess& process, SimRunServer& server, FaultPlan& faults,
              Mutants mutants)
      : loop_(loop),
        process_(process),
        server_(server),
        faults_(faults),
        mutants_(mutants),
        connection_(server.connection()) {}

  void Apply(Transition transition, Callback<absl::StatusOr<StoreReply>> done) override;
  void ReadShard(const ShardKey& shard, Callback<absl::StatusOr<ShardView>> done) override;
  void ListShards(const std::string& run_id,
                  Callback<absl::StatusOr<std::vector<ShardKey>>> done) override;
  void WaitAll(Callback<absl::Status> done) override;

  // Writes that were acknowledged may be gone for good. The owner makes a new store and a new term.
  bool in_doubt() const { return in_doubt_; }
  void set_doubt_listener(std::function<void()> listener) { doubt_listener_ = std::move(listener); }

  // Whether this process reaches the server.
  bool reachable = true;

 private:
  struct Kept {
    std::uint64_t connection = 0;
    std::uint64_t mark = 0;
    Transition transition;
  };

  // When an operation that is sent now arrives: never before one that was sent earlier.
  absl::Duration ArrivalDelay();
  bool Reaches() const { return reachable && server_.up() && !in_doubt_; }
  // Sends what was kept over a new connection.
  void Reconnect();
  void Forget();

  SimLoop& loop_;
  SimProcess& process_;
  SimRunServer& server_;
  FaultPlan& faults_;
  const Mutants mutants_;
  std::uint64_t connection_;
  absl::Duration last_arrival_ = absl::ZeroDuration();
  std::deque<Kept> kept_;
  bool in_doubt_ = false;
  std::function<void()> doubt_listener_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace assay
