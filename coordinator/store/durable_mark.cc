#include "coordinator/store/durable_mark.h"

#include <string>
#include <utility>

#include "common/base/log.h"

namespace assay {
namespace {

constexpr char kBarrierKey[] = "assay1:{ctl}:barrier";

}  // namespace

void WaitForReplicas(RedisClient& client, const ReplicaWait& wait,
                     Callback<absl::StatusOr<std::uint64_t>> done) {
  auto written = std::make_shared<std::uint64_t>(0);
  client.Send({nullptr, {}, {"SET", kBarrierKey, "1"}},
              [written](absl::StatusOr<RedisAnswer> answer) {
                if (answer.ok()) *written = answer->connection;
              });
  const int replicas = wait.replicas;
  client.Send(
      {nullptr,
       {},
       {"WAIT", std::to_string(replicas), std::to_string(absl::ToInt64Milliseconds(wait.timeout))}},
      [written, replicas, done = std::move(done)](absl::StatusOr<RedisAnswer> answer) mutable {
        if (!answer.ok()) return std::move(done)(answer.status());
        if (answer->reply.kind != RedisReply::Kind::kInteger) {
          return std::move(done)(Internal("WAIT did not answer a number"));
        }
        if (answer->connection != *written) {
          return std::move(done)(Unavailable("the connection broke before WAIT"));
        }
        if (answer->reply.integer < replicas) {
          return std::move(done)(Unavailable(std::to_string(answer->reply.integer) + " of " +
                                             std::to_string(replicas) +
                                             " replicas have confirmed"));
        }
        std::move(done)(answer->connection);
      });
}

DurableMark::DurableMark(Executor& executor, RedisClient& client, DurableMarkOptions options)
    : executor_(executor), client_(client), options_(options) {}

DurableMark::~DurableMark() {
  if (timer_ != 0) executor_.Cancel(timer_);
}

void DurableMark::Applied(std::uint64_t connection,
                          std::function<std::vector<RedisCommand>()> again) {
  ++applied_;
  if (options_.wait.replicas == 0) {
    durable_ = applied_;
    if (listener_) listener_();
    return;
  }
  kept_.push_back({applied_, connection, std::move(again)});
  if (kept_.size() > options_.most_kept) {
    dropped_ = kept_.front().mark;
    dropped_connection_ = kept_.front().connection;
    kept_.pop_front();
  }
  Schedule(options_.batch);
}

DurableMark::Kept* DurableMark::Find(std::uint64_t mark) {
  if (kept_.empty() || mark < kept_.front().mark || mark > kept_.back().mark) return nullptr;
  return &kept_[static_cast<std::size_t>(mark - kept_.front().mark)];
}

std::vector<RedisRequest> DurableMark::Resend(std::uint64_t connection) {
  if (dropped_ > durable_ && dropped_connection_ != connection && !in_doubt_) {
    in_doubt_ = true;
    Log(LogLevel::kError, "redis_writes_in_doubt",
        {{"from", static_cast<std::int64_t>(durable_ + 1)},
         {"to", static_cast<std::int64_t>(dropped_)}});
    executor_.Post([listener = listener_] {
      if (listener) listener();
    });
  }
  std::vector<RedisRequest> requests;
  for (const Kept& kept : kept_) AddRequests(kept, requests);
  return requests;
}

void DurableMark::AddRequests(const Kept& kept, std::vector<RedisRequest>& requests) {
  std::vector<RedisCommand> commands = kept.again();
  auto missing = std::make_shared<std::size_t>(commands.size());
  for (RedisCommand& command : commands) {
    requests.push_back(
        {std::move(command), [this, missing, mark = kept.mark](absl::StatusOr<RedisAnswer> answer) {
           Kept* entry = Find(mark);
           if (entry == nullptr || !answer.ok() || --*missing > 0) return;
           entry->connection = answer->connection;
         }});
  }
}

void DurableMark::Schedule(absl::Duration delay) {
  if (timer_ != 0 || waiting_) return;
  timer_ = executor_.RunAfter(delay, [this] {
    timer_ = 0;
    Wait();
  });
}

void DurableMark::Wait() {
  if (kept_.empty() || in_doubt_) return;
  waiting_ = true;
  WaitForReplicas(client_, options_.wait,
                  [this, mark = applied_](absl::StatusOr<std::uint64_t> connection) {
                    waiting_ = false;
                    OnWaited(mark, connection);
                  });
}

void DurableMark::OnWaited(std::uint64_t mark, const absl::StatusOr<std::uint64_t>& connection) {
  if (!connection.ok()) {
    client_.Recheck();
    Schedule(options_.retry);
    return;
  }
  Advance(mark, *connection);
  // Sent again over this connection, but refused for a while.
  std::vector<RedisRequest> requests;
  for (const Kept& kept : kept_) {
    if (kept.mark <= mark && kept.connection != *connection) AddRequests(kept, requests);
  }
  for (RedisRequest& request : requests) {
    client_.Send(std::move(request.command), std::move(request.done));
  }
  if (!kept_.empty()) Schedule(requests.empty() ? options_.batch : options_.retry);
}

void DurableMark::Advance(std::uint64_t mark, std::uint64_t connection) {
  if (in_doubt_) return;
  const std::uint64_t before = durable_;
  if (dropped_ > durable_ && (dropped_connection_ != connection || dropped_ > mark)) return;
  while (!kept_.empty() && kept_.front().mark <= mark && kept_.front().connection == connection) {
    durable_ = kept_.front().mark;
    kept_.pop_front();
  }
  if (dropped_ > durable_) durable_ = dropped_;
  if (durable_ > before && listener_) listener_();
}

void DurableMark::WaitAll(Callback<absl::Status> done) {
  if (in_doubt_ || options_.wait.replicas == 0) {
    absl::Status status =
        in_doubt_ ? DataLoss("writes may have been lost in a failover") : absl::OkStatus();
    executor_.Post([status = std::move(status), done = std::move(done)]() mutable {
      std::move(done)(std::move(status));
    });
    return;
  }
  WaitForReplicas(client_, options_.wait,
                  [this, mark = applied_,
                   done = std::move(done)](absl::StatusOr<std::uint64_t> connection) mutable {
                    if (!connection.ok()) {
                      client_.Recheck();
                      return std::move(done)(connection.status());
                    }
                    Advance(mark, *connection);
                    if (in_doubt_) {
                      return std::move(done)(DataLoss("writes may have been lost in a failover"));
                    }
                    std::move(done)(durable_ >= mark
                                        ? absl::OkStatus()
                                        : Unavailable("writes are being sent to a new server"));
                  });
}

}  // namespace assay
