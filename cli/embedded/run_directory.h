// Shared steps of everything that opens the store of a run directory. Main thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assay/v1/run_record.pb.h"
#include "common/base/status.h"
#include "common/blob/segment_blob_store.h"
#include "common/runtime/asio_executor.h"

namespace assay {

// An existing store. kNotFound: the directory has none. kFailedPrecondition: another process writes
// to it. Damage is logged.
absl::StatusOr<std::unique_ptr<SegmentBlobStore>> OpenRunStore(const std::string& run_dir,
                                                               bool read_only, Executor* executor);

// The record of the run in a store; nullopt when there is none. kDataLoss: unreadable, or two runs.
absl::StatusOr<std::optional<v1::RunRecord>> FindRunRecord(const BlobStore& blobs);

// Stores `records` and waits until they are durable. `executor` is the store's, with no thread
// running it.
absl::Status PutAndWait(BlobStore& blobs, AsioExecutor& executor, std::vector<BlobRecord> records);

// Makes a store that holds `before` and then the record, in this order, in a directory without a
// run. kAlreadyExists otherwise.
absl::Status StoreNewRun(const std::string& run_dir, std::vector<BlobRecord> before,
                         const v1::RunRecord& record);

}  // namespace assay
