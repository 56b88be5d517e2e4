#include "tests/simulation/sim_run_store.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace assay {
namespace {

constexpr absl::Duration kGiveUp = absl::Seconds(1);

bool Wrote(const StoreReply& reply) {
  if (reply.code == StoreCode::kOk || reply.code == StoreCode::kDuplicate) return true;
  return std::any_of(reply.units.begin(), reply.units.end(),
                     [](StoreCode code) { return code == StoreCode::kOk; });
}

const ShardKey& ShardOf(const Transition& transition) {
  return std::visit([](const auto& t) -> const ShardKey& { return t.shard; }, transition);
}

std::string UnitsText(const std::vector<UnitGrant>& grants, const StoreReply& reply) {
  std::string text;
  for (std::size_t i = 0; i < grants.size(); ++i) {
    text += " " + grants[i].unit.stage + "/" + std::to_string(grants[i].unit.sample_index) + " " +
            grants[i].attempt.ToString() + " " +
            StoreCodeName(i < reply.units.size() ? reply.units[i] : reply.code);
  }
  return text;
}

std::string Describe(const Transition& transition, const StoreReply& reply) {
  const auto one = [&](const char* name, const auto& t) {
    return std::string(name) + " " + t.unit.stage + "/" + std::to_string(t.unit.sample_index) +
           " " + t.attempt.ToString() + " " + StoreCodeName(reply.code);
  };
  std::string text;
  if (const auto* grant = std::get_if<GrantUnits>(&transition)) {
    text = "grant" + UnitsText(grant->grants, reply);
  } else if (const auto* requeue = std::get_if<RequeueUnits>(&transition)) {
    text = "requeue" + UnitsText(requeue->units, reply);
  } else if (const auto* commit = std::get_if<CommitUnit>(&transition)) {
    text = one("commit", *commit);
  } else if (const auto* fail = std::get_if<FailUnit>(&transition)) {
    text = one("fail", *fail);
  } else {
    static constexpr const char* kNames[] = {"create",  "adopt",   "grant",  "commit", "fail",
                                             "requeue", "unblock", "cancel", "seal"};
    text = std::string(kNames[transition.index()]) + " " + StoreCodeName(reply.code);
  }
  return text;
}

absl::Duration Upto(Random& random, absl::Duration most) { return most * random.Unit(); }

}  // namespace

void SimRunServer::EndConnections() {
  durable_when_ended_[connection_] = floor_at_;
  ++connection_;
}

bool SimRunServer::IsDurable(std::uint64_t connection, std::uint64_t mark) const {
  const auto ended = durable_when_ended_.find(connection);
  return mark <= (ended == durable_when_ended_.end() ? floor_at_ : ended->second);
}

void SimRunServer::SetUp(bool up) {
  up_ = up;
  EndConnections();
  loop_.Trace("redis", up ? "up" : "down");
}

void SimRunServer::Failover() {
  EndConnections();
  ++failovers_;
  const std::uint64_t kept = loop_.random().Below(log_.size() + 1);
  loop_.Trace("redis", "failover loses " + std::to_string(log_.size() - kept) + " writes");
  live_.emplace(*floor_);
  std::deque<Written> log;
  for (std::size_t i = 0; i < kept; ++i) {
    Run(*live_, log_[i].transition);
    log.push_back(std::move(log_[i]));
  }
  log_ = std::move(log);
}

void SimRunServer::Wipe() {
  EndConnections();
  ++failovers_;
  loop_.Trace("redis", "wiped");
  live_.emplace(inline_);
  floor_.emplace(inline_);
  log_.clear();
  floor_at_ = written_;
}

StoreReply SimRunServer::Run(MemoryRunStore& store, const Transition& transition) const {
  Transition changed = transition;
  if (mutants_.no_fence) {
    store.ReadShard(ShardOf(transition), [&](const absl::StatusOr<ShardView>& view) {
      if (!view.ok()) return;
      std::visit(
          [&](auto& t) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(t)>, AdoptShard> &&
                          !std::is_same_v<std::decay_t<decltype(t)>, CreateShard>) {
              t.leader = view->leader;
            }
          },
          changed);
    });
    if (const auto* adopt = std::get_if<AdoptShard>(&changed)) {
      StoreReply reply;
      store.ReadShard(adopt->shard, [&](const absl::StatusOr<ShardView>& view) {
        if (!view.ok()) reply.code = StoreCode::kNoShard;
        if (view.ok() && view->leader.epoch >= adopt->leader.epoch) {
          reply.code = StoreCode::kDuplicate;
        }
      });
      if (reply.code != StoreCode::kOk) return reply;
    }
  }
  StoreReply reply;
  store.Apply(changed, [&](absl::StatusOr<StoreReply> answer) { reply = *std::move(answer); });
  return reply;
}

StoreReply SimRunServer::Apply(Transition transition, bool again) {
  StoreReply reply = Run(*live_, transition);
  const auto* commit = std::get_if<CommitUnit>(&transition);
  if (mutants_.double_count && commit != nullptr && reply.code == StoreCode::kDuplicate) {
    for (const auto& [name, value] : commit->sums) counted_twice_[commit->shard][name] += value;
  }
  if (std::holds_alternative<SealCheck>(transition)) {
    for (const auto& [name, value] : counted_twice_[ShardOf(transition)]) reply.sums[name] += value;
  }
  if (!Wrote(reply)) return reply;
  if (observer_) observer_(transition, reply, again);
  log_.push_back({++written_, std::move(transition)});
  ScheduleReplication();
  return reply;
}

absl::StatusOr<ShardView> SimRunServer::Read(const ShardKey& shard) {
  absl::StatusOr<ShardView> answer = Internal("no answer");
  live_->ReadShard(shard, [&](absl::StatusOr<ShardView> view) { answer = std::move(view); });
  if (answer.ok()) {
    for (const auto& [name, value] : counted_twice_[shard]) answer->sums[name] += value;
  }
  return answer;
}

std::vector<ShardKey> SimRunServer::List(const std::string& run_id) {
  std::vector<ShardKey> keys;
  live_->ListShards(run_id,
                    [&](absl::StatusOr<std::vector<ShardKey>> found) { keys = *std::move(found); });
  return keys;
}

absl::Duration SimRunServer::ReplicationLag() {
  return absl::Milliseconds(1) +
         Upto(loop_.random(), absl::Milliseconds(faults_.replicas_lag ? 6000 : 300));
}

void SimRunServer::ScheduleReplication() {
  if (replicating_) return;
  replicating_ = true;
  const std::uint64_t mark = written_;
  const std::uint64_t connection = connection_;
  loop_.At(absl::Milliseconds(50) + ReplicationLag(), [this, mark, connection] {
    replicating_ = false;
    if (connection == connection_) Replicated(mark);
    if (!log_.empty()) ScheduleReplication();
  });
}

void SimRunServer::Replicated(std::uint64_t mark) {
  while (!log_.empty() && log_.front().mark <= mark) {
    Run(*floor_, log_.front().transition);
    log_.pop_front();
  }
  floor_at_ = std::max(floor_at_, mark);
}

absl::Duration SimRunStore::ArrivalDelay() {
  Random& random = loop_.random();
  absl::Duration delay = absl::Microseconds(100) + Upto(random, absl::Milliseconds(2));
  if (random.Unit() < faults_.store_slow) delay += Upto(random, absl::Seconds(3));
  last_arrival_ = std::max(last_arrival_ + absl::Microseconds(1), loop_.now() + delay);
  return last_arrival_ - loop_.now();
}

void SimRunStore::Forget() {
  while (!kept_.empty() && server_.IsDurable(kept_.front().connection, kept_.front().mark)) {
    kept_.pop_front();
  }
}

void SimRunStore::Reconnect() {
  if (connection_ == server_.connection()) return;
  connection_ = server_.connection();
  Forget();
  if (!kept_.empty() && loop_.random().Unit() < faults_.store_doubt) {
    in_doubt_ = true;
    process_.Trace("run store in doubt");
    process_.Post([this] {
      if (doubt_listener_) doubt_listener_();
    });
    return;
  }
  // As RedisRunStore: first thing over the new connection, in order, answers ignored.
  std::deque<Kept> again = std::exchange(kept_, {});
  for (Kept& kept : again) {
    const StoreReply reply = server_.Apply(kept.transition, /*again=*/true);
    if (loop_.tracing()) process_.Trace("again: " + Describe(kept.transition, reply));
    kept_.push_back({connection_, server_.written(), std::move(kept.transition)});
  }
}

void SimRunStore::Apply(Transition transition, Callback<absl::StatusOr<StoreReply>> done) {
  Random& random = loop_.random();
  const bool lost = random.Unit() < faults_.store_lost;
  const bool reply_lost = random.Unit() < faults_.store_reply_lost;
  const bool vanishes = mutants_.lost_requeue && std::holds_alternative<RequeueUnits>(transition) &&
                        random.Below(8) == 0;
  // The server gets it even when this process has died meanwhile.
  loop_.At(ArrivalDelay(), [this, transition = std::move(transition), done = std::move(done), lost,
                            reply_lost, vanishes, process = &process_,
                            alive = std::weak_ptr(alive_)]() mutable {
    if (alive.expired()) return;
    if (!Reaches() || lost) {
      process->Deliver(kGiveUp, [done = std::move(done)]() mutable {
        std::move(done)(Unavailable("the run store does not answer"));
      });
      return;
    }
    Reconnect();
    if (in_doubt_) {
      process->Deliver(absl::ZeroDuration(), [done = std::move(done)]() mutable {
        std::move(done)(Unavailable("the run store is in doubt"));
      });
      return;
    }
    StoreReply reply;
    if (vanishes) {
      reply.units.assign(std::get<RequeueUnits>(transition).units.size(), StoreCode::kOk);
    } else {
      reply = server_.Apply(transition);
    }
    if (loop_.tracing()) {
      process->Trace(Describe(transition, reply) + (reply_lost ? " (answer lost)" : ""));
    }
    if (reply_lost) {
      process->Deliver(kGiveUp, [done = std::move(done)]() mutable {
        std::move(done)(Unavailable("the run store's answer was lost"));
      });
      return;
    }
    const std::uint64_t connection = server_.connection();
    process->Deliver(absl::Microseconds(100), [this, done = std::move(done), connection, reply,
                                               mark = server_.written(),
                                               transition = std::move(transition)]() mutable {
      if (connection != server_.connection()) {
        return std::move(done)(Unavailable("the connection to the run store broke"));
      }
      if (Wrote(reply)) kept_.push_back({connection, mark, std::move(transition)});
      Forget();
      std::move(done)(std::move(reply));
    });
  });
}

void SimRunStore::ReadShard(const ShardKey& shard, Callback<absl::StatusOr<ShardView>> done) {
  process_.Deliver(ArrivalDelay(), [this, shard, done = std::move(done)]() mutable {
    if (Reaches()) Reconnect();
    if (!Reaches()) {
      process_.Deliver(kGiveUp, [done = std::move(done)]() mutable {
        std::move(done)(Unavailable("the run store does not answer"));
      });
      return;
    }
    std::move(done)(server_.Read(shard));
  });
}

void SimRunStore::ListShards(const std::string& run_id,
                             Callback<absl::StatusOr<std::vector<ShardKey>>> done) {
  process_.Deliver(ArrivalDelay(), [this, run_id, done = std::move(done)]() mutable {
    if (!Reaches()) return std::move(done)(Unavailable("the run store does not answer"));
    Reconnect();
    std::move(done)(server_.List(run_id));
  });
}

void SimRunStore::WaitAll(Callback<absl::Status> done) {
  if (mutants_.publish_without_wait) {
    process_.Post([done = std::move(done)]() mutable { std::move(done)(absl::OkStatus()); });
    return;
  }
  process_.Deliver(ArrivalDelay(), [this, done = std::move(done)]() mutable {
    if (in_doubt_) return std::move(done)(absl::DataLossError("the run store is in doubt"));
    if (!Reaches()) return std::move(done)(Unavailable("the run store does not answer"));
    Reconnect();
    const std::uint64_t connection = server_.connection();
    const std::uint64_t mark = server_.written();
    process_.Deliver(server_.ReplicationLag(),
                     [this, connection, mark, done = std::move(done)]() mutable {
                       if (connection != server_.connection() || !Reaches()) {
                         return std::move(done)(Unavailable("a replica did not confirm"));
                       }
                       server_.Replicated(mark);
                       Forget();
                       std::move(done)(absl::OkStatus());
                     });
  });
}

}  // namespace assay
