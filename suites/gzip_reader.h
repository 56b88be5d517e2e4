// Reading files byte by byte: plain or gzip, in constant memory. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace assay {

// A source of bytes. Read returns how many bytes were written to `buffer`, 0 at the end.
class ByteReader {
 public:
  virtual ~ByteReader() = default;
  virtual absl::StatusOr<std::size_t> Read(char* buffer, std::size_t size) = 0;
};

// Stops at whichever comes first; ResourceExhausted says which.
struct GzipLimits {
  std::uint64_t max_bytes = std::uint64_t{4} << 30;  // after decompression
  std::uint64_t max_ratio = 100;  // decompressed to compressed, looked at from 1 MiB on
};

// `path` must be a regular file (see OpenRegularFile). One that ends in ".gz" must be gzip, with
// all its members and checksums right (InvalidArgument otherwise), and is decompressed; any other
// must not be gzip, zip, xz or zstd. Errors begin with the path.
absl::StatusOr<std::unique_ptr<ByteReader>> OpenByteReader(const std::string& path,
                                                           const GzipLimits& limits = {});

// Everything, for files known to be small. ResourceExhausted beyond `max_bytes`.
absl::StatusOr<std::string> ReadAll(const std::string& path, std::size_t max_bytes);

// Lines of a reader, without their ends ("\n" or "\r\n"). A last line without an end is a line; an
// empty rest is not. A UTF-8 byte order mark before the first line is skipped.
class LineReader {
 public:
  // `name` is for messages; `reader` outlives this.
  LineReader(ByteReader* reader, std::string name,
             std::size_t max_line_bytes = std::size_t{4} << 20);

  // False at the end. `*line` is valid until the next call. ResourceExhausted names the line that
  // is too long, having kept no more than max_line_bytes of it.
  absl::StatusOr<bool> Next(std::string_view* line);

  std::int64_t line_number() const { return line_number_; }   // of the last line, from 1
  std::uint64_t byte_offset() const { return line_offset_; }  // where it began, from 0

 private:
  absl::StatusOr<bool> Fill();

  ByteReader* reader_;
  std::string name_;
  std::size_t max_line_bytes_;
  std::string buffer_;
  std::size_t begin_ = 0;            // of what is not consumed in buffer_
  std::uint64_t buffer_offset_ = 0;  // of buffer_[0] in the file
  std::int64_t line_number_ = 0;
  std::uint64_t line_offset_ = 0;
  bool at_end_ = false;
};

}  // namespace assay
