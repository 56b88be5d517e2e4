#include "common/config/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "common/base/log.h"
#include "common/base/status.h"

namespace assay {
namespace {

std::string Shown(const std::string& path) { return EscapeForTerminal(path, 300); }

absl::Status OpenError(const std::string& path, int error) {
  const std::string message = Shown(path) + ": ";
  if (error == ENOENT || error == ENOTDIR) return NotFound(message + "no such file");
  if (error == ENXIO) return InvalidArgument(message + "is a FIFO, socket or device, not a file");
  return FailedPrecondition(message + "cannot be opened: " + std::strerror(error));
}

}  // namespace

OpenFile::~OpenFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

OpenFile::OpenFile(OpenFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

absl::StatusOr<std::size_t> OpenFile::Read(char* buffer, std::size_t size) {
  for (;;) {
    const ssize_t got = ::read(descriptor_, buffer, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return Unavailable(std::string("cannot be read: ") + std::strerror(errno));
  }
}

absl::StatusOr<OpenFile> OpenRegularFile(const std::string& path) {
  if (path.find('\0') != std::string::npos) return InvalidArgument("a path with a NUL byte");
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.descriptor() < 0) return OpenError(path, errno);
  struct stat info {};
  if (::fstat(file.descriptor(), &info) != 0) return OpenError(path, errno);
  if (S_ISDIR(info.st_mode)) return InvalidArgument(Shown(path) + ": is a folder, not a file");
  if (!S_ISREG(info.st_mode)) {
    return InvalidArgument(Shown(path) + ": is a FIFO, socket or device, not a file");
  }
  return file;
}

absl::StatusOr<std::string> ResolveBeneath(const std::string& root, std::string_view relative) {
  namespace fs = std::filesystem;
  const std::string shown = Shown(std::string(relative));
  const fs::path path{std::string(relative)};
  if (relative.empty() || relative.find('\0') != std::string_view::npos) {
    return InvalidArgument("not a file name: '" + shown + "'");
  }
  if (path.is_absolute()) return InvalidArgument("'" + shown + "' must be a relative path");
  for (const fs::path& part : path) {
    if (part == "..") return InvalidArgument("'" + shown + "' leads out of its folder");
  }
  std::error_code error;
  const fs::path real_root = fs::canonical(root, error);
  if (error) return NotFound(Shown(root) + ": no such folder");
  const fs::path real = fs::canonical(real_root / path, error);
  if (error) return NotFound(Shown((fs::path(root) / path).string()) + ": no such file");
  const fs::path inside = real.lexically_relative(real_root);
  if (inside.empty() || *inside.begin() == "..") {
    return InvalidArgument("'" + shown + "' leads out of its folder through a symbolic link");
  }
  return real.string();
}

absl::StatusOr<std::string> ReadRegularFile(const std::string& path, std::size_t max_bytes) {
  absl::StatusOr<OpenFile> file = OpenRegularFile(path);
  ASSAY_RETURN_IF_ERROR(file.status());
  std::string content;
  char buffer[64 * 1024];
  for (;;) {
    const absl::StatusOr<std::size_t> got = file->Read(buffer, sizeof(buffer));
    if (!got.ok()) return Annotate(got.status(), Shown(path));
    if (*got == 0) return content;
    if (content.size() + *got > max_bytes) {
      return ResourceExhausted(Shown(path) + ": longer than " + std::to_string(max_bytes) +
                               " bytes");
    }
    content.append(buffer, *got);
  }
}

}  // namespace assay
