// How far the writes of a RedisRunStore are on every replica (reliability.md 3.7), so that a
// failover cannot take them back. Writes are numbered from 1 as they are answered; those that are
// not durable yet are kept, and sent again, first thing, over a new connection: the server at its
// end may have lost them. All transitions are idempotent, so sending one again is harmless.
//
// On the executor only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "common/base/executor.h"
#include "common/base/status.h"
#include "coordinator/store/redis_client.h"

namespace assay {

struct ReplicaWait {
  int replicas = 0;  // how many there are; 0: one server alone, durable by its own fsync
  absl::Duration timeout = absl::Milliseconds(100);  // the client is held up for as long
};

// A write of its own and WAIT, so that everything sent on this connection before is covered, also
// what an earlier connection wrote. Answers the number of the connection on which both ran.
// kUnavailable: fewer replicas than there are have confirmed.
void WaitForReplicas(RedisClient& client, const ReplicaWait& wait,
                     Callback<absl::StatusOr<std::uint64_t>> done);

struct DurableMarkOptions {
  ReplicaWait wait;
  absl::Duration batch = absl::Milliseconds(50);  // one WAIT for all writes of this time
  absl::Duration retry = absl::Seconds(1);        // after a WAIT that fell short
  std::size_t most_kept = 100'000;
};

class DurableMark {
 public:
  DurableMark(Executor& executor, RedisClient& client, DurableMarkOptions options);
  ~DurableMark();

  // A write was answered on `connection`. `again` makes the same commands anew.
  void Applied(std::uint64_t connection, std::function<std::vector<RedisCommand>()> again);
  // The commands that a new connection has to see first.
  std::vector<RedisRequest> Resend(std::uint64_t connection);

  std::uint64_t applied() const { return applied_; }
  std::uint64_t durable() const { return durable_; }
  // More writes were waiting than are kept when the server changed: some may be gone for good, and
  // durable() stays where it is. The owner has to rebuild from blobs with a new store.
  bool in_doubt() const { return in_doubt_; }
  // `listener` runs whenever durable() has grown or in_doubt() has become true.
  void set_listener(std::function<void()> listener) { listener_ = std::move(listener); }

  // OK once everything applied before the call is on every replica; kUnavailable when it is not
  // within the time of one WAIT; kDataLoss when in doubt.
  void WaitAll(Callback<absl::Status> done);

 private:
  struct Kept {
    std::uint64_t mark = 0;
    std::uint64_t connection = 0;
    std::function<std::vector<RedisCommand>()> again;
  };

  void Schedule(absl::Duration delay);
  void Wait();
  void OnWaited(std::uint64_t mark, const absl::StatusOr<std::uint64_t>& connection);
  // Moves the mark up to `mark` as far as the writes were answered on `connection`.
  void Advance(std::uint64_t mark, std::uint64_t connection);
  Kept* Find(std::uint64_t mark);
  void AddRequests(const Kept& kept, std::vector<RedisRequest>& requests);

  Executor& executor_;
  RedisClient& client_;
  const DurableMarkOptions options_;
  std::function<void()> listener_;
  std::deque<Kept> kept_;  // by mark, without gaps
  std::uint64_t applied_ = 0;
  std::uint64_t durable_ = 0;
  std::uint64_t dropped_ = 0;  // last mark that is no longer kept, and its connection
  std::uint64_t dropped_connection_ = 0;
  bool in_doubt_ = false;
  bool waiting_ = false;
  TimerId timer_ = 0;
};

}  // namespace assay
