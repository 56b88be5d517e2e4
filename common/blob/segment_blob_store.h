// BlobStore on append-only segment files of one directory (docs/segment_format.md). A thread of its
// own takes all that is queued, writes it with one write and one fdatasync, and then completes it:
// group commit. Files of an earlier process are read, never changed. Several writers may share a
// directory, each under its own name; a store sees what others had written when it was opened or
// refreshed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/blob/blob_store.h"
#include "common/blob/file_ops.h"
#include "common/blob/segment_problem.h"

namespace assay {

struct SegmentStoreOptions {
  std::string directory;         // created when absent
  std::string writer = "local";  // [A-Za-z0-9_.]{1,64}; one process at a time has the name
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;    // a new segment after this size
  std::uint64_t max_queued_bytes = std::uint64_t{1} << 30;  // Put beyond it: kResourceExhausted
  bool read_only = false;       // no lock, nothing is created; Put answers kFailedPrecondition
  FileOps* file_ops = nullptr;  // default PosixFileOps()
};

class SegmentBlobStore : public BlobStore {
 public:
  // Reads and checks every segment. Damage does not fail it, see open_problems().
  // kFailedPrecondition: another process has the writer's name. kUnavailable: the file system.
  // `executor` runs the completions and must outlive the store.
  static absl::StatusOr<std::unique_ptr<SegmentBlobStore>> Open(SegmentStoreOptions options,
                                                                Executor* executor);

  // Writes what is queued, posts the completions, and gives the writer's name back.
  ~SegmentBlobStore() override;

  // After a failed write or sync the store is read-only: that Put and every later one fail with the
  // same cause, since what the disk holds is no longer known. Open it again to go on.
  void Put(std::vector<BlobRecord> records, Callback<absl::Status> done) override;
  absl::StatusOr<std::string> Get(std::string_view key) const override;
  // Holds damaged records too where their key is known; Get answers kDataLoss for them until an
  // equal value is put again.
  std::vector<BlobInfo> List(std::string_view prefix) const override;

  // Makes visible what other writers of the directory have acknowledged since this store was opened
  // or refreshed, and makes it durable first: they may have died before they did. A key that is
  // known already keeps its value. Blocks on the disk. kUnavailable: the file system.
  absl::Status Refresh();

  // What was wrong with the directory when it was opened. Log it.
  const std::vector<SegmentProblem>& open_problems() const;

 private:
  class Writer;
  struct Shared;
  SegmentBlobStore();
  std::unique_ptr<Shared> shared_;
  std::unique_ptr<Writer> writer_;  // null when read-only
  Executor* executor_ = nullptr;
};

struct SegmentReport {
  std::vector<SegmentProblem> problems;  // by segment and offset
  std::int64_t segments = 0;
  std::int64_t records = 0;        // intact ones
  std::uint64_t stored_bytes = 0;  // of the files
};

// Reads everything in a segment directory, values too, and returns every problem. Needs no lock;
// beside a running writer its newest batch may look torn. kNotFound: no such directory.
absl::StatusOr<SegmentReport> VerifySegments(const std::string& directory);

}  // namespace assay
