#include "coordinator/store/redis_leader_election.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/base/check.h"
#include "common/base/log.h"

namespace assay {
namespace {

constexpr char kLeaderKey[] = "assay1:{ctl}:leader";
constexpr char kEpochKey[] = "assay1:{ctl}:epoch";
constexpr int kNonceDigits = 16;
// So that a candidate looks just after the key has gone, not just before.
constexpr absl::Duration kAfterExpiry = absl::Milliseconds(2);

std::string Millis(absl::Duration duration) {
  return std::to_string(absl::ToInt64Milliseconds(duration));
}

std::string AddressIn(const std::string& value) {
  const std::size_t space = value.find(' ');
  return space == std::string::npos ? std::string() : value.substr(space + 1);
}

std::uint64_t EpochIn(const std::string& text) {
  std::uint64_t epoch = 0;
  std::from_chars(text.data(), text.data() + text.size(), epoch);
  return epoch;
}

}  // namespace

RedisLeaderElection::RedisLeaderElection(Executor& executor, const Clock& clock,
                                         RedisClient& client, Random random,
                                         RedisLeaderElectionOptions options)
    : executor_(executor),
      clock_(clock),
      client_(client),
      random_(random),
      options_(std::move(options)) {
  ASSAY_CHECK(options_.renew < options_.demote_after && options_.demote_after < options_.ttl);
  ASSAY_CHECK(options_.address.find(' ') == std::string::npos);
}

RedisLeaderElection::~RedisLeaderElection() { StopTimers(); }

void RedisLeaderElection::Start(LeadershipListener* listener) {
  ASSAY_CHECK(state_ == State::kIdle);
  listener_ = listener;
  RunAgain(absl::ZeroDuration());
}

std::optional<LeaderToken> RedisLeaderElection::token() const {
  if (state_ != State::kLeader || clock_.SteadyNow() >= term_end_) return std::nullopt;
  return token_;
}

std::string RedisLeaderElection::Value() const {
  return std::to_string(token_.epoch) + ":" + token_.nonce + " " + options_.address;
}

void RedisLeaderElection::SetTimer(TimerId& timer, absl::Duration delay, Task task) {
  if (timer != 0) executor_.Cancel(timer);
  timer = executor_.RunAfter(delay, [&timer, task = std::move(task)]() mutable {
    timer = 0;
    std::move(task)();
  });
}

void RedisLeaderElection::StopTimers() {
  for (TimerId* timer : {&act_timer_, &end_timer_}) {
    if (*timer != 0) executor_.Cancel(std::exchange(*timer, 0));
  }
}

void RedisLeaderElection::Tell(Task task) { executor_.Post(std::move(task)); }

// A candidacy of its own: a new nonce, so that no answer to an older one can be taken for it.
void RedisLeaderElection::RunAgain(absl::Duration delay) {
  StopTimers();
  state_ = State::kCandidate;
  token_ = {0, random_.Hex(kNonceDigits)};
  ++term_;
  SetTimer(act_timer_, delay, [this] { Campaign(); });
}

void RedisLeaderElection::Campaign() {
  const absl::Duration sent = clock_.SteadyNow();
  client_.Send(
      {&options_.scripts->elect,
       {kLeaderKey, kEpochKey},
       {token_.nonce, Millis(options_.ttl), options_.address, std::to_string(epoch_floor_)}},
      [this, sent, term = term_](absl::StatusOr<RedisAnswer> answer) {
        if (term == term_) OnCampaign(sent, std::move(answer));
      });
}

void RedisLeaderElection::OnCampaign(absl::Duration sent, absl::StatusOr<RedisAnswer> answer) {
  if (answer.ok() && answer->reply.elements.size() >= 2) {
    const std::vector<RedisReply>& parts = answer->reply.elements;
    if (parts[0].is_text("ELECTED")) {
      return OnElectedIn(EpochIn(parts[1].text), sent, answer->connection);
    }
    if (state_ == State::kResigned) return;
    leader_address_ = AddressIn(parts[1].text);
    const std::int64_t left_ms = parts.size() > 2 ? parts[2].integer : -1;
    const absl::Duration left = absl::Milliseconds(left_ms) + kAfterExpiry;
    return SetTimer(act_timer_, left_ms >= 0 ? std::min(left, options_.retry) : options_.retry,
                    [this] { Campaign(); });
  }
  if (state_ == State::kResigned) return;
  if (!answer.ok() && !absl::IsUnavailable(answer.status())) {
    Log(LogLevel::kError, "election_failed", {{"error", MessageOf(answer.status())}});
  }
  // It is not known whether the key was taken: the same nonce asks again.
  SetTimer(act_timer_, options_.retry, [this] { Campaign(); });
}

void RedisLeaderElection::OnElectedIn(std::uint64_t epoch, absl::Duration sent,
                                      std::uint64_t connection) {
  token_.epoch = epoch;
  if (state_ == State::kResigned) return Release([](absl::Status) {});
  if (options_.wait.replicas == 0) return OnConfirmed(sent, absl::OkStatus());
  WaitForReplicas(client_, options_.wait,
                  [this, sent, connection, term = term_](absl::StatusOr<std::uint64_t> waited) {
                    if (term != term_) return;
                    if (waited.ok() && *waited != connection) {
                      waited = Unavailable("the connection broke before WAIT");
                    }
                    OnConfirmed(sent, waited.status());
                  });
}

void RedisLeaderElection::OnConfirmed(absl::Duration sent, const absl::Status& confirmed) {
  if (state_ != State::kCandidate) return;
  const absl::Duration now = clock_.SteadyNow();
  term_end_ = sent + options_.demote_after;
  if (!confirmed.ok() || now >= term_end_) {
    if (!confirmed.ok()) client_.Recheck();
    Release([](absl::Status) {});
    return RunAgain(options_.retry);
  }
  state_ = State::kLeader;
  leader_address_ = options_.address;
  SetTimer(act_timer_, sent + options_.renew - now, [this] { Renew(); });
  SetTimer(end_timer_, term_end_ - now, [this] { Demote("no renewal was answered in time"); });
  Tell([listener = listener_, token = token_] { listener->OnElected(token); });
}

void RedisLeaderElection::Renew() {
  const absl::Duration sent = clock_.SteadyNow();
  client_.Send({&options_.scripts->renew, {kLeaderKey}, {Value(), Millis(options_.ttl)}},
               [this, sent, term = term_](absl::StatusOr<RedisAnswer> answer) {
                 if (term == term_) OnRenewed(sent, std::move(answer));
               });
}

void RedisLeaderElection::OnRenewed(absl::Duration sent, absl::StatusOr<RedisAnswer> answer) {
  if (state_ != State::kLeader) return;
  const absl::Duration now = clock_.SteadyNow();
  if (now >= term_end_) return Demote("a renewal was answered too late");
  if (!answer.ok()) {
    return SetTimer(act_timer_, std::min(options_.retry, options_.renew), [this] { Renew(); });
  }
  const std::vector<RedisReply>& parts = answer->reply.elements;
  if (parts.empty() || !parts[0].is_text("OK")) {
    leader_address_ = parts.size() > 1 ? AddressIn(parts[1].text) : std::string();
    return Demote("the leader key is held by another or gone");
  }
  term_end_ = sent + options_.demote_after;
  SetTimer(act_timer_, sent + options_.renew - now, [this] { Renew(); });
  SetTimer(end_timer_, term_end_ - now, [this] { Demote("no renewal was answered in time"); });
}

void RedisLeaderElection::Release(Callback<absl::Status> done) {
  client_.Send({&options_.scripts->resign, {kLeaderKey}, {Value()}},
               [done = std::move(done)](absl::StatusOr<RedisAnswer> answer) mutable {
                 std::move(done)(answer.status());
               });
}

void RedisLeaderElection::Demote(std::string why) {
  Log(LogLevel::kWarning, "leader_demoted",
      {{"epoch", static_cast<std::int64_t>(token_.epoch)}, {"why", why}});
  Tell([listener = listener_, why = std::move(why)] { listener->OnDemoted(why); });
  Release([](absl::Status) {});
  RunAgain(options_.retry);
}

void RedisLeaderElection::Surrender(std::uint64_t epoch) {
  epoch_floor_ = std::max(epoch_floor_, epoch);
  if (state_ == State::kLeader) Demote("a shard is owned by a later leader");
}

void RedisLeaderElection::Resign(Callback<absl::Status> done) {
  const State before = std::exchange(state_, State::kResigned);
  StopTimers();
  if (before == State::kLeader) {
    Tell([listener = listener_] { listener->OnDemoted("resigned"); });
  }
  // Elected already, though perhaps not confirmed by the replicas.
  if (token_.epoch != 0) return Release(std::move(done));
  Tell([done = std::move(done)]() mutable { std::move(done)(absl::OkStatus()); });
}

}  // namespace assay
