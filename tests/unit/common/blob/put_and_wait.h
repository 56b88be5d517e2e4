// A blocking Put, and the keys of a listing, for tests of blob stores.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/blob/blob_store.h"
#include "tests/unit/common/blob/queue_executor.h"

namespace assay {

inline absl::Status PutAndWait(BlobStore& store, QueueExecutor& executor,
                               std::vector<BlobRecord> records) {
  std::optional<absl::Status> result;
  store.Put(std::move(records), [&](absl::Status status) { result = std::move(status); });
  executor.RunUntil([&] { return result.has_value(); });
  return *result;
}

inline std::vector<std::string> KeysOf(const std::vector<BlobInfo>& infos) {
  std::vector<std::string> keys;
  for (const BlobInfo& info : infos) keys.push_back(info.key);
  return keys;
}

}  // namespace assay
