#include "common/blob/segment_problem.h"

#include "common/base/log.h"

namespace assay {

std::string_view NameOf(SegmentProblemKind kind) {
  switch (kind) {
    case SegmentProblemKind::kTornTail:
      return "torn_tail";
    case SegmentProblemKind::kDamagedRecord:
      return "damaged_record";
    case SegmentProblemKind::kDamagedRange:
      return "damaged_range";
    case SegmentProblemKind::kDamagedHeader:
      return "damaged_header";
    case SegmentProblemKind::kMissingSegment:
      return "missing_segment";
    case SegmentProblemKind::kConflict:
      return "conflict";
    case SegmentProblemKind::kUnreadable:
      return "unreadable";
  }
  return "unknown";
}

std::string Describe(const SegmentProblem& problem) {
  std::string out = EscapeForTerminal(problem.segment);
  if (problem.end_byte > problem.begin_byte) {
    out += ", bytes " + std::to_string(problem.begin_byte) + "-" +
           std::to_string(problem.end_byte - 1);
  }
  out += ": ";
  out += NameOf(problem.kind);
  if (!problem.key.empty()) out += " " + EscapeForTerminal(problem.key);
  if (!problem.detail.empty()) out += " (" + problem.detail + ")";
  return out;
}

}  // namespace assay
