// BlobStore that reports the first write that failed: a segment store takes nothing more after it,
// so that every further call would be paid for and lost. Same thread and lifetime as what it wraps.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "common/blob/blob_store.h"

namespace assay {

class WatchedBlobStore : public BlobStore {
 public:
  // `inner` outlives the store. `failed` runs on the executor, before the completion of the write.
  WatchedBlobStore(BlobStore& inner, std::function<void(const absl::Status&)> failed)
      : inner_(inner),
        failed_(std::make_shared<std::function<void(const absl::Status&)>>(std::move(failed))) {}

  void Put(std::vector<BlobRecord> records, Callback<absl::Status> done) override {
    inner_.Put(std::move(records),
               [failed = failed_, done = std::move(done)](absl::Status status) mutable {
                 if (!status.ok() && !absl::IsAlreadyExists(status)) (*failed)(status);
                 done(std::move(status));
               });
  }
  absl::StatusOr<std::string> Get(std::string_view key) const override { return inner_.Get(key); }
  std::vector<BlobInfo> List(std::string_view prefix) const override { return inner_.List(prefix); }

 private:
  BlobStore& inner_;
  std::shared_ptr<std::function<void(const absl::Status&)>> failed_;
};

}  // namespace assay
