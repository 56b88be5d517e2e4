// LeaderElection: which of several coordinators leads. It only picks a candidate and keeps two from
// working at once for long; what makes writes safe is the leader token of each shard
// (reliability.md 3.13). On the executor only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/executor.h"
#include "common/base/status.h"
#include "coordinator/store/run_store.h"

namespace assay {

// Told from a task of its own. OnElected and OnDemoted alternate.
class LeadershipListener {
 public:
  virtual ~LeadershipListener() = default;
  // The token is new in every term; its epoch is on every replica.
  virtual void OnElected(const LeaderToken& token) = 0;
  virtual void OnDemoted(std::string_view why) = 0;
};

class LeaderElection {
 public:
  virtual ~LeaderElection() = default;

  // Runs for leadership until Resign. Call once; `listener` must outlive the election.
  virtual void Start(LeadershipListener* listener) = 0;

  // The token while this process leads. Judged at the time of the call, so that it is empty as soon
  // as the term has run out, even if OnDemoted has not been delivered yet.
  virtual std::optional<LeaderToken> token() const = 0;

  // Where the leader that was seen last can be reached, for "ask there"; empty when unknown.
  virtual std::string leader_address() const = 0;

  // A shard is owned by `epoch` or a later one: ends the term, and runs again for a higher epoch.
  virtual void Surrender(std::uint64_t epoch) = 0;

  // Gives the leadership up at once and runs no more. `done` is OK when another candidate can take
  // over without waiting for the term to end.
  virtual void Resign(Callback<absl::Status> done) = 0;
};

}  // namespace assay
