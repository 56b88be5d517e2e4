// What the fakes of asynchronous calls share: calls whose results are known when they start, on an
// Executor with virtual time, and which can be cancelled before.
#pragma once

#include <map>
#include <utility>

#include "absl/time/time.h"
#include "assay/v1/unit.pb.h"
#include "common/base/executor.h"

namespace assay {

// `Result` can be made of a v1::Error.
template <typename Id, typename Result>
class ScriptedCalls {
 public:
  explicit ScriptedCalls(Executor& executor) : executor_(executor) {}

  // `done` gets `result` after `delay`, or an error of class cancelled soon after a Cancel.
  Id Start(absl::Duration delay, Result result, Callback<Result> done) {
    const Id id = ++last_id_;
    const TimerId timer = executor_.RunAfter(
        delay, [this, id, result = std::move(result)]() mutable { Finish(id, std::move(result)); });
    running_[id] = {timer, std::move(done)};
    return id;
  }

  // False: it is over, or there was none.
  bool Cancel(Id id) {
    const auto found = running_.find(id);
    if (found == running_.end()) return false;
    executor_.Cancel(found->second.timer);
    executor_.Post([this, id] {
      v1::Error error;
      error.set_error_class(v1::ERROR_CLASS_CANCELLED);
      Finish(id, std::move(error));
    });
    return true;
  }

  bool IsRunning(Id id) const { return running_.count(id) > 0; }
  int in_flight() const { return static_cast<int>(running_.size()); }

 private:
  struct Running {
    TimerId timer = 0;
    Callback<Result> done;
  };

  void Finish(Id id, Result result) {
    const auto found = running_.find(id);
    if (found == running_.end()) return;
    Callback<Result> done = std::move(found->second.done);
    running_.erase(found);
    done(std::move(result));
  }

  Executor& executor_;
  Id last_id_ = 0;
  std::map<Id, Running> running_;
};

}  // namespace assay
