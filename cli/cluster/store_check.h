// What the segments say of a run, held against what its Redis says. Read-only; coordinators may go
// on meanwhile. Main thread, which runs the executor while it waits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "assay/v1/run_record.pb.h"
#include "common/base/status.h"
#include "common/blob/segment_blob_store.h"
#include "common/runtime/asio_executor.h"
#include "coordinator/store/run_store.h"

namespace assay {

// What `start` completes with. `start` is given the callback and runs at once.
template <typename T, typename Start>
T RunFor(AsioExecutor& executor, Start start) {
  std::optional<T> answer;
  start(Callback<T>([&](T value) {
    answer = std::move(value);
    executor.Stop();
  }));
  while (!answer.has_value()) executor.RunUntilStopped();
  return *std::move(answer);
}

// The record of a run in a segment folder. kNotFound names the runs that are there.
absl::StatusOr<v1::RunRecord> ReadRunRecord(const BlobStore& blobs, const std::string& run_id);

// An existing folder of segments. kNotFound: there is none.
absl::StatusOr<std::unique_ptr<SegmentBlobStore>> OpenSegments(const std::string& blob_dir,
                                                               const std::string& writer,
                                                               Executor* executor);

// Of `problems`, those that may have lost something of the run.
std::vector<SegmentProblem> ProblemsOfRun(const std::vector<SegmentProblem>& problems,
                                          const std::string& run_id);

struct StoreComparison {
  std::vector<std::string> problems;
  ShardCounts counts;  // in the store
  int shards = 0;
  int sums = 0;  // names of live sums that are equal in both
  bool sealed = false;
};

// Compares states, attempts and records of all units, and the live sums of all shards. An error
// status: one of the two sides cannot be read.
absl::StatusOr<StoreComparison> CompareStore(const v1::RunRecord& record,
                                             const std::string& blob_dir, RunStore& store,
                                             AsioExecutor& executor);

}  // namespace assay
