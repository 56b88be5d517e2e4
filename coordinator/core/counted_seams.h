// The executor and the stores of a Coordinator, which count what was given to them and has not been
// called or dropped yet: a coordinator that has stepped down may go once that is nothing. Private
// to this folder. Executor only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/executor.h"
#include "common/blob/blob_store.h"
#include "coordinator/store/run_store.h"

namespace assay {

class OutstandingCount {
 public:
  std::int64_t value() const { return token_.use_count() - 1; }
  template <typename T>
  Callback<T> Counted(Callback<T> done) {
    return [done = std::move(done), token = token_](T answer) mutable {
      std::move(done)(std::move(answer));
    };
  }
  Task Counted(Task task) {
    return [task = std::move(task), token = token_]() mutable { std::move(task)(); };
  }

 private:
  std::shared_ptr<const bool> token_ = std::make_shared<const bool>(true);
};

class CountedExecutor : public Executor {
 public:
  CountedExecutor(Executor& inner, OutstandingCount& count) : inner_(inner), count_(count) {}
  void Post(Task task) override { inner_.Post(count_.Counted(std::move(task))); }
  TimerId RunAfter(absl::Duration delay, Task task) override {
    return inner_.RunAfter(delay, count_.Counted(std::move(task)));
  }
  void Cancel(TimerId timer) override { inner_.Cancel(timer); }
  bool InLoopThread() const override { return inner_.InLoopThread(); }

 private:
  Executor& inner_;
  OutstandingCount& count_;
};

class CountedRunStore : public RunStore {
 public:
  CountedRunStore(RunStore& inner, OutstandingCount& count) : inner_(inner), count_(count) {}
  void Apply(Transition transition, Callback<absl::StatusOr<StoreReply>> done) override {
    inner_.Apply(std::move(transition), count_.Counted(std::move(done)));
  }
  void ReadShard(const ShardKey& shard, Callback<absl::StatusOr<ShardView>> done) override {
    inner_.ReadShard(shard, count_.Counted(std::move(done)));
  }
  void WaitAll(Callback<absl::Status> done) override {
    inner_.WaitAll(count_.Counted(std::move(done)));
  }
  void ListShards(const std::string& run_id,
                  Callback<absl::StatusOr<std::vector<ShardKey>>> done) override {
    inner_.ListShards(run_id, count_.Counted(std::move(done)));
  }

 private:
  RunStore& inner_;
  OutstandingCount& count_;
};

class CountedBlobStore : public BlobStore {
 public:
  CountedBlobStore(BlobStore& inner, OutstandingCount& count) : inner_(inner), count_(count) {}
  void Put(std::vector<BlobRecord> records, Callback<absl::Status> done) override {
    inner_.Put(std::move(records), count_.Counted(std::move(done)));
  }
  absl::StatusOr<std::string> Get(std::string_view key) const override { return inner_.Get(key); }
  std::vector<BlobInfo> List(std::string_view prefix) const override { return inner_.List(prefix); }

 private:
  BlobStore& inner_;
  OutstandingCount& count_;
};

struct CountedSeams {
  CountedSeams(Executor& e, RunStore& s, BlobStore& b)
      : executor(e, count), store(s, count), blobs(b, count) {}
  std::int64_t outstanding() const { return count.value(); }

  OutstandingCount count;
  CountedExecutor executor;
  CountedRunStore store;
  CountedBlobStore blobs;
};

}  // namespace assay
