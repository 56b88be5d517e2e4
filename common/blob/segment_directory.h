// All segments of a directory, read and judged: the index that a store starts with, and what is
// wrong. Used when a store opens and by VerifySegments.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/blob/segment_format.h"
#include "common/blob/segment_problem.h"

namespace assay {

// Where a value lies.
struct SegmentEntry {
  std::string segment;  // file name
  std::uint64_t payload_offset = 0;
  std::uint64_t payload_bytes = 0;
  std::uint64_t value_bytes = 0;
  std::string value_sha256;  // raw
  bool damaged = false;      // its bytes are known not to be what was written
};

// What the next segment of a writer must know of those before it.
struct WriterTail {
  std::uint64_t last_number = 0;
  std::uint64_t durable_bytes = 0;  // of that segment
};

struct SegmentIndex {
  std::map<std::string, SegmentEntry, std::less<>> entries;
  std::map<std::string, WriterTail> writers;
  std::vector<SegmentProblem> problems;
  std::vector<std::string> newest;  // file name of each writer's last segment
  std::int64_t segments = 0;
  std::int64_t records = 0;
  std::uint64_t stored_bytes = 0;
};

struct LoadOptions {
  bool decode_values = false;  // decompress and hash every value too
};

// kNotFound: no such directory. A file that cannot be read is a problem, not an error.
absl::StatusOr<SegmentIndex> LoadSegments(const std::string& directory, const LoadOptions& options);

// What other live writers have appended since: the intact records of every segment whose size is
// not the one in `known_bytes`, but for segments of `skip_writer`. What is damaged or cut off is
// left out: it may be a write that is under way.
struct GrownSegments {
  std::map<std::string, SegmentEntry, std::less<>> entries;
  std::map<std::string, std::uint64_t> bytes;  // by file name, of those that were read
};
absl::StatusOr<GrownSegments> LoadGrownSegments(
    const std::string& directory, const std::string& skip_writer,
    const std::map<std::string, std::uint64_t>& known_bytes);

}  // namespace assay
