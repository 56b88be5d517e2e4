// Opening and reading files that a user names: never blocks on a FIFO, never reads a device, has a
// size cap. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace assay {

// An open file descriptor, closed with the object. Move-only.
class OpenFile {
 public:
  OpenFile() = default;
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  ~OpenFile();
  OpenFile(OpenFile&& other) noexcept;
  OpenFile& operator=(OpenFile&& other) noexcept;
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int descriptor() const { return descriptor_; }
  // Bytes read, 0 at the end. Unavailable: the file system failed.
  absl::StatusOr<std::size_t> Read(char* buffer, std::size_t size);

 private:
  int descriptor_ = -1;
};

// NotFound: there is none. InvalidArgument: a directory, FIFO, socket or device.
// FailedPrecondition: it cannot be read (the message has the reason). Messages begin with the path.
absl::StatusOr<OpenFile> OpenRegularFile(const std::string& path);

// The real path of `relative` inside `root`, for OpenRegularFile. InvalidArgument: absolute, or
// leads out of `root`, through ".." or through a symbolic link.
absl::StatusOr<std::string> ResolveBeneath(const std::string& root, std::string_view relative);

// ResourceExhausted: longer than `max_bytes`, noticed without reading more than that.
absl::StatusOr<std::string> ReadRegularFile(const std::string& path, std::size_t max_bytes);

}  // namespace assay
