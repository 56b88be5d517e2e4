#include "common/blob/segment_appender.h"

#include <unistd.h>

#include <utility>

#include "common/base/digest.h"
#include "common/base/failpoint.h"

namespace assay {

SegmentAppender::~SegmentAppender() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

absl::Status SegmentAppender::Stage(const std::vector<BlobRecord>& records, const Lookup& stored) {
  if (buffer_.empty()) BeginBatch();
  const std::size_t mark = buffer_.size();
  std::vector<std::string> added;
  for (const BlobRecord& record : records) {
    const absl::Status status = StageOne(record, stored, added);
    if (status.ok()) continue;
    buffer_.resize(mark);
    for (const std::string& key : added) staged_.erase(key);
    return status;
  }
  return absl::OkStatus();
}

absl::Status SegmentAppender::StageOne(const BlobRecord& record, const Lookup& stored,
                                       std::vector<std::string>& added) {
  RecordHead head;
  head.value_sha256 = Sha256(record.value);
  head.batch_offset = segment_size_;
  const auto in_batch = staged_.find(record.key);
  const SegmentEntry* const present =
      in_batch != staged_.end() ? &in_batch->second : stored(record.key);
  if (present != nullptr) {
    if (present->value_sha256 != head.value_sha256) {
      return AlreadyExists("blob " + record.key + " is stored with another value");
    }
    if (!present->damaged) return absl::OkStatus();
  }
  const std::uint64_t offset = segment_size_ + buffer_.size();
  ASSAY_RETURN_IF_ERROR(
      AppendRecord(file_name_, segment_size_, head, record.key, record.value, buffer_));
  const std::uint64_t payload_offset = offset + kRecordHeadBytes + record.key.size();
  staged_[record.key] = {
      file_name_,          payload_offset,    segment_size_ + buffer_.size() - payload_offset,
      record.value.size(), head.value_sha256, false};
  added.push_back(record.key);
  return absl::OkStatus();
}

void SegmentAppender::BeginBatch() {
  creating_ = descriptor_ < 0 || segment_size_ >= options_.segment_bytes;
  if (!creating_) return;
  SegmentHeader header;
  if (descriptor_ < 0) {
    header.previous_durable_bytes = options_.tail.durable_bytes;
    number_ = options_.tail.last_number + 1;
  } else {
    header.previous_durable_bytes = segment_size_;
    ++number_;
    ::close(descriptor_);
    descriptor_ = -1;
  }
  header.number = number_;
  file_name_ = SegmentName{options_.writer, number_}.FileName();
  segment_size_ = 0;
  buffer_ = EncodeSegmentHeader(file_name_, header);
}

absl::StatusOr<std::map<std::string, SegmentEntry, std::less<>>> SegmentAppender::Commit() {
  std::map<std::string, SegmentEntry, std::less<>> committed = std::exchange(staged_, {});
  // A batch of nothing new leaves a segment that it would have begun for later.
  if (committed.empty()) return committed;
  ASSAY_RETURN_IF_ERROR(WriteAndSync());
  segment_size_ += buffer_.size();
  buffer_.clear();
  return committed;
}

absl::Status SegmentAppender::WriteAndSync() {
  FileOps& ops = *options_.file_ops;
  const std::string path = options_.directory + "/" + file_name_;
  if (creating_) {
    ASSAY_ASSIGN_OR_RETURN(descriptor_, ops.CreateNew(path));
  }
  if (absl::Status status = ops.WriteAll(descriptor_, buffer_); !status.ok()) {
    return Annotate(status, path);
  }
  if (HitFailpoint("blob.batch_written")) return Unavailable("failpoint blob.batch_written");
  if (absl::Status status = ops.SyncData(descriptor_); !status.ok()) return Annotate(status, path);
  if (creating_) {
    ASSAY_RETURN_IF_ERROR(ops.SyncDirectory(options_.directory));
  }
  if (HitFailpoint("blob.batch_synced")) return Unavailable("failpoint blob.batch_synced");
  return absl::OkStatus();
}

}  // namespace assay
