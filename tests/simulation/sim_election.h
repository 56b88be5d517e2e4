// The election of a simulated cluster. It promises what LeaderElection does and no more: a leader
// that was deposed may not hear of it for a while, so that two believe at once, and a counter that
// lost its last step hands an epoch out twice, with another nonce.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "coordinator/store/leader_election.h"
#include "tests/simulation/fault_plan.h"
#include "tests/simulation/sim_loop.h"

namespace assay {

class SimElection;

struct SimElectionServer {
  SimElection* leader = nullptr;
  absl::Duration free_at = absl::ZeroDuration();  // when a leader that died is forgotten
  std::uint64_t epoch = 0;
};

class SimElection : public LeaderElection {
 public:
  SimElection(SimLoop& loop, SimProcess& process, SimElectionServer& server, FaultPlan& faults,
              Mutants mutants)
      : loop_(loop), process_(process), server_(server), faults_(faults), mutants_(mutants) {}

  void Start(LeadershipListener* listener) override {
    listener_ = listener;
    Campaign();
  }
  std::optional<LeaderToken> token() const override { return token_; }
  std::string leader_address() const override { return ""; }

  void Surrender(std::uint64_t epoch) override {
    floor_ = std::max(floor_, epoch);
    Lose("surrendered");
  }
  void Resign(Callback<absl::Status> done) override {
    Lose("resigned");
    resigned_ = true;
    process_.Post([done = std::move(done)]() mutable { std::move(done)(absl::OkStatus()); });
  }

  // Somebody else may lead from now on; this one is told after `later`.
  void Depose(absl::Duration later) {
    if (server_.leader == this) server_.leader = nullptr;
    const std::optional<LeaderToken> deposed = token_;
    process_.RunAfter(later, [this, deposed] {
      if (token_ == deposed) Lose("deposed");
    });
  }
  // The process was killed.
  void Die(absl::Duration time_to_live) {
    if (server_.leader != this) return;
    server_.leader = nullptr;
    server_.free_at = loop_.now() + time_to_live;
  }

 private:
  void Lose(const char* why) {
    if (server_.leader == this) server_.leader = nullptr;
    if (!token_.has_value()) return;
    token_.reset();
    process_.Post([this, why] { listener_->OnDemoted(why); });
    not_before_ = loop_.now() + absl::Seconds(1);
  }

  void Campaign() {
    if (resigned_) return;
    process_.RunAfter(absl::Milliseconds(500) + absl::Seconds(1) * loop_.random().Unit(), [this] {
      Campaign();
      if (token_.has_value() || server_.leader != nullptr || loop_.now() < server_.free_at ||
          loop_.now() < not_before_) {
        return;
      }
      Random& random = loop_.random();
      const bool again = server_.epoch > floor_ && random.Unit() < faults_.same_epoch;
      if (!again) server_.epoch = std::max(server_.epoch, floor_) + 1;
      server_.leader = this;
      token_ = LeaderToken{server_.epoch, mutants_.no_nonce ? "0" : random.Hex(16)};
      process_.Trace("elected " + std::to_string(token_->epoch));
      process_.Post([this, token = *token_] { listener_->OnElected(token); });
    });
  }

  SimLoop& loop_;
  SimProcess& process_;
  SimElectionServer& server_;
  FaultPlan& faults_;
  const Mutants mutants_;
  LeadershipListener* listener_ = nullptr;
  std::optional<LeaderToken> token_;
  std::uint64_t floor_ = 0;
  absl::Duration not_before_ = absl::ZeroDuration();
  bool resigned_ = false;
};

}  // namespace assay
