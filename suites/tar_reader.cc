#include "suites/tar_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "common/base/status.h"
#include "common/config/config_errors.h"

namespace assay {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::uint64_t kMaxEntryBytes = std::uint64_t{64} << 20;

using Block = std::array<char, kBlock>;

struct Field {
  std::size_t begin;
  std::size_t size;
};
constexpr Field kName = {0, 100};
constexpr Field kSize = {124, 12};
constexpr Field kChecksum = {148, 8};
constexpr Field kKind = {156, 1};
constexpr Field kPrefix = {345, 155};

std::string_view TextOf(const Block& block, Field field) {
  const std::string_view text(block.data() + field.begin, field.size);
  return text.substr(0, std::min(text.find('\0'), text.size()));
}

std::optional<std::uint64_t> OctalOf(const Block& block, Field field) {
  std::uint64_t number = 0;
  bool any = false;
  for (const char c : TextOf(block, field)) {
    if (c == ' ') continue;
    if (c < '0' || c > '7') return std::nullopt;
    number = number * 8 + static_cast<std::uint64_t>(c - '0');
    any = true;
  }
  if (!any) return std::nullopt;
  return number;
}

// Of the header with its own field taken as blanks.
std::uint64_t ChecksumOf(const Block& block) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const bool own = i >= kChecksum.begin && i < kChecksum.begin + kChecksum.size;
    sum += own ? ' ' : static_cast<unsigned char>(block[i]);
  }
  return sum;
}

bool IsSafeName(std::string_view name) {
  if (name.empty() || name.front() == '/') return false;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") return false;
    begin = end + 1;
  }
  return true;
}

class TarReader {
 public:
  TarReader(ByteReader* reader, std::string path) : reader_(reader), path_(std::move(path)) {}

  absl::StatusOr<std::map<std::string, std::string>> ReadFiles() {
    std::map<std::string, std::string> files;
    Block header;
    while (true) {
      ASSAY_RETURN_IF_ERROR(Fill(header.data(), kBlock));
      const bool end = std::all_of(header.begin(), header.end(), [](char c) { return c == 0; });
      if (end) {
        ASSAY_RETURN_IF_ERROR(ReadToEnd());
        return files;
      }
      const auto size = OctalOf(header, kSize);
      if (!size || OctalOf(header, kChecksum) != ChecksumOf(header)) {
        return Problem("no header of a tar archive");
      }
      std::string name(TextOf(header, kPrefix));
      name += (name.empty() ? "" : "/") + std::string(TextOf(header, kName));
      if (name.starts_with("./") && name.size() > 2) name.erase(0, 2);
      const char kind = header[kKind.begin];
      if (!IsSafeName(name)) return Problem("an entry is called " + QuoteForError(name));
      if (kind == '5') continue;
      if (kind != '0' && kind != '\0') {
        return Problem("entry " + QuoteForError(name) + " is no plain file");
      }
      if (*size > kMaxEntryBytes) {
        return Problem("entry " + QuoteForError(name) + " is longer than " +
                       std::to_string(kMaxEntryBytes) + " bytes");
      }
      std::string content(*size, '\0');
      ASSAY_RETURN_IF_ERROR(Fill(content.data(), content.size()));
      Block padding;
      ASSAY_RETURN_IF_ERROR(Fill(padding.data(), (kBlock - *size % kBlock) % kBlock));
      if (!files.emplace(name, std::move(content)).second) {
        return Problem("entry " + QuoteForError(name) + " is there twice");
      }
    }
  }

 private:
  // What follows the end is padding; a packed archive is checked at its own end.
  absl::Status ReadToEnd() {
    Block rest;
    while (true) {
      ASSAY_ASSIGN_OR_RETURN(const std::size_t got, reader_->Read(rest.data(), rest.size()));
      if (got == 0) return absl::OkStatus();
    }
  }

  absl::Status Fill(char* buffer, std::size_t size) {
    while (size > 0) {
      ASSAY_ASSIGN_OR_RETURN(const std::size_t got, reader_->Read(buffer, size));
      if (got == 0) return Problem("the archive ends too early");
      buffer += got;
      size -= got;
      offset_ += got;
    }
    return absl::OkStatus();
  }

  absl::Status Problem(const std::string& what) const {
    return InvalidArgument(path_ + ": " + what + " (byte " + std::to_string(offset_) + ")");
  }

  ByteReader* reader_;
  const std::string path_;
  std::uint64_t offset_ = 0;
};

}  // namespace

absl::StatusOr<std::map<std::string, std::string>> ReadTar(ByteReader* reader,
                                                           const std::string& path) {
  return TarReader(reader, path).ReadFiles();
}

}  // namespace assay
