#include "common/blob/segment_directory.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <tuple>

#include "common/blob/file_ops.h"

namespace assay {
namespace {

constexpr std::uint64_t kNotKnown = ~std::uint64_t{0};

using NumbersByWriter = std::map<std::string, std::vector<std::uint64_t>>;

absl::StatusOr<NumbersByWriter> ListSegments(const std::string& directory) {
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error);
  if (error) return ErrnoStatus("list", directory, error.value());
  NumbersByWriter found;
  for (const std::filesystem::directory_iterator end; entries != end; entries.increment(error)) {
    SegmentName name;
    if (SegmentName::Parse(entries->path().filename().string(), &name)) {
      found[name.writer].push_back(name.number);
    }
  }
  if (error) return ErrnoStatus("list", directory, error.value());
  for (auto& [writer, numbers] : found) std::sort(numbers.begin(), numbers.end());
  return found;
}

// Adds one segment after the other, in the order of their numbers, to an index. Each segment is
// judged once its successor is known, which says how much of it was durable.
class Loader {
 public:
  Loader(const std::string& directory, const LoadOptions& options, SegmentIndex& index)
      : directory_(directory), options_(options), index_(index) {}

  void LoadWriter(const std::string& writer, const std::vector<std::uint64_t>& numbers) {
    pending_.reset();
    std::uint64_t expected = 1;
    for (const std::uint64_t number : numbers) {
      const std::string file = SegmentName{writer, number}.FileName();
      if (number != expected) {
        Report(SegmentProblemKind::kMissingSegment, SegmentName{writer, expected}.FileName(),
               {0, 0}, "", std::to_string(number - expected) + " missing before " + file);
        Judge(kNotKnown);
      }
      expected = number + 1;
      LoadOne(file);
    }
    const std::uint64_t durable = Judge(kNotKnown);
    index_.writers[writer] = {numbers.back(), durable};
    index_.newest.push_back(SegmentName{writer, numbers.back()}.FileName());
  }

 private:
  struct Pending {
    std::string file;
    SegmentScan scan;
    std::vector<bool> value_intact;  // of scan.records
  };

  void LoadOne(const std::string& file) {
    ++index_.segments;
    absl::StatusOr<std::string> bytes = ReadFile(directory_ + "/" + file);
    if (!bytes.ok()) {
      Judge(kNotKnown);
      Report(SegmentProblemKind::kUnreadable, file, {0, 0}, "",
             std::string(MessageOf(bytes.status())));
      return;
    }
    index_.stored_bytes += bytes->size();
    Pending next{file, ScanSegment(file, *bytes), {}};
    for (const ScannedRecord& record : next.scan.records) {
      next.value_intact.push_back(record.payload_intact && ValueIntact(*bytes, record));
    }
    Judge(next.scan.header_intact ? next.scan.header.previous_durable_bytes : kNotKnown);
    pending_ = std::move(next);
  }

  bool ValueIntact(std::string_view bytes, const ScannedRecord& record) const {
    if (!options_.decode_values) return true;
    return DecodePayload(bytes.substr(record.payload_offset(), record.head.payload_bytes),
                         record.head.value_bytes, record.head.value_sha256)
        .ok();
  }

  // Files what the pending segment holds; returns how many of its bytes count as durable.
  std::uint64_t Judge(std::uint64_t durable_bytes) {
    if (!pending_) return 0;
    const Pending segment = *std::move(pending_);
    pending_.reset();
    const SegmentScan& scan = segment.scan;
    if (durable_bytes == kNotKnown) {
      // Nobody recorded it: whatever stood before the newest batch was durable.
      durable_bytes = 0;
      for (const ScannedRecord& record : scan.records) {
        durable_bytes = std::max(durable_bytes, record.head.batch_offset);
      }
    }
    std::uint64_t intact_until = scan.file_bytes;
    for (const ByteRange& range : scan.damaged) {
      const bool torn = range.begin >= durable_bytes;
      if (torn) intact_until = std::min(intact_until, range.begin);
      const bool header = range.begin == 0 && !scan.header_intact;
      Report(torn     ? SegmentProblemKind::kTornTail
             : header ? SegmentProblemKind::kDamagedHeader
                      : SegmentProblemKind::kDamagedRange,
             segment.file, range, "",
             torn ? "a write that was cut off, or damage to the newest batch" : "");
    }
    for (std::size_t i = 0; i < scan.records.size(); ++i) {
      const ScannedRecord& record = scan.records[i];
      const bool torn = !segment.value_intact[i] && record.offset >= durable_bytes;
      if (torn) intact_until = std::min(intact_until, record.offset);
      FileRecord(segment.file, record, segment.value_intact[i], torn);
    }
    if (scan.file_bytes < durable_bytes) {
      Report(SegmentProblemKind::kDamagedRange, segment.file, {scan.file_bytes, durable_bytes}, "",
             "the file is shorter than it was");
    }
    return intact_until;
  }

  void FileRecord(const std::string& file, const ScannedRecord& record, bool intact, bool torn) {
    if (!intact) {
      Report(torn ? SegmentProblemKind::kTornTail : SegmentProblemKind::kDamagedRecord, file,
             {record.offset, record.end()}, record.key,
             torn ? "a write that was cut off, or damage to the newest batch" : "");
      if (torn) return;
    } else {
      ++index_.records;
    }
    SegmentEntry entry{file,
                       record.payload_offset(),
                       record.head.payload_bytes,
                       record.head.value_bytes,
                       record.head.value_sha256,
                       !intact};
    const auto [found, inserted] = index_.entries.try_emplace(record.key, entry);
    if (inserted) return;
    if (found->second.value_sha256 != entry.value_sha256) {
      Report(SegmentProblemKind::kConflict, file, {record.offset, record.end()}, record.key,
             "another value stands in " + found->second.segment);
    } else if (found->second.damaged) {
      found->second = std::move(entry);
    }
  }

  void Report(SegmentProblemKind kind, const std::string& file, ByteRange range,
              const std::string& key, const std::string& detail) {
    index_.problems.push_back({kind, file, range.begin, range.end, key, detail});
  }

  const std::string& directory_;
  const LoadOptions& options_;
  SegmentIndex& index_;
  std::optional<Pending> pending_;
};

}  // namespace

absl::StatusOr<SegmentIndex> LoadSegments(const std::string& directory,
                                          const LoadOptions& options) {
  ASSAY_ASSIGN_OR_RETURN(const NumbersByWriter found, ListSegments(directory));
  SegmentIndex index;
  Loader loader(directory, options, index);
  for (const auto& [writer, numbers] : found) loader.LoadWriter(writer, numbers);
  std::stable_sort(index.problems.begin(), index.problems.end(),
                   [](const SegmentProblem& a, const SegmentProblem& b) {
                     return std::tie(a.segment, a.begin_byte) < std::tie(b.segment, b.begin_byte);
                   });
  return index;
}

absl::StatusOr<GrownSegments> LoadGrownSegments(
    const std::string& directory, const std::string& skip_writer,
    const std::map<std::string, std::uint64_t>& known_bytes) {
  ASSAY_ASSIGN_OR_RETURN(const NumbersByWriter found, ListSegments(directory));
  GrownSegments grown;
  for (const auto& [writer, numbers] : found) {
    if (writer == skip_writer) continue;
    for (const std::uint64_t number : numbers) {
      const std::string file = SegmentName{writer, number}.FileName();
      const std::string path = directory + "/" + file;
      std::error_code error;
      const std::uint64_t size = std::filesystem::file_size(path, error);
      if (error) return ErrnoStatus("size of", path, error.value());
      const auto known = known_bytes.find(file);
      if (known != known_bytes.end() && known->second == size) continue;
      ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
      for (const ScannedRecord& record : ScanSegment(file, bytes).records) {
        if (!record.payload_intact) continue;
        grown.entries.try_emplace(
            record.key, SegmentEntry{file, record.payload_offset(), record.head.payload_bytes,
                                     record.head.value_bytes, record.head.value_sha256, false});
      }
      grown.bytes[file] = bytes.size();
    }
  }
  return grown;
}

}  // namespace assay
