// BlobStore in memory, for tests and for runs whose evidence nobody keeps. Held to the same
// contract test as SegmentBlobStore.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/blob/blob_store.h"

namespace assay {

class MemoryBlobStore : public BlobStore {
 public:
  // `executor` runs the completions and must outlive the tasks posted to it.
  explicit MemoryBlobStore(Executor* executor);

  // A record becomes visible when its completion runs, not before.
  void Put(std::vector<BlobRecord> records, Callback<absl::Status> done) override;
  absl::StatusOr<std::string> Get(std::string_view key) const override;
  std::vector<BlobInfo> List(std::string_view prefix) const override;

  // Every Put that has not completed yet, and every later one, ends with `status`; OK ends that.
  void FailPuts(absl::Status status);
  // Changes a stored value behind the store's back, as bit rot would: Get answers kDataLoss.
  void Corrupt(std::string_view key);

 private:
  struct State;
  Executor* executor_;
  std::shared_ptr<State> state_;
};

}  // namespace assay
