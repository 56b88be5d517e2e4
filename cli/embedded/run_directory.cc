#include "cli/embedded/run_directory.h"

#include <filesystem>
#include <utility>

#include "cli/embedded/stored_run.h"
#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "coordinator/core/recovery.h"

namespace assay {
namespace {

constexpr std::string_view kRunPrefix = "run/";
constexpr std::size_t kBatchBytes = std::size_t{32} << 20;

std::optional<std::string> RunIdOfRecordKey(const std::string& key) {
  static constexpr std::string_view kSuffix = "/record";
  if (key.size() <= kRunPrefix.size() + kSuffix.size()) return std::nullopt;
  const std::string id =
      key.substr(kRunPrefix.size(), key.size() - kRunPrefix.size() - kSuffix.size());
  if (RecordKey(id) != key || id.find('/') != std::string::npos) return std::nullopt;
  return id;
}

absl::StatusOr<std::unique_ptr<SegmentBlobStore>> OpenStore(const std::string& run_dir,
                                                            bool read_only, Executor* executor) {
  SegmentStoreOptions options;
  options.directory = StoreDir(run_dir);
  options.read_only = read_only;
  auto store = SegmentBlobStore::Open(std::move(options), executor);
  if (absl::IsFailedPrecondition(store.status())) {
    return FailedPrecondition("run directory " + run_dir +
                              " is used by another assay process: wait for it or stop it (" +
                              std::string(MessageOf(store.status())) + ")");
  }
  if (!store.ok()) return store.status();
  for (const SegmentProblem& problem : (*store)->open_problems()) {
    if (!problem.loses_data()) continue;
    Log(LogLevel::kError, "store_damaged", {{"problem", Describe(problem)}});
  }
  return store;
}

}  // namespace

std::string StoreDir(const std::string& run_dir) {
  return (std::filesystem::path(run_dir) / "store").string();
}

absl::StatusOr<std::unique_ptr<SegmentBlobStore>> OpenRunStore(const std::string& run_dir,
                                                               bool read_only, Executor* executor) {
  std::error_code error;
  if (!std::filesystem::is_directory(StoreDir(run_dir), error)) {
    return NotFound("no run in " + run_dir + " (there is no folder " + StoreDir(run_dir) + ")");
  }
  return OpenStore(run_dir, read_only, executor);
}

absl::StatusOr<std::optional<v1::RunRecord>> FindRunRecord(const BlobStore& blobs) {
  std::optional<std::string> run_id;
  for (const BlobInfo& info : blobs.List(kRunPrefix)) {
    std::optional<std::string> id = RunIdOfRecordKey(info.key);
    if (!id) continue;
    if (run_id) return DataLoss("two runs in one store: " + *run_id + " and " + *id);
    run_id = std::move(id);
  }
  if (!run_id) return std::nullopt;
  const std::string key = RecordKey(*run_id);
  ASSAY_ASSIGN_OR_RETURN(const std::string value, blobs.Get(key));
  v1::RunRecord record;
  if (!record.ParseFromString(value) || record.run_id() != *run_id) {
    return DataLoss(key + " is not a run record");
  }
  return record;
}

absl::Status PutAndWait(BlobStore& blobs, AsioExecutor& executor, std::vector<BlobRecord> records) {
  absl::Status result;
  executor.Post([&] {
    blobs.Put(std::move(records), [&](absl::Status status) {
      result = std::move(status);
      executor.Stop();
    });
  });
  executor.RunUntilStopped();
  return result;
}

absl::Status StoreNewRun(const std::string& run_dir, std::vector<BlobRecord> before,
                         const v1::RunRecord& record) {
  AsioExecutor executor;
  ASSAY_ASSIGN_OR_RETURN(const std::unique_ptr<SegmentBlobStore> store,
                         OpenStore(run_dir, /*read_only=*/false, &executor));
  ASSAY_ASSIGN_OR_RETURN(const std::optional<v1::RunRecord> existing, FindRunRecord(*store));
  if (existing) {
    return AlreadyExists(run_dir + " holds run " + existing->run_id() + " already");
  }
  std::vector<BlobRecord> batch;
  std::size_t bytes = 0;
  for (BlobRecord& blob : before) {
    bytes += blob.value.size();
    batch.push_back(std::move(blob));
    if (bytes < kBatchBytes) continue;
    ASSAY_RETURN_IF_ERROR(PutAndWait(*store, executor, std::exchange(batch, {})));
    bytes = 0;
  }
  // Last, since a run is there once its record is.
  batch.push_back({RecordKey(record.run_id()), record.SerializeAsString()});
  ASSAY_RETURN_IF_ERROR(PutAndWait(*store, executor, std::move(batch)));
  ASSAY_FAILPOINT("run.record_stored");
  return absl::OkStatus();
}

}  // namespace assay
