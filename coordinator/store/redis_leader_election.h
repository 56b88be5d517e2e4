// Leader election by a key with a time to live (reliability.md 3.13): "epoch:nonce address" under
// assay1:{ctl}:leader, taken when free, extended by compare and extend, deleted by compare and
// delete. The epoch grows by a counter beside it. A term is measured on this process's steady
// clock from when the last renewal that succeeded was sent, so it ends before the key does.
//
// Uses a client of its own: a run store's WAIT must not hold renewals up. Destroy it after the
// client, when the executor has stopped.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/random.h"
#include "coordinator/store/durable_mark.h"
#include "coordinator/store/leader_election.h"
#include "coordinator/store/redis_client.h"

namespace assay {

struct RedisLeaderElectionOptions {
  std::string address;  // told to those who look for the leader; no spaces
  // REQUIRES: renew < demote_after < ttl.
  absl::Duration ttl = absl::Seconds(10);
  absl::Duration renew = absl::Seconds(3);
  absl::Duration demote_after = absl::Seconds(7);
  // Of a candidate, and of a renewal without answer: a planned handover waits for it.
  absl::Duration retry = absl::Milliseconds(250);
  ReplicaWait wait;  // before a term begins
  const RedisScripts* scripts = &RedisScripts::BuiltIn();
};

class RedisLeaderElection : public LeaderElection {
 public:
  RedisLeaderElection(Executor& executor, const Clock& clock, RedisClient& client, Random random,
                      RedisLeaderElectionOptions options);
  ~RedisLeaderElection() override;

  void Start(LeadershipListener* listener) override;
  std::optional<LeaderToken> token() const override;
  std::string leader_address() const override { return leader_address_; }
  void Surrender(std::uint64_t epoch) override;
  void Resign(Callback<absl::Status> done) override;

 private:
  enum class State { kIdle, kCandidate, kLeader, kResigned };

  void Campaign();
  void OnCampaign(absl::Duration sent, absl::StatusOr<RedisAnswer> answer);
  void OnElectedIn(std::uint64_t epoch, absl::Duration sent, std::uint64_t connection);
  void OnConfirmed(absl::Duration sent, const absl::Status& confirmed);
  void RunAgain(absl::Duration delay);
  void Renew();
  void OnRenewed(absl::Duration sent, absl::StatusOr<RedisAnswer> answer);
  void Demote(std::string why);
  void Release(Callback<absl::Status> done);
  void SetTimer(TimerId& timer, absl::Duration delay, Task task);
  void StopTimers();
  void Tell(Task task);
  std::string Value() const;

  Executor& executor_;
  const Clock& clock_;
  RedisClient& client_;
  Random random_;
  const RedisLeaderElectionOptions options_;
  LeadershipListener* listener_ = nullptr;
  State state_ = State::kIdle;
  LeaderToken token_;       // of this term or this candidacy; its epoch is 0 until elected
  std::uint64_t term_ = 0;  // grows with every candidacy; answers to older ones are ignored
  std::uint64_t epoch_floor_ = 0;
  absl::Duration term_end_ = absl::ZeroDuration();
  std::string leader_address_;
  TimerId act_timer_ = 0;  // the next campaign or renewal
  TimerId end_timer_ = 0;  // the end of the term
};

}  // namespace assay
