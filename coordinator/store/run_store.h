// RunStore: the truth about every unit of every run, one shard at a time. Each transition is one
// atomic step, conditional on the shard's leader token and, for a unit, on its attempt; in Redis it
// is one Lua script (reliability.md 3.6). Rules that every implementation obeys, and that
// tests/unit/coordinator/run_store_contract.h checks:
//
//   * Everything is validated before the first write: a refused transition changed nothing.
//   * Order of checks: shard exists, leader token, shard state, then per unit: known, done, open,
//     attempt, configuration, arguments.
//   * Repeating a transition whose answer was lost changes nothing and says so (kDuplicate).
//   * A count is the size of a set of units. A shard's live sums change only inside Commit, by the
//     integers given there, so that they do not depend on order.
//
// Called on the executor given at construction; completions run there, never inside the call.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "assay/v1/unit.pb.h"
#include "common/base/executor.h"
#include "common/base/status.h"
#include "coordinator/store/attempt_id.h"

namespace assay {

// "epoch:nonce". A higher epoch takes a shard over; an equal epoch with another nonce never does.
struct LeaderToken {
  std::uint64_t epoch = 0;
  std::string nonce;
  friend bool operator==(const LeaderToken&, const LeaderToken&) = default;
};

struct ShardKey {
  std::string run_id;
  std::int32_t shard = 0;
  friend auto operator<=>(const ShardKey&, const ShardKey&) = default;
};

// A unit inside a shard.
struct UnitAddress {
  std::string stage;  // "g.<model>.<repeat>" or "s.<scorer>.<model>.<repeat>"
  std::int32_t sample_index = 0;
  friend auto operator<=>(const UnitAddress&, const UnitAddress&) = default;
};

// Metric name -> integer, llround(x * 1e6) for scores. Names are sorted, each once.
using IntegerSums = std::map<std::string, std::int64_t>;

// The largest magnitude one addend of a sum may have, so that a store may keep it in 12 characters
// with its sign.
inline constexpr std::int64_t kMaxSumAddend = 99'999'999'999;

// Longest record of a unit, in bytes.
inline constexpr std::size_t kMaxRecordBytes = 64;

enum class StoreCode {
  kOk,
  kDuplicate,  // the very same transition was applied before
  kAlready,    // the unit is done with another record
  kStale,      // another attempt holds the unit
  kNotOpen,    // the unit's state does not allow it
  kSkew,       // other configuration than the stage was made with
  kClosed,     // the shard takes no more changes: it is being sealed or is sealed
  kFenced,     // another leader owns the shard
  kNoUnit,
  kNoShard,
  kExists,       // the shard exists at this revision or a later one
  kBadArgument,  // a malformed record, addend or attempt
};
const char* StoreCodeName(StoreCode code);

enum class ShardState { kRunning, kSealing };

struct ShardCounts {
  std::int64_t total = 0;
  std::int64_t blocked = 0;
  std::int64_t queued = 0;
  std::int64_t leased = 0;
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t quarantined = 0;
  std::int64_t cancelled = 0;
  std::int64_t open() const { return blocked + queued + leased; }
  friend bool operator==(const ShardCounts&, const ShardCounts&) = default;
};

struct UnitSeed {
  std::int32_t sample_index = 0;
  v1::UnitState state = v1::UNIT_STATE_QUEUED;
  AttemptId attempt;
  std::string record;  // of units that ended
};

struct StageSeed {
  std::string stage;
  std::string config_digest;
  std::vector<UnitSeed> units;
};

// Makes a shard in the given state (all open for a new run; as rebuilt from blobs after a crash).
// Replaces a shard of a lower revision; kExists otherwise.
struct CreateShard {
  ShardKey shard;
  LeaderToken leader;
  std::int32_t revision = 0;
  std::vector<StageSeed> stages;
  IntegerSums sums;  // of the units that are done already
};

// Makes `leader` the owner. kOk when its epoch is higher, kDuplicate when it owns the shard
// already, kFenced otherwise.
struct AdoptShard {
  ShardKey shard;
  LeaderToken leader;
};

struct UnitGrant {
  UnitAddress unit;
  AttemptId attempt;
};

// Q -> L under a new attempt, whose n must be higher than that of the last (kStale). One code a
// unit; units that are refused do not hinder the others.
struct GrantUnits {
  ShardKey shard;
  LeaderToken leader;
  std::vector<UnitGrant> grants;
};

// L or Q with this attempt -> D. `dependents` in B become Q; other states of theirs are left alone.
// Adds `sums`. Done already: kDuplicate when the record is the same, kAlready when not.
struct CommitUnit {
  ShardKey shard;
  LeaderToken leader;
  UnitAddress unit;
  AttemptId attempt;
  std::string config_digest;
  std::string record;  // deterministic for an attempt: no time of commit
  std::vector<UnitAddress> dependents;
  IntegerSums sums;
};

// L or Q with this attempt -> F or X. Dependents as in CommitUnit. Repeated: kDuplicate.
struct FailUnit {
  ShardKey shard;
  LeaderToken leader;
  UnitAddress unit;
  AttemptId attempt;
  v1::UnitState state = v1::UNIT_STATE_FAILED;  // or UNIT_STATE_QUARANTINED
  std::string record;
  std::vector<UnitAddress> dependents;
};

// L with this attempt -> Q; the attempt is kept, so that a late result can still be taken. One code
// a unit: kDuplicate when it is in Q with this attempt.
struct RequeueUnits {
  ShardKey shard;
  LeaderToken leader;
  std::vector<UnitGrant> units;
};

// B -> Q. One code a unit: kDuplicate when it is in Q.
struct UnblockUnits {
  ShardKey shard;
  LeaderToken leader;
  std::vector<UnitAddress> units;
};

// Every open unit -> C; late results are refused by the state of their unit. kDuplicate when no
// unit is open.
struct CancelShard {
  ShardKey shard;
  LeaderToken leader;
};

// Answers counts and sums. When no unit is open and `close` is set, the shard takes no commits from
// then on. kNotOpen (with the counts) while units are open. Repeated: kOk again.
struct SealCheck {
  ShardKey shard;
  LeaderToken leader;
  bool close = true;
};

using Transition = std::variant<CreateShard, AdoptShard, GrantUnits, CommitUnit, FailUnit,
                                RequeueUnits, UnblockUnits, CancelShard, SealCheck>;

struct StoreReply {
  StoreCode code = StoreCode::kOk;
  std::string detail;            // the other leader, attempt or state, for messages
  std::vector<StoreCode> units;  // GrantUnits, RequeueUnits, UnblockUnits: one each, in order
  ShardCounts counts;            // SealCheck
  IntegerSums sums;              // SealCheck
};

struct StoredUnitState {
  UnitAddress unit;
  v1::UnitState state = v1::UNIT_STATE_UNSPECIFIED;
  AttemptId attempt;
  std::string record;
};

struct ShardView {
  LeaderToken leader;
  std::int32_t revision = 0;
  ShardState state = ShardState::kRunning;
  ShardCounts counts;
  IntegerSums sums;
  std::vector<StoredUnitState> units;  // sorted by address
};

class RunStore {
 public:
  virtual ~RunStore() = default;

  // Applies one transition, after every one given before it. An error status means that it is not
  // known whether it was applied: apply the same one again. kUnavailable is worth a wait; any other
  // status is a defect.
  virtual void Apply(Transition transition, Callback<absl::StatusOr<StoreReply>> done) = 0;

  // kNotFound when there is no such shard.
  virtual void ReadShard(const ShardKey& shard, Callback<absl::StatusOr<ShardView>> done) = 0;

  // OK once everything applied before the call is safe from a failover of the store; kUnavailable:
  // not yet, ask again; kDataLoss: some of it may be gone for good, and the state of every shard
  // has to be taken over anew. Before anything that cannot be taken back.
  virtual void WaitAll(Callback<absl::Status> done) = 0;

  // The shards of a run, sorted.
  virtual void ListShards(const std::string& run_id,
                          Callback<absl::StatusOr<std::vector<ShardKey>>> done) = 0;
};

}  // namespace assay
