// The append side of SegmentBlobStore, used by its writer thread only: turns a batch of puts into
// one write and one sync.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/blob/blob_store.h"
#include "common/blob/file_ops.h"
#include "common/blob/segment_directory.h"
#include "common/blob/segment_format.h"

namespace assay {

class SegmentAppender {
 public:
  struct Options {
    std::string directory;
    std::string writer;
    std::uint64_t segment_bytes = 0;
    FileOps* file_ops = nullptr;
    WriterTail tail;  // of the segments before
  };

  explicit SegmentAppender(Options options) : options_(std::move(options)) {}
  ~SegmentAppender();
  SegmentAppender(const SegmentAppender&) = delete;
  SegmentAppender& operator=(const SegmentAppender&) = delete;

  // Adds the records of one put to the batch, all or none. `stored` answers what is there already,
  // null for nothing. kAlreadyExists: a key with another value, in the store or in this batch.
  using Lookup = std::function<const SegmentEntry*(std::string_view key)>;
  absl::Status Stage(const std::vector<BlobRecord>& records, const Lookup& stored);

  // Makes the staged records durable and returns where they are. After a failure no further batch
  // is possible: what the disk holds is not known.
  absl::StatusOr<std::map<std::string, SegmentEntry, std::less<>>> Commit();

 private:
  void BeginBatch();
  absl::Status StageOne(const BlobRecord& record, const Lookup& stored,
                        std::vector<std::string>& added);
  absl::Status WriteAndSync();

  const Options options_;
  int descriptor_ = -1;
  std::uint64_t number_ = 0;        // of the open segment, or of the one about to be created
  std::uint64_t segment_size_ = 0;  // durable bytes of the open segment
  bool creating_ = false;           // this batch begins a segment
  std::string file_name_;
  std::string buffer_;  // bytes of the batch, from segment_size_ on
  std::map<std::string, SegmentEntry, std::less<>> staged_;
};

}  // namespace assay
