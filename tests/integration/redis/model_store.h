// A MemoryRunStore that answers at once: what every other run store is held against, transition by
// transition.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <variant>

#include "coordinator/store/memory_run_store.h"
#include "tests/fakes/fake_executor.h"
#include "tests/integration/redis/random_transitions.h"

namespace assay {

// The model: answers at once.
class ModelStore {
 public:
  std::string Apply(const Transition& transition) {
    std::string text;
    store_.Apply(transition, [&](absl::StatusOr<StoreReply> reply) { text = TextOf(*reply); });
    executor_.RunReady();
    const ShardKey key = std::visit([](const auto& t) { return t.shard; }, transition);
    store_.ReadShard(key, [&](absl::StatusOr<ShardView> view) {
      if (view.ok()) views_[key] = *std::move(view);
    });
    executor_.RunReady();
    return text;
  }
  const std::map<ShardKey, ShardView>& views() const { return views_; }
  std::string Dump(const ShardKey& key) const {
    const auto found = views_.find(key);
    return found == views_.end() ? "none" : TextOf(found->second);
  }

 private:
  FakeExecutor executor_;
  MemoryRunStore store_{executor_};
  std::map<ShardKey, ShardView> views_;
};

inline std::string DumpOf(const absl::StatusOr<ShardView>& view) {
  if (absl::IsNotFound(view.status())) return "none";
  return view.ok() ? TextOf(*view) : view.status().ToString();
}

}  // namespace assay
