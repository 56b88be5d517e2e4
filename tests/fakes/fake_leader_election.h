// LeaderElection whose outcome a test decides.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "coordinator/store/leader_election.h"

namespace assay {

class FakeLeaderElection : public LeaderElection {
 public:
  explicit FakeLeaderElection(Executor& executor) : executor_(executor) {}

  void Elect(LeaderToken token) {
    token_ = std::move(token);
    executor_.Post([this, elected = *token_] { listener_->OnElected(elected); });
  }
  void Demote(std::string why) {
    token_.reset();
    executor_.Post([this, why = std::move(why)] { listener_->OnDemoted(why); });
  }
  void set_leader_address(std::string address) { leader_address_ = std::move(address); }
  bool started() const { return listener_ != nullptr; }
  bool resigned() const { return resigned_; }
  // Of the last Surrender.
  std::optional<std::uint64_t> surrendered_to() const { return surrendered_to_; }

  void Start(LeadershipListener* listener) override { listener_ = listener; }
  std::optional<LeaderToken> token() const override { return token_; }
  std::string leader_address() const override { return leader_address_; }
  void Surrender(std::uint64_t epoch) override {
    surrendered_to_ = epoch;
    if (token_.has_value()) Demote("a shard is owned by a later leader");
  }
  void Resign(Callback<absl::Status> done) override {
    resigned_ = true;
    if (token_.has_value()) Demote("resigned");
    executor_.Post([done = std::move(done)]() mutable { std::move(done)(absl::OkStatus()); });
  }

 private:
  Executor& executor_;
  LeadershipListener* listener_ = nullptr;
  std::optional<LeaderToken> token_;
  std::string leader_address_;
  bool resigned_ = false;
  std::optional<std::uint64_t> surrendered_to_;
};

}  // namespace assay
