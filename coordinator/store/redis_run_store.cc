#include "coordinator/store/redis_run_store.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "coordinator/store/redis_codec.h"
#include "coordinator/store/redis_layout.h"

namespace assay {
namespace {

// How often the stages of one shard may turn out to be others than they were a moment ago.
constexpr int kMostTries = 5;

std::vector<std::string> StagesOf(const CreateShard& create) {
  std::set<std::string> names;
  for (const StageSeed& seed : create.stages) names.insert(seed.stage);
  return {names.begin(), names.end()};
}

}  // namespace

RedisRunStore::RedisRunStore(Executor& executor, RedisClient& client, RedisRunStoreOptions options)
    : client_(client),
      scripts_(*options.scripts),
      durability_(executor, client, options.durability) {
  client_.OnConnect([this](std::uint64_t connection) { return durability_.Resend(connection); });
}

void RedisRunStore::Apply(Transition transition, Callback<absl::StatusOr<StoreReply>> done) {
  const ShardKey shard = ShardOf(transition);
  Submit(
      shard,
      ApplyJob{std::make_shared<const Transition>(std::move(transition)), std::move(done), {}, 0});
}

void RedisRunStore::ReadShard(const ShardKey& shard, Callback<absl::StatusOr<ShardView>> done) {
  Submit(shard, ReadJob{shard, std::move(done), 0});
}

void RedisRunStore::Submit(const ShardKey& shard, Job job) {
  const auto held = held_.find(shard);
  if (held != held_.end()) {
    held->second.push_back(std::move(job));
    return;
  }
  Issue(shard, std::move(job));
}

void RedisRunStore::Issue(const ShardKey& shard, Job job) {
  if (auto* apply = std::get_if<ApplyJob>(&job)) {
    if (NeedsStages(*apply->transition) && !stages_.contains(shard)) {
      return HoldFor(shard, std::move(job));
    }
    return IssueApply(shard, std::move(*apply));
  }
  if (!stages_.contains(shard)) return HoldFor(shard, std::move(job));
  IssueRead(shard, std::get<ReadJob>(std::move(job)));
}

std::vector<std::string> RedisRunStore::StagesFor(const ApplyJob& job) const {
  std::vector<std::string> stages = job.also_remove;
  const auto known = stages_.find(ShardOf(*job.transition));
  if (known != stages_.end()) {
    stages.insert(stages.end(), known->second.begin(), known->second.end());
  }
  std::sort(stages.begin(), stages.end());
  stages.erase(std::unique(stages.begin(), stages.end()), stages.end());
  return stages;
}

std::vector<RedisCommand> RedisRunStore::CommandsOf(const Transition& transition,
                                                    const std::vector<std::string>& stages) const {
  std::vector<RedisCommand> commands;
  if (std::holds_alternative<CreateShard>(transition)) {
    const ShardKey& shard = ShardOf(transition);
    commands.push_back(
        {nullptr, {}, {"SADD", ShardsKey(shard.run_id), std::to_string(shard.shard)}});
  }
  commands.push_back(EncodeTransition(transition, stages, scripts_));
  return commands;
}

void RedisRunStore::IssueApply(const ShardKey& shard, ApplyJob job) {
  std::vector<RedisCommand> commands = CommandsOf(*job.transition, StagesFor(job));
  auto indexed = std::make_shared<absl::Status>();
  if (std::holds_alternative<CreateShard>(*job.transition)) {
    held_.try_emplace(shard);  // what comes after it needs to know the stages it has made
    client_.Send(std::move(commands.front()),
                 [indexed](absl::StatusOr<RedisAnswer> answer) { *indexed = answer.status(); });
  }
  client_.Send(std::move(commands.back()), [this, shard, indexed, job = std::move(job)](
                                               absl::StatusOr<RedisAnswer> answer) mutable {
    if (answer.ok() && !indexed->ok()) answer = *indexed;
    OnApplied(shard, std::move(job), std::move(answer));
  });
}

void RedisRunStore::OnApplied(const ShardKey& shard, ApplyJob job,
                              absl::StatusOr<RedisAnswer> answer) {
  const auto* create = std::get_if<CreateShard>(job.transition.get());
  absl::StatusOr<ScriptVerdict> verdict =
      answer.ok() ? DecodeVerdict(*job.transition, answer->reply) : answer.status();
  if (verdict.ok() && verdict->restage) {
    if (++job.tries <= kMostTries) return IssueAgain(shard, std::move(job), verdict->stages);
    verdict = Internal("the stages of a shard keep changing");
  }
  if (create != nullptr) {
    if (!verdict.ok()) {
      stages_.erase(shard);
    } else if (verdict->reply.code == StoreCode::kOk) {
      stages_[shard] = StagesOf(*create);
    }
  }
  if (verdict.ok()) {
    Keep(job, verdict->reply, answer->connection);
    std::move(job.done)(std::move(verdict->reply));
  } else {
    std::move(job.done)(verdict.status());
  }
  if (create != nullptr) Release(shard);
}

void RedisRunStore::IssueAgain(const ShardKey& shard, ApplyJob job,
                               const std::vector<std::string>& also_remove) {
  if (NeedsStages(*job.transition)) {
    stages_.erase(shard);
    return Submit(shard, std::move(job));
  }
  job.also_remove.insert(job.also_remove.end(), also_remove.begin(), also_remove.end());
  IssueApply(shard, std::move(job));
}

void RedisRunStore::Release(const ShardKey& shard) {
  std::deque<Job> jobs = std::move(held_.find(shard)->second);
  held_.erase(shard);
  for (Job& job : jobs) Submit(shard, std::move(job));
}

void RedisRunStore::Keep(const ApplyJob& job, const StoreReply& reply, std::uint64_t connection) {
  const auto wrote = [](StoreCode code) {
    return code == StoreCode::kOk || code == StoreCode::kDuplicate;
  };
  if (const auto* seal = std::get_if<SealCheck>(job.transition.get())) {
    if (!seal->close) return;
  }
  if (!wrote(reply.code) ||
      (!reply.units.empty() && std::none_of(reply.units.begin(), reply.units.end(), wrote))) {
    return;
  }
  durability_.Applied(connection, [this, transition = job.transition, stages = StagesFor(job)] {
    return CommandsOf(*transition, stages);
  });
}

void RedisRunStore::IssueRead(const ShardKey& shard, ReadJob job) {
  std::vector<std::string> stages = stages_.find(shard)->second;
  RedisCommand command = EncodeRead(shard, stages, scripts_);
  client_.Send(std::move(command), [this, shard, stages = std::move(stages), job = std::move(job)](
                                       absl::StatusOr<RedisAnswer> answer) mutable {
    OnRead(shard, std::move(job), stages, std::move(answer));
  });
}

void RedisRunStore::OnRead(const ShardKey& shard, ReadJob job,
                           const std::vector<std::string>& stages,
                           absl::StatusOr<RedisAnswer> answer) {
  if (!answer.ok()) return std::move(job.done)(answer.status());
  absl::StatusOr<ReadVerdict> verdict = DecodeRead(shard, stages, answer->reply);
  if (!verdict.ok()) return std::move(job.done)(verdict.status());
  if (!verdict->restage) return std::move(job.done)(std::move(verdict->view));
  if (++job.tries > kMostTries) return std::move(job.done)(Internal("stages keep changing"));
  stages_.erase(shard);
  Submit(shard, std::move(job));
}

void RedisRunStore::HoldFor(const ShardKey& shard, Job job) {
  held_[shard].push_front(std::move(job));
  client_.Send(
      {nullptr, {}, {"HKEYS", MetaKey(shard)}},
      [this, shard](absl::StatusOr<RedisAnswer> answer) { OnStages(shard, std::move(answer)); });
}

void RedisRunStore::OnStages(const ShardKey& shard, absl::StatusOr<RedisAnswer> answer) {
  if (!answer.ok()) {
    std::deque<Job> jobs = std::move(held_.find(shard)->second);
    held_.erase(shard);
    for (Job& job : jobs) Fail(std::move(job), answer.status());
    return;
  }
  stages_[shard] = assay::StagesOf(answer->reply);
  Release(shard);
  // A shard that does not exist: to be looked for again the next time.
  const auto known = stages_.find(shard);
  if (known != stages_.end() && known->second.empty()) stages_.erase(known);
}

void RedisRunStore::Fail(Job job, const absl::Status& status) {
  std::visit([&status](auto& j) { std::move(j.done)(status); }, job);
}

void RedisRunStore::ListShards(const std::string& run_id,
                               Callback<absl::StatusOr<std::vector<ShardKey>>> done) {
  struct Listing {
    std::vector<ShardKey> found;
    absl::Status status;
    std::size_t missing = 0;
    Callback<absl::StatusOr<std::vector<ShardKey>>> done;
  };
  auto listing = std::make_shared<Listing>();
  listing->done = std::move(done);
  const auto finish = [](Listing& l) {
    std::sort(l.found.begin(), l.found.end());
    if (!l.status.ok()) return std::move(l.done)(l.status);
    std::move(l.done)(std::move(l.found));
  };
  // The index is written before the shard, so it may name shards that were never made.
  client_.Send({nullptr, {}, {"SMEMBERS", ShardsKey(run_id)}},
               [this, run_id, listing, finish](absl::StatusOr<RedisAnswer> answer) {
                 listing->status = answer.status();
                 if (!answer.ok() || answer->reply.elements.empty()) return finish(*listing);
                 listing->missing = answer->reply.elements.size();
                 for (const RedisReply& member : answer->reply.elements) {
                   ShardKey key{run_id, 0};
                   std::from_chars(member.text.data(), member.text.data() + member.text.size(),
                                   key.shard);
                   client_.Send({nullptr, {}, {"EXISTS", MetaKey(key)}},
                                [key, listing, finish](absl::StatusOr<RedisAnswer> exists) {
                                  if (!exists.ok()) listing->status = exists.status();
                                  if (exists.ok() && exists->reply.integer == 1) {
                                    listing->found.push_back(key);
                                  }
                                  if (--listing->missing == 0) finish(*listing);
                                });
                 }
               });
}

}  // namespace assay
