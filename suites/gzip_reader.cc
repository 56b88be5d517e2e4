#include "suites/gzip_reader.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/config/regular_file.h"

namespace assay {
namespace {

constexpr std::size_t kChunk = 64 * 1024;
constexpr std::uint64_t kRatioFrom = std::uint64_t{1} << 20;
constexpr int kGzipWindow = 15 + 16;  // zlib: 32 KiB window, gzip header

std::string Shown(const std::string& path) { return EscapeForTerminal(path, 300); }

absl::Status TooLong(const std::string& path, std::uint64_t max_bytes) {
  return ResourceExhausted(Shown(path) + ": longer than " + std::to_string(max_bytes) + " bytes");
}

// The kind of compressed file that begins so, or empty.
std::string_view CompressedKind(std::string_view begin) {
  struct Magic {
    std::string_view bytes;
    std::string_view name;
  };
  constexpr std::array<Magic, 5> kMagics = {{{"\x1F\x8B", "gzip"},
                                             {"PK\x03\x04", "zip"},
                                             {"\xFD"
                                              "7zXZ",
                                              "xz"},
                                             {"BZh", "bzip2"},
                                             {"\x28\xB5\x2F\xFD", "zstd"}}};
  for (const Magic& magic : kMagics) {
    if (begin.substr(0, magic.bytes.size()) == magic.bytes) return magic.name;
  }
  return {};
}

class PlainReader : public ByteReader {
 public:
  PlainReader(std::string path, OpenFile file, std::uint64_t max_bytes)
      : path_(std::move(path)), file_(std::move(file)), max_bytes_(max_bytes) {}

  absl::StatusOr<std::size_t> Read(char* buffer, std::size_t size) override {
    const absl::StatusOr<std::size_t> got = file_.Read(buffer, size);
    if (!got.ok()) return Annotate(got.status(), Shown(path_));
    if (total_ == 0) {
      const std::string_view kind = CompressedKind({buffer, *got});
      if (kind == "gzip") {
        return InvalidArgument(Shown(path_) + ": this is a gzip file; its name must end in .gz");
      }
      if (!kind.empty()) {
        return InvalidArgument(Shown(path_) + ": this is a " + std::string(kind) +
                               " file; decompress it first");
      }
    }
    total_ += *got;
    if (total_ > max_bytes_) return TooLong(path_, max_bytes_);
    return *got;
  }

 private:
  std::string path_;
  OpenFile file_;
  std::uint64_t max_bytes_;
  std::uint64_t total_ = 0;
};

class GzipReader : public ByteReader {
 public:
  GzipReader(std::string path, OpenFile file, const GzipLimits& limits)
      : path_(std::move(path)), file_(std::move(file)), limits_(limits), input_(kChunk) {
    ready_ = ::inflateInit2(&stream_, kGzipWindow) == Z_OK;
  }
  ~GzipReader() override {
    if (ready_) ::inflateEnd(&stream_);
  }

  absl::StatusOr<std::size_t> Read(char* buffer, std::size_t size) override {
    if (!ready_) return ResourceExhausted(Shown(path_) + ": no memory to decompress it");
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = static_cast<uInt>(std::min(size, kChunk));
    const uInt wanted = stream_.avail_out;
    while (stream_.avail_out == wanted) {
      const absl::StatusOr<bool> more = Refill();
      ASSAY_RETURN_IF_ERROR(more.status());
      if (!*more) {
        if (inside_member_ || compressed_ == 0) return Damaged("it ends too early");
        return std::size_t{0};
      }
      inside_member_ = true;
      const int result = ::inflate(&stream_, Z_NO_FLUSH);
      if (result == Z_STREAM_END) {
        inside_member_ = false;
        ::inflateReset(&stream_);
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return Damaged(stream_.msg != nullptr ? stream_.msg : "not gzip");
      }
    }
    const std::size_t made = wanted - stream_.avail_out;
    total_ += made;
    if (total_ > limits_.max_bytes) return TooLong(path_, limits_.max_bytes);
    if (total_ > kRatioFrom && total_ > limits_.max_ratio * compressed_) {
      return ResourceExhausted(Shown(path_) + ": decompresses to more than " +
                               std::to_string(limits_.max_ratio) + " times its size");
    }
    return made;
  }

 private:
  absl::Status Damaged(std::string_view why) const {
    return InvalidArgument(Shown(path_) + ": not a whole gzip file: " + std::string(why));
  }

  // False at the end of the file.
  absl::StatusOr<bool> Refill() {
    if (stream_.avail_in > 0) return true;
    const absl::StatusOr<std::size_t> got = file_.Read(input_.data(), input_.size());
    if (!got.ok()) return Annotate(got.status(), Shown(path_));
    compressed_ += *got;
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(*got);
    return *got > 0;
  }

  std::string path_;
  OpenFile file_;
  GzipLimits limits_;
  z_stream stream_{};
  bool ready_ = false;
  bool inside_member_ = false;
  std::vector<char> input_;
  std::uint64_t compressed_ = 0;  // read so far
  std::uint64_t total_ = 0;       // given out so far
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteReader>> OpenByteReader(const std::string& path,
                                                           const GzipLimits& limits) {
  absl::StatusOr<OpenFile> file = OpenRegularFile(path);
  ASSAY_RETURN_IF_ERROR(file.status());
  std::unique_ptr<ByteReader> reader;
  if (path.size() > 3 && path.compare(path.size() - 3, 3, ".gz") == 0) {
    reader = std::make_unique<GzipReader>(path, *std::move(file), limits);
  } else {
    reader = std::make_unique<PlainReader>(path, *std::move(file), limits.max_bytes);
  }
  return reader;
}

absl::StatusOr<std::string> ReadAll(const std::string& path, std::size_t max_bytes) {
  const absl::StatusOr<std::unique_ptr<ByteReader>> reader =
      OpenByteReader(path, {.max_bytes = max_bytes});
  ASSAY_RETURN_IF_ERROR(reader.status());
  std::string content;
  std::vector<char> buffer(kChunk);
  for (;;) {
    const absl::StatusOr<std::size_t> got = (*reader)->Read(buffer.data(), buffer.size());
    ASSAY_RETURN_IF_ERROR(got.status());
    if (*got == 0) return content;
    content.append(buffer.data(), *got);
  }
}

LineReader::LineReader(ByteReader* reader, std::string name, std::size_t max_line_bytes)
    : reader_(reader), name_(std::move(name)), max_line_bytes_(max_line_bytes) {}

absl::StatusOr<bool> LineReader::Fill() {
  buffer_.erase(0, begin_);
  buffer_offset_ += begin_;
  begin_ = 0;
  const std::size_t kept = buffer_.size();
  buffer_.resize(kept + kChunk);
  const absl::StatusOr<std::size_t> got = reader_->Read(buffer_.data() + kept, kChunk);
  buffer_.resize(kept + (got.ok() ? *got : 0));
  ASSAY_RETURN_IF_ERROR(got.status());
  at_end_ = *got == 0;
  if (buffer_offset_ == 0 && line_number_ == 0 && buffer_.compare(0, 3, "\xEF\xBB\xBF") == 0) {
    begin_ = 3;
  }
  return !at_end_;
}

absl::StatusOr<bool> LineReader::Next(std::string_view* line) {
  std::size_t searched = begin_;
  std::size_t end = std::string::npos;
  for (;;) {
    end = buffer_.find('\n', std::max(searched, begin_));
    const std::size_t length = (end == std::string::npos ? buffer_.size() : end) - begin_;
    if (length > max_line_bytes_) {
      return ResourceExhausted(name_ + ":" + std::to_string(line_number_ + 1) +
                               ": a line longer than " + std::to_string(max_line_bytes_) +
                               " bytes");
    }
    if (end != std::string::npos || at_end_) break;
    const std::size_t unread = buffer_.size() - begin_;
    const absl::StatusOr<bool> more = Fill();
    ASSAY_RETURN_IF_ERROR(more.status());
    searched = begin_ == 0 ? unread : begin_;
  }
  if (end == std::string::npos && begin_ == buffer_.size()) return false;
  const std::size_t stop = end == std::string::npos ? buffer_.size() : end;
  ++line_number_;
  line_offset_ = buffer_offset_ + begin_;
  *line = std::string_view(buffer_).substr(begin_, stop - begin_);
  if (!line->empty() && line->back() == '\r') line->remove_suffix(1);
  begin_ = end == std::string::npos ? stop : stop + 1;
  return true;
}

}  // namespace assay
