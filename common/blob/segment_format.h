// Bytes of a segment file: docs/segment_format.md. Pure functions over bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace assay {

inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::size_t kRecordHeadBytes = 128;  // before key and payload
inline constexpr std::size_t kMaxKeyBytes = 512;
inline constexpr std::uint64_t kMaxValueBytes = std::uint64_t{256} << 20;

// OK for printable ASCII of at most 512 bytes whose parts between '/' are not empty.
absl::Status CheckBlobKey(std::string_view key);

// "seg-<writer>-<number>", the number in eight digits.
struct SegmentName {
  std::string writer;
  std::uint64_t number = 0;

  std::string FileName() const;
  // False for a file that is no segment.
  static bool Parse(std::string_view file_name, SegmentName* name);
};

struct SegmentHeader {
  std::uint64_t number = 0;
  // Bytes of this writer's segment before this one that are known to be durable: damage there is
  // loss, damage after them is a write that a crash cut off.
  std::uint64_t previous_durable_bytes = 0;
};

struct RecordHead {
  std::uint32_t key_bytes = 0;
  std::uint32_t payload_bytes = 0;
  std::uint64_t value_bytes = 0;
  std::uint64_t batch_offset = 0;  // bytes of the file that were durable when the batch was written
  std::string value_sha256;        // raw
  std::string payload_sha256;      // raw
};

std::string EncodeSegmentHeader(std::string_view file_name, const SegmentHeader& header);

// Appends one record to `out`, which will stand at file offset `out_offset`. zstd level 3.
absl::Status AppendRecord(std::string_view file_name, std::uint64_t out_offset, RecordHead head,
                          std::string_view key, std::string_view value, std::string& out);

// kDataLoss when `payload` does not decompress to a value of that size and hash.
absl::StatusOr<std::string> DecodePayload(std::string_view payload, std::uint64_t value_bytes,
                                          std::string_view value_sha256);

struct ScannedRecord {
  std::uint64_t offset = 0;
  RecordHead head;
  std::string key;
  bool payload_intact = false;

  std::uint64_t payload_offset() const { return offset + kRecordHeadBytes + head.key_bytes; }
  std::uint64_t end() const { return payload_offset() + head.payload_bytes; }
};

struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct SegmentScan {
  bool header_intact = false;
  SegmentHeader header;
  std::vector<ScannedRecord> records;  // heads intact, in file order
  std::vector<ByteRange> damaged;      // what is neither header nor record, in file order
  std::uint64_t file_bytes = 0;
};

// Finds every record whose head is intact, looking for the next one after damage.
SegmentScan ScanSegment(std::string_view file_name, std::string_view bytes);

}  // namespace assay
