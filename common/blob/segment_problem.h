// What a scan of a segment directory can find wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

enum class SegmentProblemKind {
  kTornTail,  // the end of a segment was never completely written; nothing acknowledged is lost
  kDamagedRecord,   // the key is known, the value is not what was written
  kDamagedRange,    // bytes that are no record; whose they were cannot be told
  kDamagedHeader,   // the first bytes of a segment; its records were found all the same
  kMissingSegment,  // a number is missing in a writer's sequence
  kConflict,        // the same key with two values; the first one counts
  kUnreadable,      // the file could not be read
};

struct SegmentProblem {
  SegmentProblemKind kind = SegmentProblemKind::kTornTail;
  std::string segment;           // file name
  std::uint64_t begin_byte = 0;  // in the file
  std::uint64_t end_byte = 0;
  std::string key;  // where it is known
  std::string detail;

  // False for what a crash leaves behind and no reader ever relied on.
  bool loses_data() const { return kind != SegmentProblemKind::kTornTail; }
};

// "torn_tail", "damaged_record", ...
std::string_view NameOf(SegmentProblemKind kind);
// One line for people: "seg-local-00000001, bytes 64-1205: damaged record run/7/record (...)".
std::string Describe(const SegmentProblem& problem);

}  // namespace assay
