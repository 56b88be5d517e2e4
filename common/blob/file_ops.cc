#include "common/blob/file_ops.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace assay {
namespace {

constexpr std::size_t kMaxWriteBytes = std::size_t{1} << 30;

class OpenForReading {
 public:
  explicit OpenForReading(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), error_(errno) {}
  ~OpenForReading() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenForReading(const OpenForReading&) = delete;
  OpenForReading& operator=(const OpenForReading&) = delete;
  int descriptor() const { return descriptor_; }
  int error() const { return error_; }

 private:
  int descriptor_;
  int error_;
};

absl::StatusOr<std::string> ReadAt(int descriptor, const std::string& path, std::uint64_t offset,
                                   std::uint64_t size) {
  std::string bytes(size, '\0');
  std::uint64_t done = 0;
  while (done < size) {
    const ssize_t n =
        ::pread(descriptor, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus("read", path, errno);
    if (n == 0) return DataLoss(path + ": the file ends before the record does");
    done += static_cast<std::uint64_t>(n);
  }
  return bytes;
}

class Posix : public FileOps {
 public:
  absl::StatusOr<int> CreateNew(const std::string& path) override {
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor < 0) return ErrnoStatus("create", path, errno);
    return descriptor;
  }

  absl::Status WriteAll(int descriptor, std::string_view data) override {
    while (!data.empty()) {
      const ssize_t n = ::write(descriptor, data.data(), std::min(data.size(), kMaxWriteBytes));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoStatus("write", "segment", errno);
      data.remove_prefix(static_cast<std::size_t>(n));
    }
    return absl::OkStatus();
  }

  absl::Status SyncData(int descriptor) override {
    if (::fdatasync(descriptor) != 0) return ErrnoStatus("fdatasync", "segment", errno);
    return absl::OkStatus();
  }

  absl::Status SyncDirectory(const std::string& path) override {
    const OpenForReading directory(path);
    if (directory.descriptor() < 0) return ErrnoStatus("open", path, directory.error());
    if (::fsync(directory.descriptor()) != 0) return ErrnoStatus("fsync", path, errno);
    return absl::OkStatus();
  }
};

}  // namespace

FileOps& PosixFileOps() {
  static Posix ops;
  return ops;
}

absl::Status ErrnoStatus(std::string_view doing, std::string_view path, int error) {
  const std::string message = "cannot " + std::string(doing) + " " + std::string(path) + ": " +
                              std::generic_category().message(error);
  if (error == ENOENT) return NotFound(message);
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) return ResourceExhausted(message);
  return Unavailable(message);
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const OpenForReading file(path);
  if (file.descriptor() < 0) return ErrnoStatus("open", path, file.error());
  struct stat info = {};
  if (::fstat(file.descriptor(), &info) != 0) return ErrnoStatus("stat", path, errno);
  if (!S_ISREG(info.st_mode)) return Unavailable(path + ": not a regular file");
  return ReadAt(file.descriptor(), path, 0, static_cast<std::uint64_t>(info.st_size));
}

absl::StatusOr<std::shared_ptr<const FileReader>> FileReader::Open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return ErrnoStatus("open", path, errno);
  return std::shared_ptr<const FileReader>(new FileReader(path, descriptor));
}

FileReader::~FileReader() { ::close(descriptor_); }

absl::StatusOr<std::string> FileReader::ReadRange(std::uint64_t offset, std::uint64_t size) const {
  struct stat info = {};
  if (::fstat(descriptor_, &info) != 0) return ErrnoStatus("stat", path_, errno);
  if (info.st_nlink == 0) return DataLoss(path_ + " is gone");
  return ReadAt(descriptor_, path_, offset, size);
}

}  // namespace assay
