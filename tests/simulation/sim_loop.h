// SimLoop: one thread, virtual time, every event of every simulated machine. Events of equal time
// run in an order drawn from the seed, so that every interleaving that is legal can be reached;
// then by sequence. The same seed gives the same run, and the same trace hash says so.
#pragma once

#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/random.h"

namespace assay {

class SimLoop {
 public:
  explicit SimLoop(std::uint64_t seed) : random_(seed), tie_(random_.Fork()) {}

  Random& random() { return random_; }
  absl::Duration now() const { return now_; }
  std::uint64_t events() const { return events_; }

  std::uint64_t At(absl::Duration delay, Task task) {
    const std::uint64_t id = ++sequence_;
    const Key key{now_ + std::max(delay, absl::ZeroDuration()), tie_.Next(), id};
    queue_.emplace(key, std::move(task));
    key_of_.emplace(id, key);
    return id;
  }

  void Cancel(std::uint64_t id) {
    const auto found = key_of_.find(id);
    if (found == key_of_.end()) return;
    queue_.erase(found->second);
    key_of_.erase(found);
  }

  // False when nothing is left.
  bool RunOne() {
    if (queue_.empty()) return false;
    auto node = queue_.extract(queue_.begin());
    key_of_.erase(std::get<2>(node.key()));
    now_ = std::get<0>(node.key());
    ++events_;
    Mix(static_cast<std::uint64_t>(absl::ToInt64Nanoseconds(now_)));
    Mix(std::get<2>(node.key()));
    std::move(node.mapped())();
    return true;
  }

  // Runs until `done()`, for at most `limit` of virtual time. Returns done().
  bool RunUntil(const std::function<bool()>& done, absl::Duration limit) {
    const absl::Duration end = now_ + limit;
    while (!done()) {
      if (queue_.empty() || std::get<0>(queue_.begin()->first) > end) return done();
      RunOne();
    }
    return true;
  }

  // What happened, into the hash; printed when tracing. No addresses, no thread ids.
  void Trace(std::string_view node, std::string_view what) {
    for (const char c : node) Mix(static_cast<unsigned char>(c));
    for (const char c : what) Mix(static_cast<unsigned char>(c));
    if (!print_) return;
    std::printf("%12.6f %-4.*s %.*s\n", absl::ToDoubleSeconds(now_), static_cast<int>(node.size()),
                node.data(), static_cast<int>(what.size()), what.data());
  }
  bool tracing() const { return print_; }
  void set_print(bool print) { print_ = print; }
  std::uint64_t trace_hash() const { return hash_; }

 private:
  using Key = std::tuple<absl::Duration, std::uint64_t, std::uint64_t>;

  void Mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3; }

  Random random_;
  Random tie_;
  absl::Duration now_ = absl::ZeroDuration();
  std::uint64_t sequence_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325;
  std::map<Key, Task> queue_;
  std::unordered_map<std::uint64_t, Key> key_of_;
  bool print_ = false;
};

// How far a machine's clocks are off.
struct SimSkew {
  double rate = 1.0;  // of its steady clock
  absl::Duration start = absl::Seconds(1000);
  absl::Duration wall = absl::ZeroDuration();
};

// One process on one machine: an executor and a clock that end with it. What it still has to do
// when it is killed is never done.
class SimProcess : public Executor, public Clock {
 public:
  SimProcess(SimLoop& loop, std::string name, const SimSkew& skew)
      : loop_(loop), name_(std::move(name)), skew_(skew) {}

  const std::string& name() const { return name_; }
  bool alive() const { return state_->alive; }
  void Kill() {
    state_->alive = false;
    state_->posted.clear();
  }
  void JumpWall(absl::Duration by) { skew_.wall += by; }

  void Post(Task task) override {
    if (!state_->alive) return;
    state_->posted.push_back(std::move(task));
    // Posted tasks keep their order among themselves; only where they fall between the events of
    // others is drawn.
    loop_.At(absl::ZeroDuration(), [state = state_] {
      if (!state->alive || state->posted.empty()) return;
      Task next = std::move(state->posted.front());
      state->posted.pop_front();
      std::move(next)();
    });
  }

  TimerId RunAfter(absl::Duration delay, Task task) override {
    const absl::Duration by = std::min(std::max(delay, absl::ZeroDuration()), absl::Hours(1000));
    return loop_.At(by / skew_.rate, [state = state_, task = std::move(task)]() mutable {
      if (state->alive) std::move(task)();
    });
  }
  void Cancel(TimerId timer) override { loop_.Cancel(timer); }
  bool InLoopThread() const override { return true; }

  absl::Duration SteadyNow() const override { return skew_.start + loop_.now() * skew_.rate; }
  absl::Time WallNow() const override {
    return absl::FromUnixSeconds(1'700'000'000) + loop_.now() + skew_.wall;
  }

  // Runs `task` here after `delay`, unless the process has ended by then.
  void Deliver(absl::Duration delay, Task task) {
    loop_.At(delay, [state = state_, task = std::move(task)]() mutable {
      if (state->alive) std::move(task)();
    });
  }
  void Trace(std::string_view what) { loop_.Trace(name_, what); }

 private:
  struct State {
    bool alive = true;
    std::deque<Task> posted;
  };

  SimLoop& loop_;
  const std::string name_;
  SimSkew skew_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace assay
