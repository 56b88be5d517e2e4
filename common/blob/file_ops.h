// The file operations that decide whether a record is durable, behind a seam so that tests count
// and fail them. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/status.h"

namespace assay {

class FileOps {
 public:
  virtual ~FileOps() = default;

  // Creates a file that must not exist, for appending; the descriptor is the caller's to close.
  virtual absl::StatusOr<int> CreateNew(const std::string& path) = 0;
  // Writes all of `data` or fails; how much of it was written then is not known.
  virtual absl::Status WriteAll(int descriptor, std::string_view data) = 0;
  // fdatasync.
  virtual absl::Status SyncData(int descriptor) = 0;
  // Makes the names in a directory durable.
  virtual absl::Status SyncDirectory(const std::string& path) = 0;
};

// The real ones. kResourceExhausted when the disk or a quota is full, else kUnavailable.
FileOps& PosixFileOps();

// Status of a failed system call: what was done, to which file, and the system's words.
absl::Status ErrnoStatus(std::string_view doing, std::string_view path, int error);

// The whole file. kNotFound, kUnavailable.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// A file that stays open for reading. Thread-safe.
class FileReader {
 public:
  // kNotFound, kUnavailable.
  static absl::StatusOr<std::shared_ptr<const FileReader>> Open(const std::string& path);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  // Exactly `size` bytes at `offset`; kDataLoss when the file ends before, or was deleted since.
  absl::StatusOr<std::string> ReadRange(std::uint64_t offset, std::uint64_t size) const;

 private:
  FileReader(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  const std::string path_;
  const int descriptor_;
};

}  // namespace assay
